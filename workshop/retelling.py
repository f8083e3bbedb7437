"""A story told again: in words, step by step, and as a file of `scenarios/`."""

import io

from ruamel.yaml import YAML

from sop.events import ClockStarted, Event, FactsRecorded, ReminderSent, StepProposed
from sop.problems import Path
from sop.procedure import Procedure
from sop.words import sentence
from workshop.playing import Player, play
from workshop.scenarios import Scenario, ScenarioStep


def in_words(procedure: Procedure, story: Scenario) -> list[str]:
    """The opening and every step in a sentence or two, as the engine tells them; `procedure` is the one without guard."""
    player = play(procedure, story.model_copy(update={"steps": ()}))
    told = [_said(procedure, player.events) or "The case was opened."]
    for number, step in enumerate(story.steps, 1):
        before = len(player.events)
        player.step(number, step)
        told.append(_step(procedure, step, player, before))
    return told


def _step(procedure: Procedure, step: ScenarioStep, player: Player, before: int) -> str:
    said = _said(procedure, player.events[before:])
    if step.after is not None:
        return f"After {step.after}. {said}".strip()
    if step.expect is not None:
        standing = (f"{procedure.words.title(sop)} stands at ‘{state}’" for sop, state in step.expect.states.items())
        return f"Now {' and '.join(standing)}."
    if step.refused is not None:
        return f"‘{step.take or step.record or step.event}’ is refused ({', '.join(step.refused)})."
    return said


def _said(procedure: Procedure, events: list[Event]) -> str:
    """What happened, without what clocks of no protection do beside it."""
    told = []
    for event in events:
        beside = isinstance(event, ReminderSent | StepProposed) or (
            isinstance(event, FactsRecorded) and not event.facts
        )
        target = isinstance(event, ClockStarted) and procedure.clocks[event.clock].kind != "period"
        if not beside and not target and event.kind not in ("clock_met", "clock_missed", "clock_cancelled"):
            told.append(sentence(procedure, event))
    return " ".join(told)


def written(story: Scenario) -> str:
    """The story as YAML, as the reader of `scenarios/` takes it."""
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.allow_unicode = True
    yaml.width = 110
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    stream = io.StringIO()
    yaml.dump(story.model_dump(mode="json", by_alias=True, exclude_defaults=True), stream)
    return stream.getvalue()


def place_of(step: str) -> tuple[str, Path]:
    """Where a step stands: the SOP (`` for the head of the procedure) and the path in its file."""
    kind, name = step.split(":", 1)
    if kind == "tell":
        return "", ("life-events", name)
    if kind == "do":
        return "", ("measures", name)
    sop, move = name.split(".")
    return sop, (f"{move}s",) if move in ("open", "reopen") else ("transitions", move)
