"""What every shape of the engine has in common: it never changes and knows no stray keys."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, ParamSpec, Self, TypeVar

from pydantic import BaseModel, ConfigDict, StringConstraints


def _hyphens(name: str) -> str:
    return name.rstrip("_").replace("_", "-")


class Shape(BaseModel):
    """A part of a definition file: keys with hyphens, nothing unknown, nothing changed later."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=_hyphens, validate_by_name=True, hide_input_in_errors=True
    )


class Value(BaseModel):
    """A part of a running case, a command, an event: the names in JSON are the names in Python."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """As pydantic does it, without its checks: decisions make little else, and what never changes needs no copy."""
        if deep or not update:
            return super().model_copy(update=update, deep=deep)
        new = _new(type(self))
        _set_parts(new, {**self.__dict__, **update})
        _set_given(new, self.__pydantic_fields_set__ | update.keys())
        _set_extra(new, None)
        _set_private(new, None)
        return new


_SLOTS, _new = BaseModel.__dict__, object.__new__
_set_parts, _set_given = _SLOTS["__dict__"].__set__, _SLOTS["__pydantic_fields_set__"].__set__
_set_extra, _set_private = _SLOTS["__pydantic_extra__"].__set__, _SLOTS["__pydantic_private__"].__set__
_Parts = ParamSpec("_Parts")
_Made = TypeVar("_Made", bound=Value)
_BLANK: dict[Any, dict[str, Any]] = {}
"""Of each shape every field in its order, with its default; what has none is among the parts."""


def made(shape: Callable[_Parts, _Made], /, *none: _Parts.args, **parts: _Parts.kwargs) -> _Made:
    """The same as `shape(**parts)`, for parts that the engine itself has made: at run time nothing is checked.

    Never for what comes from outside. That no part is missing or unknown is seen by mypy, that all of them fit by
    tests/workshop/test_made.py. The parts are taken as they are and not copied, so nobody changes them later.
    """
    blank = _BLANK.get(shape)
    if blank is None:
        fields = shape.model_fields.items()  # type: ignore[attr-defined]
        blank = _BLANK[shape] = {name: None if field.is_required() else field.default for name, field in fields}
    new = _new(shape)  # type: ignore[arg-type]
    _set_parts(new, {**blank, **parts})
    _set_given(new, set(parts))
    _set_extra(new, None)
    _set_private(new, None)
    return new


Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
"""A name in a definition: lower case, digits and underscores, at most 64 characters."""

Reference = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}\.[a-z][a-z0-9_]{0,63}$")]
"""A name in another place, `where.name`: `case.child`, `identification.reflection`."""

Text = Annotated[str, StringConstraints(min_length=1, max_length=2000, strip_whitespace=True)]

FactValue = bool | int | float | str | tuple[str, ...]
"""What a fact may be. Dates and moments are ISO 8601 text, typed by the field that wrote them."""
