"""What every shape of the engine has in common: it never changes and knows no stray keys."""

from collections.abc import Mapping
from typing import Annotated, Any, Self, TypeVar

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
        """As pydantic's, four times as fast: decisions make little else, and what never changes needs no copy."""
        if deep or not update:
            return super().model_copy(update=update, deep=deep)
        return _made(type(self), {**self.__dict__, **update}, self.__pydantic_fields_set__ | update.keys())

    @classmethod
    def of(cls, **parts: Any) -> Self:
        """Made from all its parts, which are known to fit: nothing is checked."""
        return _made(cls, parts, set(parts))


_Made = TypeVar("_Made", bound=Value)


def _made(kind: type[_Made], parts: dict[str, Any], given: set[str]) -> _Made:
    made = kind.__new__(kind)
    object.__setattr__(made, "__dict__", parts)
    object.__setattr__(made, "__pydantic_fields_set__", given)
    object.__setattr__(made, "__pydantic_extra__", None)
    object.__setattr__(made, "__pydantic_private__", None)
    return made


Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
"""A name in a definition: lower case, digits and underscores, at most 64 characters."""

Reference = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}\.[a-z][a-z0-9_]{0,63}$")]
"""A name in another place, `where.name`: `case.child`, `identification.reflection`."""

Text = Annotated[str, StringConstraints(min_length=1, max_length=2000, strip_whitespace=True)]

FactValue = bool | int | float | str | tuple[str, ...]
"""What a fact may be. Dates and moments are ISO 8601 text, typed by the field that wrote them."""
