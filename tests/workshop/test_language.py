"""Every key of the language can be explained: what it means, what it holds, where it stands, with an example."""

import re

import pytest

from cli.folders import SHIPPED, files_of
from sop.problems import Tree
from sop.reader import read
from sop.shapes import Shape
from workshop.examples import Found, example, examples_in, flow
from workshop.files import FILES
from workshop.language import Key, keys_named, language, part_named, words

KEYS = [key for part in language() for key in part.keys]


@pytest.fixture(scope="session")
def found() -> Found:
    return examples_in(files_of(SHIPPED / "trm"))


def shapes() -> set[type[Shape]]:
    every: set[type[Shape]] = set()
    waiting: list[type[Shape]] = [Shape]
    while waiting:
        inner = {one for one in waiting.pop().__subclasses__() if one.__module__.split(".")[0] in ("sop", "workshop")}
        waiting += inner
        every |= inner
    return every


@pytest.mark.parametrize("key", KEYS, ids=lambda key: ".".join(key.path))
def test_every_key_says_what_it_means_and_has_an_example(key: Key, found: Found) -> None:
    assert key.meaning, "write a description into the shape"
    assert key.type
    assert key.where
    assert re.fullmatch(r"\d+\.\d+", key.since)
    shown = example(key, found)
    assert shown, "no shipped file uses this key: write examples=[...] beside its description"
    tree = read("example", shown.encode())
    assert isinstance(tree, Tree), f"the example is no YAML: {shown}"
    assert list(tree.value) == [key.key]


def test_every_key_of_every_shape_is_part_of_the_language() -> None:
    """A shape that no file reaches would have keys that nobody can look up."""
    known = {key.key for key in KEYS}
    for shape in shapes() - {one for one in shapes() if one.__name__ in ("Definition", "_Condition")}:
        for name, field in shape.model_fields.items():
            assert (field.alias or name) in known, f"{shape.__name__}.{name}"
            assert field.description, f"{shape.__module__}.{shape.__name__}.{name} has no description"


def test_a_key_of_several_parts_is_explained_for_each_and_one_can_be_meant() -> None:
    assert {key.part for key in keys_named("from")} == {
        "transition",
        "range",
        "migrations/<migration>.yaml",
        "overlays/<overlay>.yaml",
        "covers",
        "simulations/<simulation>.yaml",
    }
    assert [key.part for key in keys_named("transition.from")] == ["transition"]
    assert keys_named("nothing") == ()


def test_a_part_is_found_by_its_title_however_it_is_written() -> None:
    for word in ("life event", "life-event", "Life-Event", "lifeevent"):
        part = part_named(word)
        assert part is not None
        assert part.title == "life event"
    assert part_named("nothing") is None


def test_it_is_said_what_a_key_holds_and_where_it_stands() -> None:
    (from_,) = keys_named("transition.from")
    assert from_.type == "name, or list of names"
    assert from_.required
    assert from_.where == ("<sop>.yaml: transitions.<name>",)
    (kind,) = keys_named("measure.kind")
    assert kind.type == "one of required, optional, discretionary"
    assert not kind.required
    (weekend,) = keys_named("calendar.weekend")
    assert weekend.where == ("procedure.yaml: calendars.<name>",)
    (period,) = keys_named("clock.period")
    assert period.type == "length"


def test_every_kind_of_file_is_a_part() -> None:
    by_shape = dict(reversed(FILES.values()))
    assert set(by_shape.values()) <= words()


@pytest.mark.parametrize(
    "value",
    [
        {"a": ["x", "no", "Yes", "y", "12", "1.0", "", " a", "a: b", "{c}", 'q"u', "b\\s", "null", "80%", "5 working days"]},
        {"a": {"b": True, "c": False, "d": 3, "e": 17.99, "f": []}, "no": "NO"},
        {"a": "Кутија #1", "b": "- x", "c": "x #y", "d": "it's", "e": "2026-02-15", "f": "a.b"},
    ],
)  # fmt: skip
def test_a_value_in_one_line_says_the_same_when_it_is_read(value: dict[str, object]) -> None:
    tree = read("one line", f"line: {flow(value)}".encode())
    assert isinstance(tree, Tree), tree
    assert tree.value == {"line": value}
