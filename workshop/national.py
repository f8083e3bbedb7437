"""What the overlays of a folder say, country by country: for the table that coordinators read."""

from dataclasses import dataclass

from sop.clocks import Clock, Extend, Source
from sop.compositions import OVERLAYS, overlays_in
from sop.loader import load, overlay_in
from sop.model import Definition
from sop.overlays import NONE, ClockChange, Overlay
from sop.vocabulary import Vocabulary

REFLECTION, PERMIT = "identification.reflection", "first_assistance.permit"
CHILD = "case.child"
OURS = "our default"


@dataclass(frozen=True)
class LegalValue:
    """One law about one clock, in words; `evidence` as in the source, with how sure we are where it was not read."""

    clock: str
    length: str
    counts_from: str
    extension: str
    child: str
    ends_early: str
    law: str
    evidence: str
    in_force: str


@dataclass(frozen=True)
class Country:
    """One country: its laws on reflection and permit, who holds which role, and what is not sure."""

    code: str
    title: str
    overlay: str
    version: str
    values: tuple[LegalValue, ...]
    bodies: dict[str, str]
    zone: str
    holidays: int
    languages: dict[str, str]
    notes: tuple[str, ...]
    unsure: tuple[str, ...]

    def of(self, clock: str) -> list[LegalValue]:
        return [value for value in self.values if value.clock == clock]


def countries(files: dict[str, bytes]) -> list[Country]:
    """Every country that has an overlay, in the order of titles; raises `DefinitionInvalid` where one has errors."""
    names = [name for name in overlays_in(files) if f"{OVERLAYS}{name}.yaml" in files]
    found = []
    for name in names:
        overlay, definition = overlay_in(files, name), load(files, name)
        if overlay is not None:
            found.append(_country(overlay, definition))
    return sorted(found, key=lambda country: country.title)


def _country(overlay: Overlay, definition: Definition) -> Country:
    code = overlay.country or ""
    calendar = definition.head.calendars[code]
    return Country(
        code=code,
        title=overlay.title,
        overlay=definition.head.overlay or "",
        version=definition.head.version,
        values=tuple(value for ref in (REFLECTION, PERMIT) for value in _values(ref, overlay, definition)),
        bodies={definition.head.roles[role]: body for role, body in overlay.bodies.items()},
        zone=calendar.zone,
        holidays=len(calendar.holidays),
        languages={language: words.status for language, words in overlay.texts.items()},
        notes=overlay.notes,
        unsure=overlay.unsure,
    )


def _values(ref: str, overlay: Overlay, definition: Definition) -> list[LegalValue]:
    """The laws of the overlay; where it has none about the clock, what the base says."""
    sop, name = ref.split(".")
    clock = definition.sops[sop].clocks.get(name)
    if clock is None:
        return []
    words = Vocabulary(definition)
    laws: list[tuple[Clock, ClockChange | None]] = [(clock, None)]
    if changes := overlay.clocks.get(ref):
        laws = list(zip((clock, *clock.at_other_times), changes, strict=False))
    return [_value(ref, one, change, words) for one, change in laws]


def _value(ref: str, clock: Clock, change: ClockChange | None, words: Vocabulary) -> LegalValue:
    starts = [state for trigger in (change.starts if change else ()) for state in trigger.states]
    began = [words.states.get(state, state) for state in starts]
    anchor = words.titles.get(clock.anchor or "", "").split(": ")[-1]
    return LegalValue(
        clock=ref,
        length=clock.length.in_words(),
        counts_from="; ".join([*(f"{title}, by itself" for title in began), *([anchor] if anchor else [])]),
        extension=_extension(clock, change),
        child=_child(clock, words),
        ends_early=_early(clock, change),
        law=_law(clock.source),
        evidence=_evidence(clock.source),
        in_force=_in_force(clock.source),
    )


def _extension(clock: Clock, change: ClockChange | None) -> str:
    if change is not None and change.extend == NONE:
        return "none"
    if clock.extend is None:
        return "none"
    said = _steps(clock.extend)
    return said if change is not None and change.extend else f"{said} ({OURS})"


def _steps(extend: Extend) -> str:
    return f"{extend.length}, {'once' if extend.at_most == 1 else f'up to {extend.at_most} times'}"


def _child(clock: Clock, words: Vocabulary) -> str:
    variant = next((one for one in clock.variants if one.when.get(CHILD) is True), None)
    if clock.only_when.get(CHILD) is False:
        return "does not apply; another measure instead"
    if variant is None:
        return "as for adults"
    ours = f" ({OURS})" if variant.source and variant.source.evidence == "D" else ""
    longer = f"; longer by {_steps(variant.extend)}{ours}" if variant.extend else ""
    return variant.length.in_words() + longer


def _early(clock: Clock, change: ClockChange | None) -> str:
    if clock.ends_early is None:
        return "never"
    reasons = ", ".join(clock.ends_early.reasons)
    return reasons if change is not None and change.ends_early else f"{reasons} (those of the base)"


def _law(source: Source | None) -> str:
    if source is None:
        return ""
    named = [source.law or "", f"art. {source.article}" if source.article else ""]
    return " ".join(part for part in named if part) or source.document or ""


def _evidence(source: Source | None) -> str:
    if source is None:
        return ""
    return f"{source.evidence}, {source.confidence}" if source.confidence else source.evidence


def _in_force(source: Source | None) -> str:
    if source is None or not (source.in_force_from or source.until):
        return "dates not known"
    from_ = f"from {source.in_force_from}" if source.in_force_from else ""
    until = f"until {source.until}" if source.until else ""
    return f"{from_} {until}".strip()
