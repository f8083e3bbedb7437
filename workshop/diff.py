"""What differs between two versions of a procedure, in words: nothing that their contents tell apart is passed over."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sop.clocks import Clock
from sop.model import Definition
from sop.shapes import Shape
from workshop.diff_table import TABLE, Asked, Inside, Things, Told, Weighed
from workshop.differences import Difference, Kind, Weight
from workshop.phrases import Phrases, source

NOTHING = "nothing"
_UNSAID = ("because", "remedy", "rule")
"""What a condition carries beside what it asks."""


@dataclass(frozen=True)
class _Place:
    """Where we are: keys of the files, titles, and the SOP whose states are meant."""

    keys: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    sop: str = ""

    def inside(self, key: str, title: str = "") -> "_Place":
        return replace(self, keys=(*self.keys, key), titles=(*self.titles, title) if title else self.titles)


def diff(before: Definition, after: Definition) -> tuple[Difference, ...]:
    """Every difference, in the order of the files; none exactly where both have the same content hash."""
    return tuple(_Diff(before, after).shape(before, after, _Place()))


class _Diff:
    def __init__(self, before: Definition, after: Definition) -> None:
        self._before, self._after = before, after
        self._was = Phrases(before)
        self._now = Phrases(after)

    def shape(self, was: Shape, now: Shape, at: _Place) -> Iterator[Difference]:
        """What differs between two shapes of the same type, key by key."""
        dumped = [one.model_dump(mode="json", by_alias=True, exclude_defaults=True) for one in (was, now)]
        for name, rule in TABLE[type(was)].items():
            key = type(was).model_fields[name].alias or name
            said = (dumped[0].get(key), dumped[1].get(key))
            if _canonical(said[0]) == _canonical(said[1]):
                continue
            values = (getattr(was, name), getattr(now, name))
            match rule:
                case Told():
                    yield self._told(rule, (was, now), values, said, at.inside(key))
                case Things():
                    yield from self._things(rule, values[0] or {}, values[1] or {}, at.inside(key))
                case Asked():
                    yield from self._asked(rule, values, said, at.inside(key))
                case Inside():
                    yield from self._inside(rule, values, at.inside(key))

    def _told(
        self, rule: Told, owners: tuple[Shape, Shape], values: tuple[Any, Any], said: tuple[Any, Any], at: _Place
    ) -> Difference:
        was, now = (
            self._say(phrases, rule, value, at) for phrases, value in zip((self._was, self._now), values, strict=True)
        )
        kind, weight, text = rule.kind, _weigh(rule.weight, *owners), f"{rule.label}: {now}; before: {was}."
        if isinstance(values[0], tuple) and isinstance(values[1], tuple):
            came, went = self._came_and_went(rule, values, at)
            if not came and not went:
                kind, weight = "order_changed", "wording"
            else:
                changes = [f"also {', '.join(came)}"] * bool(came) + [f"no longer {', '.join(went)}"] * bool(went)
                text = f"{rule.label}: {'; '.join(changes)}."
        return self._difference(kind, weight, at, text, was, now, said, self._source_of(owners[1]))

    def _came_and_went(self, rule: Told, values: tuple[Any, Any], at: _Place) -> tuple[list[str], list[str]]:
        before, after = ([_canonical(_dump(one)) for one in side] for side in values)
        came = [self._say(self._now, rule, (v,), at) for v, c in zip(values[1], after, strict=True) if c not in before]
        went = [self._say(self._was, rule, (v,), at) for v, c in zip(values[0], before, strict=True) if c not in after]
        return came, went

    def _say(self, phrases: Phrases, rule: Told, value: Any, at: _Place) -> str:
        if value in (None, (), {}):
            return NOTHING
        if rule.words == "facts":
            return phrases.facts(value)
        names = value if isinstance(value, tuple) else (value,)
        match rule.words:
            case "roles":
                return ", ".join(phrases.role(name) for name in names)
            case "titles":
                return ", ".join(phrases.title(name) for name in names)
            case "states":
                return ", ".join(phrases.state(f"{at.sop}.{name}") for name in names)
            case _:
                return phrases.say(value)

    def _things(self, rule: Things, was: Mapping[str, Any], now: Mapping[str, Any], at: _Place) -> Iterator[Difference]:
        for name in (*was, *(name for name in now if name not in was)):
            old, new = was.get(name), now.get(name)
            known = new if new is not None else old
            there = replace(at.inside(name, _title(name, known)), sop=name if rule.noun == "SOP" else at.sop)
            if new is None or old is None:
                yield self._comes_or_goes(rule, rule.removed if new is None else rule.added, known, there)
            elif type(new) in TABLE:
                yield from self.shape(old, new, there)
            elif _canonical(_dump(old)) != _canonical(_dump(new)):
                kind: Kind = {
                    "calendar": "calendar_changed",
                    "item": "scoring_changed",
                    "counting rule": "counting_changed",
                }.get(rule.noun, "wording_changed")  # type: ignore[assignment]
                weight: Weight = "wording" if kind == "wording_changed" else _weigh(rule.weight, old, new)
                before, after = self._was.say(old), self._now.say(new)
                text = f"{rule.noun}: {after}; before: {before}."
                yield self._difference(kind, weight, there, text, before, after, (_dump(old), _dump(new)), None)

    def _comes_or_goes(self, rule: Things, kind: Kind, thing: Any, at: _Place) -> Difference:
        gone = kind == rule.removed
        title = f"‘{at.titles[-1]}’"
        text = f"{rule.noun} {title} is {'gone' if gone else 'new'}{self._length_of(thing, gone)}."
        was, now = (title, NOTHING) if gone else (NOTHING, title)
        return self._difference(
            kind, _weigh(rule.weight, thing, thing), at, text, was, now, (was, now), self._source_of(thing)
        )

    def _length_of(self, thing: Any, gone: bool) -> str:
        if not isinstance(thing, Clock):
            return ""
        phrases = self._was if gone else self._now
        return f": {thing.kind}, {phrases.say(thing.review or thing.length)}"

    def _asked(self, rule: Asked, values: tuple[Any, Any], said: tuple[Any, Any], at: _Place) -> Iterator[Difference]:
        """Conditions are matched by what they ask; only then by the words and the rule that they carry."""
        befores, afters = ([_canonical(_asks(one)) for one in side or ()] for side in said)
        for value, asks in zip(values[0], befores, strict=True):
            if asks not in afters:
                text = self._was.say(value)
                yield self._condition(
                    "condition_removed", f"no longer asked {rule.label}: {text}", at, text, NOTHING, value
                )
        for value, asks in zip(values[1], afters, strict=True):
            if asks not in befores:
                text = self._now.say(value)
                yield self._condition("condition_added", f"asked {rule.label}: {text}", at, NOTHING, text, value)
        if set(befores) != set(afters):
            return
        was, now = self._was.say(values[0]), self._now.say(values[1])
        if befores != afters:
            text = f"order of what is asked {rule.label}: {now}; before: {was}."
            yield self._difference("order_changed", "wording", at, text, was, now, said, None)
            return
        kind, weight = _of_carried(*said)
        text = f"words of what is asked {rule.label}: {now}; before: {was}."
        yield self._difference(kind, weight, at, text, was, now, said, None)

    def _condition(self, kind: Kind, text: str, at: _Place, was: str, now: str, value: Any) -> Difference:
        rules = (self._after if kind == "condition_added" else self._before).head.rules
        rule = rules.get(value.rule or "")
        return self._difference(
            kind, "person", at, f"{text}.", was, now, (was, now), source(rule.source) if rule else None
        )

    def _inside(self, rule: Inside, values: tuple[Any, Any], at: _Place) -> Iterator[Difference]:
        was, now = values
        there = at if rule.noun == "procedure" else at.inside("", rule.noun)
        there = replace(there, keys=at.keys)
        if was is not None and now is not None:
            yield from self.shape(was, now, there)
            return
        kind, roles = (rule.removed, was) if now is None else (rule.added, now)
        phrases = self._was if now is None else self._now
        who = ", ".join(phrases.role(name) for name in roles.by)
        text = f"{rule.noun}: {'no longer' if now is None else 'now'} by {who}."
        pair = (who, NOTHING) if now is None else (NOTHING, who)
        yield self._difference(kind, "person", there, text, *pair, pair, None)

    def _source_of(self, owner: Any) -> str | None:
        found = getattr(owner, "source", None)
        return source(found) if isinstance(found, Shape) else None  # type: ignore[arg-type]

    def _difference(
        self, kind: Kind, weight: Weight, at: _Place, text: str, was: str, now: str, said: Sequence[Any], of: str | None
    ) -> Difference:
        if was == now:  # two things of the same title: their names tell them apart
            was, now = f"{was} [{_canonical(said[0])}]", f"{now} [{_canonical(said[1])}]"
            text = f"{text} {was}; {now}"
        where = ".".join(at.keys)
        return Difference(
            kind=kind, weight=weight, where=where, place=at.titles, text=text, was=was, now=now, source=of
        )


def _weigh(weight: Weighed, was: object, now: object) -> Weight:
    if weight != "clock":
        return weight
    clocks = [one for one in (was, now) if isinstance(one, Clock)]
    return "person" if any(clock.kind == "period" or clock.statutory for clock in clocks) else "staff"


def _title(name: str, thing: object) -> str:
    if isinstance(thing, str):
        return thing
    return getattr(thing, "title", None) or getattr(thing, "ask", None) or name.replace("_", " ")


def _dump(value: object) -> Any:
    return value.model_dump(mode="json", by_alias=True, exclude_defaults=True) if isinstance(value, Shape) else value


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)


def _asks(condition: Any) -> Any:
    """A condition without its words and its rule, all the way down."""
    if isinstance(condition, dict):
        return {key: _asks(value) for key, value in condition.items() if key not in _UNSAID}
    return [_asks(one) for one in condition] if isinstance(condition, list) else condition


def _of_carried(was: Any, now: Any) -> tuple[Kind, Weight]:
    """Whether only words differ, or also the rules that the conditions hold up."""
    return ("wording_changed", "wording") if _rules(was) == _rules(now) else ("rule_changed", "staff")


def _rules(part: Any) -> list[str]:
    if isinstance(part, dict):
        own = [str(part["rule"])] if "rule" in part else []
        return own + [rule for value in part.values() for rule in _rules(value)]
    return [rule for one in part for rule in _rules(one)] if isinstance(part, list) else []
