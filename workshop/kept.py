"""What was worked out for the parts of a definition, kept for the definitions that adapt it.

An overlay leaves most parts as they are: in what it makes of the base they are the very same objects. What was worked
out for such a part counts on, as long as everything else that it depends on is the same too.
"""

from collections.abc import Callable, Hashable, Iterable
from functools import partial
from typing import Any, TypeVar, cast

from pydantic import BaseModel

from sop.model import Definition, Sop
from sop.problems import Path, Problem
from workshop.possible import Possible

_Result = TypeVar("_Result")
_SAYS = {
    "states": {"title", "stalled_after"},
    "measures": {
        *("title", "code", "what", "when", "who", "how", "child", "kind", "source", "rule", "second_person"),
        *("declinable", "repeatable"),
    },
    "transitions": {"title", "by", "source", "rule", "reasons", "second_person"},
    "clocks": {
        *("title", "source", "rule", "statutory", "extend", "ends_early", "remind", "reminds", "when_missed", "anchor"),
        *("period", "deadline", "review", "variants", "at_other_times"),
    },
}
"""By kind of part, the keys on which what can ever happen does not depend, or not on every word of them: see `_key`."""


class Kept:
    """What was worked out for one definition, and for the one that it was put onto.

    `same` says whether in both the same can ever happen, as far as the other one knows; not before that is known.
    """

    def __init__(self, beside: "Kept | None" = None) -> None:
        self._before: dict[Hashable, tuple[object, Any]] = beside._known if beside else {}
        self._known: dict[Hashable, tuple[object, Any]] = {}
        self.same = False

    def of_part(self, key: Hashable, part: object, work: Callable[[], _Result]) -> _Result:
        """What `work` gives, which depends on `part` alone: the same object, or a tuple of equal things."""
        return self._of(key, part, work, True)

    def in_case(self, key: Hashable, part: object, work: Callable[[], Iterable[Problem]]) -> tuple[Problem, ...]:
        """The findings of `work`, which depend on `part` and on what can ever happen."""
        return self._of(key, part, lambda: tuple(work()), self.same)

    def _of(self, key: Hashable, part: object, work: Callable[[], _Result], may: bool) -> _Result:
        if may and key in self._before:
            before, found = self._before[key]
            if part is before or (isinstance(part, tuple) and part == before):
                self._known[key] = (before, found)
                return cast("_Result", found)
        found = work()
        self._known[key] = (part, found)
        return found


Entry = tuple[str | None, Path, BaseModel]
"""The SOP in which it stands, None for the head; its path there; and what stands there."""


def entries(definition: Definition) -> list[Entry]:
    """Everything that head and SOPs list: facts, measures, clocks …, each whole."""
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
        kept.of_part(("shape", sop.sop, kind, name), part, partial(_key, kind, name, part))
        for kind in _SAYS
        for name, part in getattr(sop, kind).items()
    ]
    shape = (sop.initial, sop.opens, sop.reopens, *parts)
    return kept.of_part(("shape", sop.sop), shape, lambda: shape)


def _key(kind: str, name: str, part: BaseModel) -> tuple[object, ...]:
    said = tuple((key, value) for key, value in vars(part).items() if key not in _SAYS[kind])
    if kind == "transitions":
        return (name, said, bool(vars(part)["by"]))
    return (name, said, *(_law(part) if kind == "clocks" else ()))


def _law(clock: Any) -> tuple[object, ...]:
    """Of the lengths of a clock only whether there is one, and for whom there are others."""
    others = tuple((other.only_when, _law(other)) for other in clock.at_other_times)
    kinds = (clock.period is None, clock.deadline is None, clock.review is None)
    return (kinds, tuple(variant.when for variant in clock.variants), others)


def what_matters(definition: Definition, kept: Kept) -> tuple[object, ...]:
    """Everything on which it depends what can ever happen; of the head what an overlay can change is facts and consents."""
    head = definition.head
    said = (head.facts, head.consents, head.derived, head.life_events, head.starts_with, head.sops)
    return (said, tuple((name, shape_of(sop, kept)) for name, sop in definition.sops.items()))


def adds_only(after: Possible, before: Possible) -> bool:
    """Whether in both the same can happen as far as `before` knows: `after` has no more than further names."""
    old = before.domains
    if after.moves != before.moves or after.meaning.constant != before.meaning.constant:
        return False
    if any(after.domains.get(v) != old[v] or after.meaning.domains[v] != before.meaning.domains[v] for v in old):
        return False
    measures = {v.removeprefix("measure:") for v in old if v.startswith("measure:")}
    return not any(_old(key, measures) for key in after.happened ^ before.happened)


def _old(key: str, measures: set[str]) -> bool:
    """Whether this tells of something that was there before: only measures are ever added."""
    kind, name = key.split(":", 1)
    return kind not in ("done", "settled", "result") or name in measures
