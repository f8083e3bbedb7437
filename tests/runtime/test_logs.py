"""A log line holds codes and numbers; what a person wrote never reaches it, on whatever way."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from runtime.logs import configure_logs, dropped_keys

CANARY = "Canary-Maria-1994"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    stream = io.StringIO()
    configure_logs("tests", stream)
    yield stream
    root.handlers[:], level = before
    root.setLevel(level)
    logging.captureWarnings(False)
    structlog.reset_defaults()


def read(stream: io.StringIO) -> list[dict[str, object]]:
    assert CANARY not in stream.getvalue()
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_registered_keys_pass_and_others_are_dropped_and_counted(lines: io.StringIO) -> None:
    before = dropped_keys()
    structlog.get_logger().info("case opened", case_id="7K3M9Q2XWPA", seq=1, name=CANARY, note=CANARY)
    (line,) = read(lines)
    assert (line["event"], line["case_id"], line["seq"], line["dropped"]) == ("case opened", "7K3M9Q2XWPA", 1, 2)
    assert (line["service"], line["level"]) == ("tests", "info")
    assert dropped_keys() == before + 2


def test_a_registered_key_takes_codes_only(lines: io.StringIO) -> None:
    structlog.get_logger().info("x", code=f"Key (name)=({CANARY}) exists", batch={"a": CANARY}, error=[CANARY + " x"])
    (line,) = read(lines)
    assert line["dropped"] == 3


def test_an_exception_is_its_type_its_code_and_its_places(lines: io.StringIO) -> None:
    class Lost(Exception):
        code = "lost"

    try:
        try:
            raise ValueError(CANARY)
        except ValueError as error:
            raise Lost(CANARY) from error
    except Lost:
        structlog.get_logger().exception("it broke")
        logging.getLogger("temporalio.worker").exception("Failed: %s", CANARY)
    for line in read(lines):
        assert str(line["error"]).endswith("Lost")
        assert line["code"] == "lost"
        assert line["caused_by"] == ["builtins.ValueError"]
        assert any("test_logs.py:" in frame for frame in line["frames"])  # type: ignore[attr-defined]


def test_lines_of_libraries_pass_without_what_fills_them(lines: io.StringIO) -> None:
    logging.getLogger("uvicorn.error").info("Started server process [%d] for %s", 7, CANARY)
    logging.getLogger("temporalio.activity").warning(f"Completing {CANARY}")
    logging.getLogger("any").error("two %s", CANARY, extra={"name_of_person": CANARY})
    logging.getLogger("py.warnings").warning("%s", CANARY)
    found = read(lines)
    assert [line["event"] for line in found[:3]] == ["Started server process [%d] for %s", "library", "two %s"]
    assert len(found) == 4
    assert all(line["logger"] and ".py:" in str(line["line"]) for line in found)
