"""The clocks of an SOP in the handbook: how long, from when, who is told; law and our own defaults told apart."""

from sop.clocks import Clock
from sop.model import Sop
from workshop.handbook_terms import rule_link
from workshop.html import Html, listing, pairs, tag, together
from workshop.phrases import Phrases, cited
from workshop.spoken import how_long, standing_of


def clocks(phrases: Phrases, sop: Sop) -> Html:
    """Every clock of an SOP."""
    return together(
        tag(
            "article",
            tag("h4", clock.title, id=f"clock-{sop.sop}-{name}"),
            tag("p", f"{clock.kind}, {standing_of(clock)}", class_="nature"),
            pairs(
                [("How long", how_long(phrases, clock)), *_course(phrases, sop, name, clock), *_changes(phrases, clock)]
            ),
        )
        for name, clock in sop.clocks.items()
    )


def limits(phrases: Phrases, sop: Sop, measure: str) -> list[str]:
    """The clocks that a measure meets, each with whether it is law."""
    return [
        f"{clock.title}: {how_long(phrases, clock)} ({standing_of(clock)})"
        for clock in sop.clocks.values()
        if any(measure in (trigger.done, trigger.settled) for trigger in clock.met_by)
    ]


def _course(phrases: Phrases, sop: Sop, name: str, clock: Clock) -> list[tuple[str, str]]:
    starts = [f"with the step ‘{move.title}’" for move in sop.transitions.values() if name in move.starts]
    starts += [f"when {phrases.trigger(trigger, sop.sop)}" for trigger in clock.starts]
    told = [
        f"{phrases.roles((one.tell,))} is told{f' after {one.after}' if one.after else ''}" for one in clock.when_missed
    ]
    return [
        ("Starts", listing(starts)),
        ("Only where", phrases.facts(clock.only_when) if clock.only_when else ""),
        ("Met", listing(f"when {phrases.trigger(trigger, sop.sop)}" for trigger in clock.met_by)),
        ("When missed", listing(told)),
        ("Source", cited(clock.source)),
        ("Rule", rule_link(clock.rule)),
    ]


def _changes(phrases: Phrases, clock: Clock) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if clock.extend:
        times = "once" if clock.extend.at_most == 1 else f"{clock.extend.at_most} times"
        found.append(("Longer", f"by {clock.extend.length}, {times} at most: {phrases.roles(clock.extend.by)}"))
    if clock.pause:
        found.append(("Paused by", f"{phrases.roles(clock.pause.by)}: {'; '.join(clock.pause.reasons.values())}"))
    if clock.ends_early:
        who = f"{phrases.roles(clock.ends_early.by)}, confirmed by {phrases.roles(clock.ends_early.second_person)}"
        found.append(("Ended early by", f"{who}: {'; '.join(clock.ends_early.reasons.values())}"))
    return found
