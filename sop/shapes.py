"""What every shape of the engine has in common: it never changes and knows no stray keys."""

from typing import Annotated

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


Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
"""A name in a definition: lower case, digits and underscores, at most 64 characters."""

Reference = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}\.[a-z][a-z0-9_]{0,63}$")]
"""A name in another place, `where.name`: `case.child`, `identification.reflection`."""

Text = Annotated[str, StringConstraints(min_length=1, max_length=2000, strip_whitespace=True)]

FactValue = bool | int | float | str | tuple[str, ...]
"""What a fact may be. Dates and moments are ISO 8601 text, typed by the field that wrote them."""
