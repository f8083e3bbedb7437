"""What a field takes becomes a fact; what does not fit is refused in words that never repeat it."""

import contextlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from sop.fields import Field

FITS: list[tuple[Any, Any, Any]] = [
    ("yes-no", True, True),
    ("yes-no", False, False),
    ("number", 3, 3),
    ("number", -2.5, -2.5),
    ({"type": "number", "lowest": 0, "highest": 10}, 10, 10),
    ("date", "2026-03-02", "2026-03-02"),
    ("date", "2028-02-29", "2028-02-29"),
    ("moment", "2026-03-02T09:00:00Z", "2026-03-02T09:00:00+00:00"),
    ("moment", "2026-03-02T09:00+01:00", "2026-03-02T09:00:00+01:00"),
    ("duration", "30 days", "30 days"),
    ("duration", "P1M15D", "1 month and 15 days"),
    ("country", "RS", "RS"),
    ("country", "XK", "XK"),
    ("country", "NO", "NO"),
    ("countries", ["RS", "AT"], ("RS", "AT")),
    ("countries", [], ()),
    ("languages", ["sr", "zh-Hant"], ("sr", "zh-Hant")),
    ({"one-of": ["a", "b"]}, "b", "b"),
    ({"one-of": {"a": "The A"}}, "a", "a"),
    ({"many-of": ["a", "b"]}, ["b", "a", "b"], ("b", "a")),
    ({"many-of": ["a", "b"]}, [], ()),
]

UNFIT: list[tuple[Any, Any]] = [
    ("yes-no", "yes"), ("yes-no", 1), ("yes-no", "true"), ("yes-no", None),
    ("number", True), ("number", "3"), ("number", float("nan")), ("number", float("inf")), ("number", 1e10), ("number", None),
    ({"type": "number", "lowest": 0, "highest": 10}, 11), ({"type": "number", "lowest": 0}, -1),
    ("date", "2026-02-30"), ("date", "02.03.2026"), ("date", 1700000000), ("date", "2026-03-02T09:00:00Z"), ("date", "0001-01-01"),
    ("date", "9999-12-31"), ("date", "Anna needs"), ("date", ""), ("date", ["2026-03-02"]),
    ("moment", "2026-03-02T09:00:00"), ("moment", "2026-03-02"), ("moment", "tomorrow"), ("moment", "0001-01-01T00:00:00+14:00"),
    ("moment", "9999-12-31T23:59:59-14:00"), ("moment", "23:59:60"), ("moment", "2026-03-02T23:59:60Z"), ("moment", 1.5),
    ("duration", "Anna needs help"), ("duration", "0 days"), ("duration", "1000 years"), ("duration", 30), ("duration", "9" * 59),
    ("country", "rs"), ("country", "SRB"), ("country", "Serbia"), ("country", ""), ("country", "ПР"), ("country", "R1"),
    ("countries", "RS"), ("countries", ["RS", "serbia"]), ("countries", ["RS"] * 51),
    ("languages", ["Anna Petrova"]), ("languages", ["sr\x00"]), ("languages", [3]), ("languages", "sr"), ("languages", ["sr\n"]),
    ({"one-of": ["a", "b"]}, "c"), ({"one-of": ["a", "b"]}, ["a"]), ({"one-of": ["a", "b"]}, {"a": 1}), ({"one-of": ["a"]}, None),
    ({"many-of": ["a", "b"]}, "a"), ({"many-of": ["a", "b"]}, ["c"]), ({"many-of": ["a"]}, [["a"]]), ({"many-of": ["a"]}, {"a": 1}),
    ("text", "Anna"), ({"instrument": "danger"}, {"near": "no"}),
]  # fmt: skip


def made(spec: Any) -> Field:
    return Field.model_validate(spec)


@pytest.mark.parametrize(("spec", "value", "fact"), FITS)
def test_a_value_that_fits_becomes_a_fact(spec: Any, value: Any, fact: Any) -> None:
    accepted = made(spec).accept(value)
    assert accepted == fact
    assert type(accepted) is type(fact)


@pytest.mark.parametrize(("spec", "value"), UNFIT)
def test_a_value_that_does_not_fit_is_refused(spec: Any, value: Any) -> None:
    with pytest.raises(ValueError):
        made(spec).accept(value)


@pytest.mark.parametrize("spec", [spec for spec, *_ in FITS])
@pytest.mark.parametrize("value", ["Anna", "Anna needs", "Anna wanted help", ["Anna"], "1700-05-05", "Anna and 3 days"])
def test_what_a_person_is_called_is_never_repeated(spec: Any, value: Any) -> None:
    with pytest.raises(ValueError) as refused:
        made(spec).accept(value)
    assert "Anna" not in str(refused.value)
    assert "1700" not in str(refused.value)


@settings(max_examples=300, deadline=None, database=None, derandomize=True)
@given(
    st.sampled_from([spec for spec, *_ in FITS]),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
        max_leaves=5,
    ),
)
def test_anything_at_all_is_a_fact_or_a_value_error(spec: Any, value: Any) -> None:
    with contextlib.suppress(ValueError):
        made(spec).accept(value)


@pytest.mark.parametrize(
    "spec",
    [{}, {"type": "yes-no", "one-of": ["a"]}, {"one-of": ["a"], "many-of": ["b"]}, {"title": "Nothing"},
     {"type": "phone"}, "free", {"type": "text", "instrument": "x"}, {"one-of": ["Not A Name"]}, {"one-of": "a"}],
)  # fmt: skip
def test_a_field_holds_exactly_one_kind_of_thing(spec: Any) -> None:
    with pytest.raises(ValidationError):
        made(spec)


def test_text_and_what_is_sensitive_are_particulars() -> None:
    assert made("text").particular
    assert made({"type": "date", "sensitive": True}).particular
    assert not made("date").particular


@pytest.mark.parametrize(
    ("spec", "value", "said"),
    [
        ("yes-no", True, "yes"),
        ({"one-of": {"a": "The A"}}, "a", "‘The A’"),
        ({"many-of": {"a": "The A", "b": "The B"}}, ("a", "b"), "‘The A’, ‘The B’"),
        ({"many-of": ["a"]}, (), "nothing"),
        ("number", 3, "3"),
        ({"one-of": ["no_carer"]}, "no_carer", "‘No carer’"),
    ],
)
def test_a_value_is_read_aloud_by_its_title(spec: Any, value: Any, said: str) -> None:
    assert made(spec).value_title(value) == said


def test_every_kind_has_a_schema_and_particulars_are_marked() -> None:
    for spec in ("yes-no", "number", "date", "moment", "duration", "country", "countries", "languages", "text"):
        schema = made(spec).schema_of("the_name", {})
        assert schema["title"] == "The name"
        assert schema["type"] in ("boolean", "number", "string", "array")
        assert ("x-particular" in schema) == (spec == "text")
    assert made({"one-of": ["a", "b"]}).schema_of("x", {})["enum"] == ["a", "b"]
    assert made({"type": "number", "lowest": 0}).schema_of("x", {}) == {"title": "X", "type": "number", "minimum": 0}
