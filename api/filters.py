"""Saved filters: choices of the lists under a name, for oneself or shared with a role."""

from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, Field, StringConstraints
from starlette.responses import Response

from api.door import Visit, Visiting, door
from api.errors import Problem
from api.shapes import Sent
from api.views import Shown
from store.filters import Filter

router = door("lists")
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
UserId = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_-]{1,40}$")]
Reference = Annotated[
    str,
    StringConstraints(pattern=r"^([0-9A-Za-z_-]{1,40}:)?[a-z][a-z0-9_]{0,63}$"),
    Field(description="a saved filter: `name` of your own, `owner:name` of another; what else is asked goes before it"),
]


class Choices(Sent):
    """What is chosen; what is left out does not choose. `responsible=me` is whoever uses the filter."""

    country: Country | None = None
    sop: Name | None = None
    state: Name | None = None
    responsible: UserId | None = None
    role: Name | None = None
    kind: Literal["technical", "procedural", "waiting", "idle"] | None = None
    statutory: bool | None = None
    overdue: bool | None = None
    stuck: bool | None = None
    closed: bool | None = None


class KeepFilter(Sent):
    """`shared_with`: a role whose holders may use it too; only its owner changes it."""

    choices: Choices
    shared_with: Name | None = None


class FilterView(Shown):
    """`filter` is what a list is asked with."""

    filter: str
    owner: str
    name: str
    shared_with: str | None
    mine: bool
    choices: Choices


class FiltersView(Shown):
    """Your own first, then those that are shared with a role of yours."""

    filters: tuple[FilterView, ...]


class Filtered(Sent):
    """A question to a list that a saved filter can answer in part."""

    filter: Reference | None = None


_Asked = TypeVar("_Asked", bound=Filtered)


@router.get("/filters", operation_id="list_filters", response_model=FiltersView)
async def list_filters(visit: Visiting) -> Response:
    """Every filter that you can use."""
    found = await visit.parts.filters.seen_by(visit.caller.id, visit.caller.roles)
    return _answer(FiltersView(filters=tuple(_view(visit, one) for one in found)))


@router.put("/filters/{name}", operation_id="keep_filter", response_model=FilterView)
async def keep_filter(visit: Visiting, name: Name, sent: KeepFilter) -> Response:
    """Keep choices under a name, in place of what you have kept under it before. The name is a code, never a person's."""
    if sent.shared_with is not None and sent.shared_with not in visit.parts.callers.roles:
        raise Problem("malformed", "Nobody here holds this role.", where=[("body.shared_with", "unknown")])
    choices = sent.choices.model_dump_json(exclude_none=True)
    kept = Filter(owner=visit.caller.id, name=name, shared_with=sent.shared_with, choices=choices)
    if not await visit.parts.filters.keep(kept):
        raise Problem("malformed", "You have too many filters; remove one.", where=[("body", "too_many_filters")])
    return _answer(_view(visit, kept))


@router.delete("/filters/{name}", operation_id="remove_filter", response_model=FiltersView)
async def remove_filter(visit: Visiting, name: Name) -> Response:
    """Remove a filter of your own; those that are left."""
    if not await visit.parts.filters.remove(visit.caller.id, name):
        raise Problem("filter_not_found")
    found = await visit.parts.filters.seen_by(visit.caller.id, visit.caller.roles)
    return _answer(FiltersView(filters=tuple(_view(visit, one) for one in found)))


async def filtered(visit: Visit, asked: _Asked) -> _Asked:
    """The question with the choices of its saved filter; what is asked beside it goes before them.

    A filter that chooses by something which this list does not know is refused: leaving it out would show more than
    was meant.
    """
    if asked.filter is None:
        return asked
    owner, _, name = asked.filter.rpartition(":")
    found = await visit.parts.filters.seen_by(
        visit.caller.id, visit.caller.roles, owner=owner or visit.caller.id, name=name
    )
    if not found:
        raise Problem("filter_not_found")
    choices = Choices.model_validate_json(found[0].choices).model_dump(exclude_none=True)
    if strange := sorted(set(choices) - set(type(asked).model_fields)):
        text = f"This list does not choose by: {', '.join(strange)}."
        raise Problem("malformed", text, where=[("query.filter", "foreign")])
    given = asked.model_dump(include=asked.model_fields_set)
    return type(asked).model_validate(choices | given)


def _view(visit: Visit, kept: Filter) -> FilterView:
    mine = kept.owner == visit.caller.id
    return FilterView(
        filter=kept.name if mine else f"{kept.owner}:{kept.name}",
        owner=kept.owner,
        name=kept.name,
        shared_with=kept.shared_with,
        mine=mine,
        choices=Choices.model_validate_json(kept.choices),
    )


def _answer(view: BaseModel) -> Response:
    return Response(view.model_dump_json(), media_type="application/json")
