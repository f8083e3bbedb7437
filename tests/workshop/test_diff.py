"""The difference of two versions, in words: nothing is passed over, each kind is listed, and the person comes first."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from cli.folders import SHIPPED, files_of
from sop.conditions import OPERATORS
from sop.durations import Duration
from sop.loader import content_hash, load
from sop.model import Definition
from sop.shapes import Shape
from workshop.diff import diff
from workshop.diff_table import TABLE
from workshop.differences import Kind

FILES = files_of(SHIPPED / "trm")
ONCE = files_of(Path(__file__).parent / "everything_once")
"""A small procedure in which every part of the language stands at least once."""

BY_HAND: dict[tuple[str, str], list[Any]] = {
    ("Source", "in_force_from"): [date(2027, 1, 1)],
    ("Source", "until"): [date(2028, 1, 1)],
    ("Source", "confidence"): ["low", "high"],
    ("Translation", "status"): ["reviewed", "draft"],
    ("Measure", "child"): ["Another word"],
    ("LifeEvent", "targets"): ["pause", "resume"],
    ("Measure", "kind"): ["optional", "required"],
    ("Measure", "activity"): ["assess_risk", None],
    ("Clock", "counting"): ["plain", "regulation-1182-71"],
    ("Trigger", "case"): ["opened", None],
    ("Item", "weight"): ["minor", 7.5],
    ("Field", "type"): ["number", "text"],
    ("Calendar", "weekend"): [("friday",)],
    ("Source", "evidence"): ["D", "K"],
    ("Right", "responsible"): [True, None],
}


@pytest.fixture(scope="module")
def once() -> Definition:
    return load(ONCE)


@pytest.fixture(scope="module")
def trm() -> Definition:
    return load(FILES)


def parts(part: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Shape]]:
    """Every shape with the attributes, keys and indexes that lead to it."""
    if isinstance(part, Shape):
        yield path, part
        for name in type(part).model_fields:
            yield from parts(getattr(part, name), (*path, name))
    elif isinstance(part, dict):
        for key, value in part.items():
            yield from parts(value, (*path, key))
    elif isinstance(part, tuple):
        for index, value in enumerate(part):
            yield from parts(value, (*path, index))


def put(part: Any, path: tuple[Any, ...], value: Any) -> Any:
    """A copy with one value set; nothing is validated, for a difference is asked of any content."""
    if not path:
        return value
    first, *rest = path
    if isinstance(part, BaseModel):
        return part.model_copy(update={first: put(getattr(part, first), tuple(rest), value)})
    if isinstance(part, dict):
        return part | {first: put(part[first], tuple(rest), value)}
    return (*part[:first], put(part[first], tuple(rest), value), *part[first + 1 :])


def others(value: Any, pool: list[Any], free: bool) -> list[Any]:
    """Other values that could stand there: from elsewhere, and, unless only some words may, the value turned a little."""
    found = [one for one in pool if one != value or type(one) is not type(value)][:2]
    match value if free else None:
        case bool():
            found.append(not value)
        case int() | float():
            found.append(value + 1)
        case str():
            found.append(f"{value}x")
        case Duration():
            found.append(value + Duration(days=1))
        case tuple():
            found += [value[1:]] if value else []
            found += [value[::-1]] if len(value) > 1 else []
            found += [(*value, value[0])] if value else []
        case dict():
            found += [{**value, "another": next(iter(value.values()))}] if value else []
            found += [dict(list(value.items())[1:])] if value else []
    return found


def mutations(definition: Definition) -> Iterator[tuple[str, str, Definition]]:
    """For every field of every shape, a few definitions that differ in it alone."""
    pools: dict[tuple[str, str], list[Any]] = {key: list(values) for key, values in BY_HAND.items()}
    places: dict[tuple[str, str], list[tuple[tuple[Any, ...], Any]]] = {}
    for path, shape in parts(definition):
        for name in type(shape).model_fields:
            key, value = (type(shape).__name__, name), getattr(shape, name)
            pool = pools.setdefault(key, ["Another word"] if name in ("because", "remedy", "rule", "title") else [])
            if len(pool) < 4 and value not in pool:
                pool.append(value)
            kept = places.setdefault(key, [])
            if len(kept) < 2 or (len(kept) < 4 and value not in (None, (), {}, False)):
                kept.append(((*path, name), value))
    for key, kept in places.items():
        for path, value in kept:
            for other in others(value, pools[key], free=key not in BY_HAND):
                yield (*key, put(definition, path, other))


def test_no_change_of_content_is_silent_and_every_kind_is_listed(once: Definition) -> None:
    kinds, turned, tried = set(get_args(Kind)), set(), 0
    for shape, field, changed in mutations(once):
        differs = content_hash(changed) != content_hash(once)
        found = diff(once, changed)
        assert bool(found) is differs, (shape, field, found)
        assert {one.kind for one in found} <= kinds
        assert all(one.was != one.now and one.text and one.where for one in found), (shape, field, found)
        tried += 1
        if differs:
            turned.add((shape, field))
    every = {
        (type(shape).__name__, name)
        for _, shape in parts(once)
        for name in type(shape).model_fields
        if not isinstance(getattr(shape, name), Shape)  # that is turned inside
    }
    assert sorted(every - turned) == [], "a field of which no change was tried"
    assert tried > 500


def test_every_shape_stands_in_the_small_procedure(once: Definition) -> None:
    """Otherwise the mutations above would not reach it."""
    shown = {type(shape).__name__ for _, shape in parts(once)}
    known = {shape.__name__ for shape in TABLE} | {shape.__name__ for shape in OPERATORS.values()}
    assert known - shown == set()


def test_the_table_has_every_key_of_its_shapes_and_no_other() -> None:
    for shape, keys in TABLE.items():
        assert set(keys) == set(shape.model_fields), shape.__name__


@pytest.fixture
def told(trm: Definition) -> Callable[..., list[Any]]:
    """The differences that edits of identification.yaml make."""

    def edited(*changes: tuple[str, str]) -> list[Any]:
        files = dict(FILES)
        for old, new in changes:
            assert old.encode() in files["identification.yaml"]
            files["identification.yaml"] = files["identification.yaml"].replace(old.encode(), new.encode(), 1)
        return list(diff(trm, load(files)))

    return edited


def test_a_longer_reflection_period_is_told_with_its_law(told) -> None:
    (found,) = told(("period: {at-least: 30 days", "period: {at-least: 45 days"))
    assert (found.kind, found.weight) == ("length_changed", "person")
    assert found.place == ("Identification", "Recovery and reflection period")
    assert found.text.startswith("protects for: at least 45 days")
    assert "law: Council of Europe Convention" in found.source


def test_our_own_default_is_not_told_as_law(told) -> None:
    change = ("    rule: R12\n    deadline: 24 hours", "    rule: R12\n    deadline: 48 hours")
    (found,) = told(change)
    assert found.weight == "staff"
    assert found.source == "source: Caseway default timer T02 (our own default, not law)"


def test_a_condition_that_is_no_longer_asked_concerns_the_person(told) -> None:
    (found,) = told(("      - done: early_risk_assessment\n      - done: recovery", "      - done: recovery"))
    assert (found.kind, found.weight) == ("condition_removed", "person")
    assert found.text == "no longer asked before it can be taken: ‘Early risk assessment’ is done."


def test_only_words_are_only_words(told) -> None:
    (found,) = told(("because: The period starts only when", "because: It starts only when"))
    assert (found.kind, found.weight) == ("wording_changed", "wording")


def test_the_words_of_a_consent_concern_the_person(trm: Definition) -> None:
    purpose = next(iter(trm.head.consents))
    changed = put(trm, ("head", "consents", purpose, "title"), "Something else")
    assert [one.weight for one in diff(trm, changed)] == ["person"]


def test_several_changes_at_once_are_all_told(told) -> None:
    found = told(
        ("period: {at-least: 30 days", "period: {at-least: 45 days"),
        ("      - done: early_risk_assessment\n      - done: recovery", "      - done: recovery"),
        ("who: [competent_authority, case_manager]", "who: [competent_authority]"),
        ("presumed: {title: Presumed victim,", "presumed: {title: Presumed to be a victim,"),
    )
    kinds = ["wording_changed", "roles_changed", "condition_removed", "length_changed"]
    assert [one.kind for one in found] == kinds


def test_there_and_back_are_the_same_differences(trm: Definition) -> None:
    changed = put(trm, ("sops", "identification", "clocks", "reflection", "statutory"), False)
    (there,), (back,) = diff(trm, changed), diff(changed, trm)
    assert (there.was, there.now) == (back.now, back.was)
