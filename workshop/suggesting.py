"""Stories for what no story covers yet, written as files that a coordinator can read, edit and keep."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sop.conditions import When
from sop.procedure import Procedure
from workshop.coverage import asking, condition_at, kind_of
from workshop.playing import Player, play
from workshop.scenarios import Expect, Given, Scenario, ScenarioStep
from workshop.seeking import BEGINS, Found, seek

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_. ]*[A-Za-z0-9_]|[A-Za-z]")
_WORDS_OF_YAML = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}

SAYS = {
    "state": "{} is reached",
    "transition": "{} is taken",
    "measure": "{} is recorded",
    "event": "{} is told",
    "clock": "{} starts",
    "clock-met": "{} is met",
    "clock-missed": "{} passes with nothing done",
    "clock-expired": "{} runs out",
    "clock-paused": "{} is paused",
    "clock-extended": "{} is extended",
    "clock-reminded": "{} reminds",
    "clock-ended": "{} is ended early",
    "clock-cancelled": "{} is cancelled",
    "holds": "{} is tried while its condition {} holds",
    "fails": "{} is tried while its condition {} does not hold",
}


@dataclass(frozen=True)
class Suggestion:
    """One file: its name, its text, the part for which it was sought and all missed parts that it covers."""

    file: str
    text: str
    part: str
    covers: tuple[str, ...]
    steps: int


@dataclass(frozen=True)
class Suggestions:
    """The files, the shortest first, and the parts for which no story was found in the time that there was."""

    files: tuple[Suggestion, ...]
    left: tuple[str, ...]


def suggest(
    procedure: Procedure, missed: Sequence[str], carry_on: Callable[[], bool], begun: Callable[[str], None]
) -> Suggestions:
    """A story for every missed part, as few as that takes.

    `begun` hears which part is sought next; where `carry_on` says no, what is left is given up.
    """
    country = next((name for name in procedure.definition.head.calendars if name != "default"), "AT")
    found: list[tuple[str, Found]] = []
    covered: set[str] = set()
    left: list[str] = []
    for part in missed:
        begun(part)
        if part in covered:
            continue
        story = seek(procedure, part, country, carry_on) if carry_on() else None
        if story is None:
            left.append(part)
            continue
        found.append((part, story))
        covered |= story.covers
    found.sort(key=lambda pair: len(pair[1].steps))
    wanted = set(missed)
    files: list[Suggestion] = []
    for part, story in found:
        new = tuple(sorted(story.covers & wanted))
        if new:
            wanted -= set(new)
            files.append(_file(procedure, country, len(files) + 1, part, story, new))
    return Suggestions(files=tuple(files), left=tuple(part for part in left if part in wanted))


def in_words(procedure: Procedure, part: str) -> str:
    """The part as a sentence without its full stop."""
    kind, name = kind_of(part), part.split(":", 1)[1]
    step, _, place = name.partition("#")
    return SAYS[kind].format(f"‘{_title(procedure, step, kind)}’", _condition(procedure, step, place) if place else "")


def _condition(procedure: Procedure, step: str, place: str) -> str:
    """The condition as its file spells it, without what explains it; of a `when` only the facts."""
    asked = next(one for one in asking(procedure) if one.name == step)
    condition = condition_at(asked.needs, place)
    only = {"when"} if isinstance(condition, When) else None
    spelled = condition.model_dump(
        mode="json", by_alias=True, exclude_none=True, include=only, exclude={"because", "remedy", "rule"}
    )
    return _flow(spelled)


def _title(procedure: Procedure, name: str, kind: str) -> str:
    if kind == "state":
        return procedure.words.states.get(name, name)
    if name in procedure.moves:
        return procedure.moves[name].title
    if name.removeprefix("event.") in procedure.definition.head.life_events and (kind == "event" or "." in name):
        return procedure.definition.head.life_events[name.removeprefix("event.")].title
    return procedure.words.title(name)


def _file(
    procedure: Procedure, country: str, number: int, part: str, found: Found, covers: tuple[str, ...]
) -> Suggestion:
    said = in_words(procedure, part)
    steps = [ScenarioStep.model_validate(step.model_dump(by_alias=True, exclude_defaults=True)) for step in found.steps]
    given = Given(country=country, at=BEGINS, facts=found.facts)
    begun = Scenario(scenario=said, story=said, given=given, steps=tuple(steps) or (ScenarioStep(expect=Expect()),))
    last = ScenarioStep(expect=_at_the_end(play(procedure, begun), part))
    lines = [
        "# Suggested by `caseway sop test --suggest`. It covers what no other story covers; edit it and keep it.",
        *(f"# covers: {covered}" for covered in covers),
        f"scenario: {json.dumps(said, ensure_ascii=False)}",
        "story: " + json.dumps(f"The shortest story that was found in which {_small(said)}.", ensure_ascii=False),
        f"given: {_flow({'country': country, 'at': BEGINS.isoformat(), 'facts': found.facts})}",
        "steps:",
        *(f"  - {_flow(_spelled(step))}" for step in (*steps, last)),
        "",
    ]
    name = re.sub(r"[^a-z0-9]+", "_", part.lower()).strip("_")
    return Suggestion(f"suggested_{number:02}_{name}.yaml", "\n".join(lines), part, covers, len(steps))


def _small(said: str) -> str:
    return said[:1].lower() + said[1:]


def _at_the_end(player: Player, part: str) -> Expect:
    """Where the SOPs stand in the end, and what has become of the clock that the story is about."""
    case = player.case
    assert case is not None  # noqa: S101 - the search has played it
    ref = part.split(":", 1)[1]
    run = case.clocks.get(ref) if kind_of(part).startswith("clock") else None
    return Expect(
        states={sop: standing.state for sop, standing in case.sops.items()},
        clocks={ref: run.status} if run else {},
        overdue=(ref,) if run and run.overdue(player.now) else (),
        closed=True if case.closed_at else None,
    )


def _spelled(step: ScenarioStep) -> dict[str, object]:
    spelled: dict[str, object] = step.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return spelled


def _flow(value: object) -> str:
    """A value as YAML in one line, with quotes where an older YAML would misread it."""
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return f"{value:g}"
        case dict():
            return "{" + ", ".join(f"{_flow(str(key))}: {_flow(inner)}" for key, inner in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(_flow(inner) for inner in value) + "]"
    text = str(value)
    plain = _PLAIN.fullmatch(text) and text.lower() not in _WORDS_OF_YAML
    return text if plain else json.dumps(text, ensure_ascii=False)
