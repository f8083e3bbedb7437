"""Scored questionnaires: what an instrument asks, and the level that follows from the answers, with what made it."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from sop.shapes import FactValue, Name, Shape, Text, Value

Answer = Literal["yes", "no", "unknown"]
Weight = Literal["critical", "major", "minor"] | float


class Item(Shape):
    """One thing to ask or to see."""

    ask: Text = Field(description="the question")
    weight: Weight = Field(description="critical, major, minor; or a number of points (negative protects)")


class Level(Shape):
    """One rung, from the gravest down: the first whose bar is reached is the result."""

    level: Name = Field(description="its name")
    critical: int | None = Field(None, description="so many critical items answered yes")
    major: int | None = Field(None, description="so many major items answered yes")
    points: float | None = Field(None, description="at least so many points")


class Instrument(Shape):
    """A questionnaire of `instruments/`. Weights are ours or of a published scheme: `source` says which."""

    instrument: Name = Field(description="its name")
    version: Text = Field(description="its version, in quotes")
    title: Text = Field(description="as people read it")
    source: Text = Field(description="whose it is; our own weights are called ours")
    levels: tuple[Level, ...] = Field(min_length=2, description="from the gravest to the mildest")
    items: dict[Name, Item] = Field(min_length=1, description="what is asked or seen")
    unknown_counts: float = Field(0.5, description="the share of an item's points that an unknown answer counts")
    unknown_blocks_lowest: bool = Field(True, description="an unknown answer keeps the result off the lowest level")
    floor_while: dict[Name, Name] = Field(
        default_factory=dict, description="item answered yes: the level below which the result cannot fall"
    )

    def answers_schema(self) -> dict[str, Any]:
        answer = {"type": "string", "enum": ["yes", "no", "unknown"]}
        return {
            "type": "object",
            "properties": {code: {"title": item.ask, **answer} for code, item in self.items.items()},
            "additionalProperties": False,
        }

    def accept(self, answers: Any) -> dict[str, Answer]:
        """The answers, unanswered items as unknown; `ValueError` with a sentence where they do not fit."""
        if not isinstance(answers, dict):
            raise ValueError("answers are an object of item and answer")
        for code, answer in answers.items():
            if code not in self.items:
                raise ValueError("there is no such item; the items are " + ", ".join(self.items))
            if answer not in ("yes", "no", "unknown"):
                raise ValueError(f"the answer to {code} is one of yes, no, unknown")
        return {code: answers.get(code, "unknown") for code in self.items}


class Score(Value):
    """The level, and the items that made it; unknown answers are named, never taken for no."""

    level: str
    made_by: tuple[str, ...]
    unknown: tuple[str, ...]
    points: float


def score(instrument: Instrument, answers: dict[str, Answer]) -> Score:
    """The level that follows from the answers, by the bars of the instrument.

    An item answered yes counts whole; an unknown one counts `unknown_counts` of its points, blocks the lowest level
    where the instrument says so, and never makes a critical or major item by itself. A protective item (negative
    points) that is unknown protects nobody.
    """
    yes = [code for code in instrument.items if answers.get(code, "unknown") == "yes"]
    unknown = [code for code in instrument.items if answers.get(code, "unknown") == "unknown"]
    points = sum(_points(instrument.items[code]) for code in yes)
    points += instrument.unknown_counts * sum(max(0.0, _points(instrument.items[code])) for code in unknown)
    weights = [instrument.items[code].weight for code in yes]
    reached = next(
        (i for i, level in enumerate(instrument.levels) if _reached(level, weights, points)), len(instrument.levels) - 1
    )
    names = [level.level for level in instrument.levels]
    if unknown and instrument.unknown_blocks_lowest:
        reached = min(reached, len(names) - 2)
    for code, floor in instrument.floor_while.items():
        if code in yes:
            reached = min(reached, names.index(floor))
    made_by = tuple(code for code in yes if instrument.items[code].weight != "minor")
    return Score(level=names[reached], made_by=made_by, unknown=tuple(unknown), points=points)


def _points(item: Item) -> float:
    return item.weight if isinstance(item.weight, int | float) else 0.0


def _reached(level: Level, weights: list[Weight], points: float) -> bool:
    bars = (
        (level.critical, weights.count("critical")),
        (level.major, weights.count("major")),
        (level.points, points),
    )
    asked = [(bar, have) for bar, have in bars if bar is not None]
    return all(have >= bar for bar, have in asked)


def scored(instrument: Instrument, answers: Mapping[str, str]) -> dict[str, FactValue]:
    """The score as facts: `level`, `made_by` (items answered yes that count), `unknown` (items nobody could answer)."""
    given = {code: answer for code, answer in answers.items() if answer in ("yes", "no", "unknown")}
    found = score(instrument, instrument.accept(given))
    return {"level": found.level, "made_by": found.made_by, "unknown": found.unknown}
