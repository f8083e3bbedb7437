"""The schemas beside the shipped files are those that the shapes make, and they agree with the loader."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from cli.folders import SHIPPED, files_of
from sop.problems import Tree
from sop.reader import read
from workshop.files import FILES, kind_of
from workshop.schemas import as_text, schema_of

FOLDER = SHIPPED / "schema"
FILES_OF_TRM = files_of(SHIPPED / "trm")


def said(text: bytes) -> dict[str, Any]:
    tree = read("a file", text)
    assert isinstance(tree, Tree)
    return tree.value


@pytest.mark.parametrize("kind", FILES)
def test_the_committed_schema_is_the_one_that_the_shapes_make(kind: str) -> None:
    committed = (FOLDER / f"{kind}.schema.json").read_text()
    assert committed == as_text(schema_of(kind)), "write them anew: caseway sop schema --out sop_definitions/schema"


def test_no_schema_is_left_over() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {f"{kind}.schema.json" for kind in FILES}


@pytest.mark.parametrize("kind", FILES)
def test_a_schema_is_one_of_2020_12_and_asks_nobody_outside(kind: str) -> None:
    schema = schema_of(kind)
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"].endswith("/2020-12/schema")
    refs = set(_refs(schema))
    assert refs
    assert all(ref.startswith("#/$defs/") for ref in refs)
    assert {ref.rpartition("/")[2] for ref in refs} == set(schema["$defs"]), "every part is used, and none is missing"


def _refs(node: Any) -> list[str]:
    if isinstance(node, list):
        return [ref for one in node for ref in _refs(one)]
    if not isinstance(node, dict):
        return []
    own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
    return own + [ref for one in node.values() for ref in _refs(one)]


@pytest.mark.parametrize("name", FILES_OF_TRM)
def test_a_shipped_file_fits_its_schema_and_names_it_for_editors(name: str) -> None:
    kind = kind_of(name)
    assert kind is not None
    errors = [error.message for error in Draft202012Validator(schema_of(kind)).iter_errors(said(FILES_OF_TRM[name]))]
    assert errors == []
    first = FILES_OF_TRM[name].decode().splitlines()[0]
    mark, _, relative = first.partition("$schema=")
    assert mark == "# yaml-language-server: "
    assert (Path(SHIPPED / "trm" / name).parent / relative).resolve() == FOLDER / f"{kind}.schema.json"


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        ("identification.yaml", "initial: referred", "initial: Referred"),
        ("identification.yaml", "stalled-after: 48 hours", "stalled-after: 48"),
        ("identification.yaml", "stalled-after: 48 hours", "stalled-after: a while"),
        ("identification.yaml", "stalled-after: 48 hours", "stalled_until: 48 hours"),
        ("identification.yaml", "final: true", "final: maybe"),
        ("identification.yaml", "kind: required", "kind: needed"),
        ("identification.yaml", "{consent: referral}", "{consent: referral, done: first_visit}"),
        ("identification.yaml", "{consent: referral}", "{because: Nothing is asked}"),
        ("identification.yaml", "{consent: referral}", "{consent: referral, then: []}"),
        ("identification.yaml", "initial: referred", ""),
        ("procedure.yaml", "type: country", "type: nation"),
        ("procedure.yaml", 'version: "1.0"', "version: 1.0"),
        ("instruments/early_risk.yaml", "levels:", "rungs:"),
        ("scenarios/rule_01.yaml", "country: ", "state: "),
        ("simulations/default.yaml", "staff:", "people:"),
        ("simulations/default.yaml", "lasts: 5 years", "lasts: long"),
        ("simulations/default.yaml", "{exponential: 60 hours}", "{exponential: 60 hours, fixed: 1 hour}"),
        ("simulations/default.yaml", "{exponential: 60 hours}", "{poisson: 60 hours}"),
        ("simulations/default.yaml", "closing: {event: closed, ", "closing: {"),
    ],
)  # fmt: skip
def test_what_the_schema_refuses_the_loader_refuses_too(name: str, right: str, wrong: str) -> None:
    text = FILES_OF_TRM[name].decode()
    assert right in text
    broken = text.replace(right, wrong, 1).encode()
    kind = kind_of(name)
    assert kind is not None
    assert not Draft202012Validator(schema_of(kind)).is_valid(said(broken))
    with pytest.raises(ValidationError):
        FILES[kind].shape.model_validate(said(broken))


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        ("procedure.yaml", "procedure"),
        ("return.yaml", "sop"),
        ("instruments/early_risk.yaml", "instrument"),
        ("scenarios/a.yaml", "scenario"),
        ("simulations/a.yaml", "simulation"),
        ("elsewhere/a.yaml", None),
        ("notes.txt", None),
    ],
)
def test_a_file_is_known_by_where_it_lies(file: str, kind: str | None) -> None:
    assert kind_of(file) == kind


def test_a_schema_is_the_same_every_time() -> None:
    assert json.loads(as_text(schema_of("sop"))) == schema_of("sop")
    assert as_text(schema_of("sop")) == as_text(schema_of("sop"))
