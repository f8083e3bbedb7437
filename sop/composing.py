"""Putting an overlay onto a definition: another definition, and where each of its parts was written."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from sop.calendars import Calendar
from sop.clocks import Clock
from sop.conditions import Condition, Done, When
from sop.floor import floor_problems
from sop.model import Definition, Transition
from sop.overlays import (
    NONE,
    CalendarPart,
    ClockChange,
    Correction,
    MeasureChange,
    NationalCalendar,
    NotFor,
    Overlay,
)
from sop.problems import Name as Lost
from sop.problems import Path, Problem, Tree, did_you_mean
from sop.shapes import Shape

_Part = TypeVar("_Part", bound=Shape)
Origins = dict[str, dict[Path, Path]]
"""By where a checker looks (`` for the head, the name of an SOP): which path of the overlay wrote which path."""


class Patched(Tree):
    """The tree of a file of the base after an overlay: what the overlay wrote has its place in the overlay's file."""

    def __init__(self, base: Tree, overlay: Tree, origins: Mapping[Path, Path]) -> None:
        self.file = base.file
        self.value = base.value
        self.broken = base.broken
        self._base = base
        self._overlay = overlay
        self._origins = origins

    def problem(
        self, path: Path, code: str, message: str, help_: str = "", *, warning: bool = False, name: Lost | None = None
    ) -> Problem:
        for end in range(len(path), -1, -1):
            if (origin := self._origins.get(path[:end])) is not None:
                return self._overlay.problem((*origin, *path[end:]), code, message, help_, warning=warning, name=name)
        return self._base.problem(path, code, message, help_, warning=warning, name=name)


@dataclass
class Composed:
    """The definition after the overlay, the trees for its checks, and what the overlay may not say."""

    definition: Definition
    trees: dict[str, Tree]
    lost: bool
    """It took something away, or added a rule that something must hold up: every part is to be checked again."""

    problems: list[Problem] = field(default_factory=list)


def compose(base: Definition, trees: dict[str, Tree], overlay: Overlay, tree: Tree) -> Composed:
    """The base with the overlay on it. Names that lead nowhere and what goes below the floor are problems."""
    work = _Work(base, overlay, tree)
    work.adapt_head()
    for ref, changes in overlay.clocks.items():
        work.change_clock(ref, changes)
    for ref, change in overlay.states.items():
        work.patch(ref, "states", {k: v for k, v in change if v is not None}, ("states", ref))
    for name, measure_change in overlay.measures.items():
        work.change_measure(name, measure_change)
    for ref, move_change in overlay.transitions.items():
        move = work.find(ref, "transitions", ("transitions", ref))
        if isinstance(move, Transition):
            added = {"by": (*move.by, *move_change.by), "needs": (*move.needs, *move_change.needs)}
            said = {k: getattr(move_change, k) for k in ("title", "source") if getattr(move_change, k)}
            work.patch(ref, "transitions", added | said, ("transitions", ref))
    work.add_and_drop()
    definition = base.model_copy(update={"head": work.head, "sops": work.sops})
    if not work.problems:
        work.problems += floor_problems(base, definition, overlay, tree)
    lost = bool(overlay.drops.measures or overlay.drops.clocks or overlay.adds.rules)
    patched: dict[str, Tree] = {
        name: Patched(one, tree, work.origins[name]) if name in work.origins else one for name, one in trees.items()
    }
    return Composed(definition, patched, lost, work.problems)


class _Work:
    """A composition under way."""

    def __init__(self, base: Definition, overlay: Overlay, tree: Tree) -> None:
        self.overlay = overlay
        self.tree = tree
        self.head = base.head
        self.sops = dict(base.sops)
        self.origins: Origins = {"": {}}
        self.problems: list[Problem] = []

    def adapt_head(self) -> None:
        """What the whole procedure takes from the overlay."""
        overlay, head, adds = self.overlay, self.head, self.overlay.adds
        calendars = dict(head.calendars)
        if overlay.country and overlay.calendar:
            calendars[overlay.country] = calendar_of(overlay.calendar)
            self.origins[""][("calendars", overlay.country)] = ("calendar",)
            self._calendar_parts(overlay.country, overlay.calendar, calendars)
        self._counting_rules()
        for kind, key in (("roles", "roles"), ("facts", "facts"), ("consents", "consents"), ("rules", "rules")):
            for name in getattr(adds, key):
                if name in getattr(head, key):
                    self._problem(("adds", kind, name), "defined-twice", f"The base already has ‘{name}’.")
                self.origins[""][(kind, name)] = ("adds", kind, name)
        roles = head.roles | adds.roles
        for role in overlay.bodies:
            self.origins[""][("bodies", role)] = ("bodies", role)
        texts = dict(head.texts)
        for language, words in overlay.texts.items():
            self.origins[""][("texts", language)] = ("texts", language)
            known = texts.get(language)
            texts[language] = (
                words if known is None else known.model_copy(update={"titles": known.titles | words.titles})
            )
        self.head = head.model_copy(
            update={
                "version": f"{head.version}+{overlay.overlay}.{overlay.version}",
                "title": f"{head.title}, {overlay.title}" if overlay.country else head.title,
                "country": overlay.country or head.country,
                "overlay": f"{head.overlay}+{overlay.overlay}" if head.overlay else overlay.overlay,
                "calendars": calendars,
                "calendar_of": (overlay.calendar.chosen_by if overlay.calendar else None) or head.calendar_of,
                "counting_rules": head.counting_rules | overlay.counting_rules,
                "roles": roles,
                "facts": head.facts | adds.facts,
                "consents": head.consents | adds.consents,
                "rules": head.rules | adds.rules,
                "bodies": head.bodies | overlay.bodies,
                "texts": texts,
                "notes": (*head.notes, *overlay.notes, *(f"Not sure: {text}" for text in overlay.unsure)),
            }
        )

    def _calendar_parts(self, country: str, national: NationalCalendar, calendars: dict[str, Calendar]) -> None:
        """Each part of the country with a calendar of its own; names of days and of parts must fit the country."""
        self.origins[""][("calendar-of",)] = ("calendar", "chosen-by")
        for name, part in national.parts.items():
            at: Path = ("calendar", "parts", name)
            if not re.fullmatch(rf"{country.lower()}(_[a-z0-9]{{1,20}}){{1,3}}", name):
                message = f"‘{name}’ is no part of {country}: its name begins with ‘{country.lower()}_’."
                self._problem(at, "bad-country", message)
                continue
            for number, gone in enumerate(part.without):
                if gone not in national.holidays:
                    message = f"The country has no holiday ‘{gone}’."
                    help_ = did_you_mean(gone, set(national.holidays))
                    self.problems.append(self.tree.problem((*at, "without", number), "no-such-holiday", message, help_))
            calendars[name] = calendar_of(national, part)
            self.origins[""][("calendars", name)] = at

    def _counting_rules(self) -> None:
        for name in self.overlay.counting_rules:
            if name in self.head.counting_rules:
                message = f"The base already has the rule ‘{name}’."
                self._problem(("counting-rules", name), "defined-twice", message)
            self.origins[""][("counting-rules", name)] = ("counting-rules", name)

    def find(self, ref: str, kind: str, at: Path) -> Shape | None:
        """The part `sop.name` of this kind, or a problem with the nearest name."""
        name, _, inner = ref.partition(".")
        known = {f"{s}.{n}": part for s, sop in self.sops.items() for n, part in getattr(sop, kind).items()}
        if ref not in known:
            self._lost(
                at,
                {"measures": "measure", "clocks": "clock", "states": "state"}.get(kind, "transition"),
                ref,
                set(known),
            )
            return None
        part = getattr(self.sops[name], kind)[inner]
        return part if isinstance(part, Shape) else None

    def patch(self, ref: str, kind: str, changes: Mapping[str, object], origin: Path) -> None:
        """Other values for some keys of the part."""
        part = self.find(ref, kind, origin)
        if part is None:
            return
        self.put(ref, kind, part.model_copy(update=changes))
        where = self.origins.setdefault(ref.split(".")[0], {})
        for key in changes:
            alias = type(part).model_fields[key].alias or key
            where[(kind, ref.split(".")[1], alias)] = (*origin, alias)

    def put(self, ref: str, kind: str, part: Shape) -> None:
        sop, name = ref.split(".")
        parts = getattr(self.sops[sop], kind) | {name: part}
        self.sops[sop] = self.sops[sop].model_copy(update={kind: parts})

    def change_clock(self, ref: str, changes: tuple[ClockChange, ...]) -> None:
        """The clock by the first law, with those of other times and, where all have dates, with the base behind them."""
        at: Path = ("clocks", ref)
        base = self.find(ref, "clocks", at)
        if not isinstance(base, Clock):
            return
        others = base.at_other_times
        base = base.model_copy(update={"at_other_times": ()})
        changes = tuple(self._dated(change) for change in changes)
        self.problems += _dates_problems(changes, self.tree, at)
        clocks = [_changed(base, change) for change in changes]
        if all(change.source.in_force_from or change.source.until for change in changes):
            clocks += [base, *others]
        if not clocks:
            return
        first = clocks[0].model_copy(update={"at_other_times": tuple(clocks[1:])})
        self.put(ref, "clocks", first)
        sop, name = ref.split(".")
        where = self.origins.setdefault(sop, {})
        where[("clocks", name)] = (*at, 0)
        for number in range(1, len(changes)):
            where[("clocks", name, "at-other-times", number - 1)] = (*at, number)
        for number, change in enumerate(changes):
            if change.not_for:
                self._instead(ref, change.not_for, (*at, number, "not-for"))

    def _dated(self, change: ClockChange) -> ClockChange:
        """A contingency counts between its own two days."""
        source, overlay = change.source, self.overlay
        if not overlay.from_ or source.in_force_from or source.until:
            return change
        dated = source.model_copy(update={"in_force_from": overlay.from_, "until": overlay.until})
        return change.model_copy(update={"source": dated})

    def _instead(self, ref: str, not_for: NotFor, at: Path) -> None:
        """Every step that would start the clock asks for the measure that takes its place."""
        sop, clock = ref.split(".")
        asked = When(when={not_for.fact: True}, then=(Done(done=not_for.instead, because=not_for.because),))
        for name, move in self.sops[sop].transitions.items():
            if clock in move.starts:
                needs: tuple[Condition, ...] = (*move.needs, asked)
                self.put(f"{sop}.{name}", "transitions", move.model_copy(update={"needs": needs}))
                self.origins[sop][("transitions", name, "needs", len(move.needs))] = at

    def change_measure(self, name: str, change: MeasureChange) -> None:
        """The measure with what is different; names of measures are unique in a procedure."""
        at: Path = ("measures", name)
        owners = {measure: sop.sop for sop in self.sops.values() for measure in sop.measures}
        if name not in owners:
            self._lost(at, "measure", name, set(owners))
            return
        measure = self.sops[owners[name]].measures[name]
        for number, dropped in enumerate(change.drops):
            if dropped not in measure.fields:
                self._lost((*at, "drops", number), "field", dropped, set(measure.fields))
        for added in set(change.fields) & set(measure.fields):
            self._problem((*at, "fields", added), "defined-twice", f"The base already asks for ‘{added}’.")
        said = {k: getattr(change, k) for k in ("title", "what", "when", "child", "source") if getattr(change, k)}
        fields = {n: f for n, f in measure.fields.items() if n not in change.drops} | change.fields
        lists = {key: (*getattr(measure, key), *getattr(change, key)) for key in ("who", "how", "needs")}
        self.patch(f"{owners[name]}.{name}", "measures", said | lists | {"fields": fields}, at)

    def add_and_drop(self) -> None:
        """What is new, what is left out, and what a contingency no longer asks for."""
        adds, drops = self.overlay.adds, self.overlay.drops
        for kind, parts in (("measures", adds.measures), ("clocks", adds.clocks)):
            for ref, part in parts.items():
                sop, name = ref.split(".")
                if sop not in self.sops:
                    self._lost(("adds", kind, ref), "sop", sop, set(self.sops))
                    continue
                if name in getattr(self.sops[sop], kind):
                    self._problem(("adds", kind, ref), "defined-twice", f"The base already has ‘{ref}’.")
                self.put(ref, kind, part)
                self.origins.setdefault(sop, {})[(kind, name)] = ("adds", kind, ref)
        owners = {measure: sop.sop for sop in self.sops.values() for measure in sop.measures}
        clocks = {f"{sop.sop}.{clock}" for sop in self.sops.values() for clock in sop.clocks}
        for number, name in enumerate(drops.measures):
            if name in owners:
                self._without(owners[name], "measures", name)
            else:
                self._lost(("drops", "measures", number), "measure", name, set(owners))
        for number, ref in enumerate(drops.clocks):
            if ref in clocks:
                self._without(ref.split(".")[0], "clocks", ref.split(".")[1])
            else:
                self._lost(("drops", "clocks", number), "clock", ref, clocks)
        for number, name in enumerate(self.overlay.keeps):
            if name not in owners:
                self._lost(("keeps", number), "measure", name, set(owners))
        for name, sop in owners.items() if self.overlay.keeps else ():
            if (measure := self.sops[sop].measures.get(name)) is not None:
                kind = "required" if name in self.overlay.keeps else "discretionary"
                self.put(f"{sop}.{name}", "measures", measure.model_copy(update={"kind": kind}))

    def _without(self, sop: str, kind: str, name: str) -> None:
        parts = {inner: part for inner, part in getattr(self.sops[sop], kind).items() if inner != name}
        self.sops[sop] = self.sops[sop].model_copy(update={kind: parts})

    def _lost(self, at: Path, kind: str, name: str, known: set[str]) -> None:
        message = f"There is no {kind} ‘{name}’."
        self.problems.append(self.tree.problem(at, f"no-such-{kind}", message, name=(name, known)))

    def _problem(self, at: Path, code: str, message: str, help_: str = "") -> None:
        self.problems.append(self.tree.problem(at, code, message, help_))


def calendar_of(national: NationalCalendar, part: CalendarPart | None = None) -> Calendar:
    """The calendar of the country, or of one part of it; what was put right by hand counts last."""
    listed = {name: set(days) for name, days in national.holidays.items()}
    _put_right(listed, national.corrections)
    if part:
        listed = {name: days for name, days in listed.items() if name not in part.without}
        for name, days in part.holidays.items():
            listed.setdefault(name, set()).update(days)
        _put_right(listed, part.corrections)
    return Calendar(
        zone=(part.zone if part else None) or national.zone,
        weekend=national.weekend,
        holidays=tuple(sorted(set().union(*listed.values()))),
        working_days=tuple(sorted({day for days in national.working_days.values() for day in days})),
        covers=national.covers,
        counting=national.counting,
    )


def _put_right(listed: dict[str, set[date]], corrections: tuple[Correction, ...]) -> None:
    for correction in corrections:
        for name, days in correction.drops.items():
            listed.get(name, set()).difference_update(days)
        for name, days in correction.adds.items():
            listed.setdefault(name, set()).update(days)


def _changed(base: Clock, change: ClockChange) -> Clock:
    """The clock by this law."""
    update: dict[str, object] = {"source": change.source}
    for key in (
        "period",
        "deadline",
        "variants",
        "anchor",
        "counting",
        "calendar_of",
        "ends_early",
        "remind",
        "statutory",
    ):
        if getattr(change, key) is not None:
            update[key] = getattr(change, key)
    if change.extend is not None:
        update["extend"] = None if change.extend == NONE else change.extend
    if change.starts:
        update["starts"] = (*base.starts, *change.starts)
    if change.not_for:
        update["only_when"] = base.only_when | {change.not_for.fact: False}
    return base.model_copy(update=update)


def _dates_problems(changes: tuple[ClockChange, ...], tree: Tree, at: Path) -> list[Problem]:
    """Two laws for one day, or none between two."""
    problems: list[Problem] = []
    spans = [(change.source.in_force_from, change.source.until, number) for number, change in enumerate(changes)]
    for from_, until, number in spans:
        path = (*at, number, "source")
        if from_ and until and until < from_:
            return [tree.problem((*path, "until"), "law-dates", "This law ends before it begins.")]
        for other_from, other_until, other in spans[:number]:
            apart = (until and other_from and until < other_from) or (from_ and other_until and other_until < from_)
            if not apart:
                message = f"On some day this law and number {other + 1} of the list are both in force."
                problems.append(
                    tree.problem(path, "law-overlaps", message, "Give one of them `until`, the other the day after.")
                )
    ordered = sorted((s for s in spans if s[0]), key=lambda s: s[0])  # type: ignore[arg-type,return-value]
    for from_, _, number in ordered:
        earlier = [until for _, until, _ in spans if until and from_ and until < from_]
        if earlier and from_ and (from_ - max(earlier)).days > 1:
            message = f"Between {max(earlier)} and {from_} no law of the list is in force; the base counts then."
            problems.append(tree.problem((*at, number, "source", "in-force-from"), "law-gap", message, warning=True))
    return problems
