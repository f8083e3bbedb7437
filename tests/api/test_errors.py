"""The table of errors: every code has its row, and the room that raises it knows no status."""

import ast
import re
from pathlib import Path
from typing import get_args

import pytest

import workflows.errors
from api.errors import ERRORS_BELOW, TABLE, Problem, render, trouble_below
from sop.decision import RefusalCode, Refused
from workflows.errors import CaseBusy, CaseError, CommandFailed, CommandRefused, EngineUnavailable, OutcomeUnknown

API = Path(__file__).parents[2] / "api"


def codes_raised():
    for path in API.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Problem" and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant):
                    yield first.value


def test_every_code_has_a_row():
    assert set(codes_raised()) <= TABLE.keys()
    assert set(get_args(RefusalCode)) <= TABLE.keys()


def test_every_error_of_the_engine_is_known():
    raised = {
        kind for kind in vars(workflows.errors).values() if isinstance(kind, type) and issubclass(kind, CaseError)
    }
    assert raised - {CaseError} <= set(ERRORS_BELOW)
    for kind in raised - {CaseError, CommandRefused}:
        assert trouble_below(kind()).code != "internal"


def test_every_row_is_an_error_with_words():
    for code, row in TABLE.items():
        assert re.fullmatch("[a-z_]+", code)
        assert 400 <= row.status < 600
        assert row.title
        assert row.detail.endswith(".")
        assert render(Problem(code)).status_code == row.status


def test_no_other_module_answers_with_an_error_status():
    for path in API.glob("*.py"):
        if path.name != "errors.py":
            text = path.read_text()
            assert set(re.findall(r"HTTPStatus\.([A-Z_]+)", text)) <= {"OK", "CREATED", "ACCEPTED", "NOT_MODIFIED"}, (
                path.name
            )
            assert not re.search(r"status_code=\d|HTTPException\(", text), path.name


@pytest.mark.parametrize(
    ("trouble", "status", "code"),
    [
        (CaseBusy(), 429, "case_busy"),
        (OutcomeUnknown(), 504, "outcome_unknown"),
        (EngineUnavailable(), 503, "engine_unavailable"),
        (CommandFailed(), 500, "command_failed"),
        (RuntimeError("Kanarienvogel"), 500, "internal"),
        (CommandRefused(Refused(code="forbidden", reasons=())), 403, "forbidden"),
        (CommandRefused(Refused(code="unknown", reasons=())), 404, "unknown"),
        (CommandRefused(Refused(code="key_reused", reasons=())), 422, "key_reused"),
    ],
)
async def test_trouble_of_the_engine_is_told_by_its_code(door, paper, case_id, trouble, status, code, capsys):
    paper.trouble = trouble
    headers = {"Idempotency-Key": "again"}
    answer = await door.post(f"/v1/cases/{case_id}/identification/transitions/start", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["idempotency-key"] == "again"
    assert ("retry-after" in answer.headers) == (status in (429, 503, 504))
    assert "Kanarien" not in answer.text + "".join(capsys.readouterr())
    paper.trouble = None
    repeated = await door.post(f"/v1/cases/{case_id}/identification/transitions/start", headers=headers)
    assert repeated.status_code == 200
