"""What was worked out for the parts of a definition, kept for the definitions that adapt it.

An overlay leaves most parts as they are: in what it makes of the base they are the very same objects. What was worked
out for such a part counts on, as long as everything else that it depends on is the same too.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import partial
from operator import is_
from typing import Any, TypeVar, cast

from pydantic import BaseModel

from sop.clocks import Clock, Variant
from sop.conditions import Fact, When
from sop.guard import always_read
from sop.model import Definition, Sop
from sop.problems import Path, Problem
from sop.shapes import FactValue
from sop.walk import walk

_Result = TypeVar("_Result")
_SAYS = {
    "states": {"title", "stalled_after"},
    "measures": {
        *("title", "code", "what", "when", "who", "how", "child", "kind", "source", "rule", "second_person"),
        *("declinable", "repeatable", "fields"),
    },
    "transitions": {"title", "by", "source", "rule", "reasons", "second_person"},
    "clocks": {
        *("title", "source", "rule", "statutory", "extend", "ends_early", "remind", "reminds", "when_missed", "anchor"),
        *("period", "deadline", "review", "variants", "at_other_times"),
    },
}
"""By kind of part, the keys on which what can ever happen does not depend, or not on every word of them: see `_ways`."""


Entry = tuple[str | None, Path, BaseModel]
"""The SOP in which it stands, None for the head; its path there; and what stands there."""


class Kept:
    """What was worked out for one definition, and for the one that it was put onto.

    `same` says whether in both the same can ever happen, as far as the other one knows; not before that is known.
    """

    def __init__(self, beside: "Kept | None" = None) -> None:
        self._before: dict[Hashable, tuple[object, Any]] = beside._known if beside else {}
        self._known: dict[Hashable, tuple[object, Any]] = {}
        self.same = False
        self._entries: list[Entry] | None = None

    def entries(self, definition: Definition) -> list[Entry]:
        """Everything that head and SOPs of its definition list: facts, measures, clocks …, each whole."""
        if self._entries is None:
            self._entries = _entries(definition)
        return self._entries

    def of_part(self, key: Hashable, part: object, work: Callable[[], _Result]) -> _Result:
        """What `work` gives, which depends on `part` alone: the same object, or a tuple of the same objects."""
        return self._of(key, part, work, True)

    def in_case(self, key: Hashable, part: object, work: Callable[[], Iterable[Problem]]) -> tuple[Problem, ...]:
        """The findings of `work`, which depend on `part` and on what can ever happen."""
        return self._of(key, part, lambda: tuple(work()), self.same)

    def as_before(self, key: Hashable, said: tuple[object, ...]) -> tuple[object, ...]:
        """What is said, as the same object as before where it is equal."""
        before = self._before.get(key, (None, None))[1]
        kept: tuple[object, ...] = before if before == said else said
        self._known[key] = (kept, kept)
        return kept

    def _of(self, key: Hashable, part: object, work: Callable[[], _Result], may: bool) -> _Result:
        if may and key in self._before:
            before, found = self._before[key]
            if part is before or (
                isinstance(part, tuple) and isinstance(before, tuple) and all(map(is_, part, before))
            ):
                self._known[key] = (before, found)
                return cast("_Result", found)
        found = work()
        self._known[key] = (part, found)
        return found


def _entries(definition: Definition) -> list[Entry]:
    found: list[Entry] = []
    wholes: tuple[tuple[str | None, BaseModel], ...] = ((None, definition.head), *definition.sops.items())
    for owner, whole in wholes:
        for name, info in type(whole).model_fields.items():
            key, value = info.alias or name, vars(whole)[name]
            if isinstance(value, BaseModel):
                found.append((owner, (key,), value))
            elif isinstance(value, dict):
                found += [(owner, (key, n), part) for n, part in value.items() if isinstance(part, BaseModel)]
            elif isinstance(value, tuple):
                found += [(owner, (key, n), part) for n, part in enumerate(value) if isinstance(part, BaseModel)]
    return found


def shape_of(sop: Sop, kept: Kept) -> tuple[object, ...]:
    """Everything of a SOP on which it depends what can ever happen: which ways there are, and what they ask."""
    parts = [
        kept.of_part(("shape", sop.sop, kind, name), part, partial(_ways, kind, name, part))
        for kind in _SAYS
        for name, part in getattr(sop, kind).items()
    ]
    shape = (sop.initial, sop.opens, sop.reopens, *parts)
    return kept.as_before(("shape", sop.sop), shape)


def _ways(kind: str, name: str, part: Any) -> tuple[object, ...]:
    """A new field alone changes nothing: only a condition that reads it does, and that stands in another key."""
    said = tuple((key, value) for key, value in vars(part).items() if key not in _SAYS[kind])
    match kind:
        case "transitions":
            return (name, said, bool(part.by))
        case "measures":
            return (name, said, tuple(field for field in part.fields.items() if field[1].sets))
        case "clocks":
            return (name, said, part.takes, part.period is None, part.deadline is None, part.review is None)
    return (name, said)


def compared(definition: Definition, kept: Kept) -> dict[str, set[FactValue]]:
    """The values with which each fact is compared anywhere."""
    found: dict[str, set[FactValue]] = {}
    for owner, path, part in kept.entries(definition):
        for ref, values in kept.of_part(("compared", owner, path), part, partial(_compared_in, part)):
            found[ref] = found.get(ref, set()) | values
    return found


def _compared_in(whole: object) -> list[tuple[str, set[FactValue]]]:
    found: list[tuple[str, set[FactValue]]] = []
    for _, part in walk(whole):
        if isinstance(part, Fact):
            values = (part.is_, part.is_not, part.has, part.at_least, part.at_most, *(part.in_ or ()))
            found.append((part.fact, {value for value in values if value is not None}))
        wanted: Mapping[str, FactValue | tuple[FactValue, ...]] = {}
        wanted = part.when if isinstance(part, When | Variant) else wanted
        wanted = part.only_when if isinstance(part, Clock) else wanted
        found += [(ref, set(value) if isinstance(value, tuple) else {value}) for ref, value in wanted.items()]
    return found


def what_matters(definition: Definition, kept: Kept) -> tuple[object, ...]:
    """Everything on which it depends what can ever happen; of the head what an overlay can change is facts and consents."""
    head = definition.head
    said = (head.facts, head.consents, head.derived, head.life_events, head.starts_with, head.sops)
    ways = tuple((name, shape_of(sop, kept)) for name, sop in definition.sops.items())
    return (said, ways, compared(definition, kept), counted_from(definition, kept))


def counted_from(definition: Definition, kept: Kept) -> dict[str, frozenset[str]]:
    """By clock the facts from which it is counted, by any law, as far as a right reads them: it watches whoever starts it."""
    rights = tuple(definition.rights.values())
    read = kept.of_part(
        "read by rights", rights, lambda: {v for right in rights for v in always_read(right, definition)}
    )
    found: dict[str, frozenset[str]] = {}
    for sop in definition.sops.values():
        for name, clock in sop.clocks.items():
            refs = kept.of_part(("counted", sop.sop, name), clock, partial(_counted_from, clock))
            found[f"{sop.sop}.{name}"] = refs & read
    return found


def _counted_from(clock: Clock) -> frozenset[str]:
    lengths = [length for law in clock.laws for length in (law.period, law.deadline, *(v.length for v in law.variants))]
    refs = [law.anchor for law in clock.laws] + [length.set_by for length in lengths if length]
    return frozenset(f"fact:{ref}" for ref in refs if ref)
