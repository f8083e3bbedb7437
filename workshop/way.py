"""A way to an aim: how far it is, and the steps with which to begin; ways that lead there together, or one of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from math import inf

from workshop.scenarios import ScenarioStep


@dataclass(frozen=True)
class Way:
    """How far it is, in steps, and the steps with which to begin; no steps where it is reached or cannot be."""

    far: float
    steps: tuple[ScenarioStep, ...] = ()


HERE = Way(0.0)
NEVER = Way(inf)


def both(ways: Iterable[Way]) -> Way:
    """All of them: the distances add up, and any of the first steps may come first.

    Where two of them record the same measure, it is recorded once with the fields of both: what is recorded anew
    replaces what was found before.
    """
    found = [way for way in ways if way.far]
    steps = list(chain.from_iterable(way.steps for way in found))
    for number, way in enumerate(found):
        others = list(chain.from_iterable(other.steps for other in found[number + 1 :]))
        steps[:0] = [
            one.model_copy(update={"fields": {**two.fields, **one.fields}})
            for one in way.steps
            for two in others
            if one.record and one.record == two.record and one.fields != two.fields
        ]
    return Way(sum(way.far for way in found), tuple(steps))


def either(ways: Iterable[Way]) -> Way:
    """One of them: the nearest counts, and those that are hardly farther may be tried too."""
    found = sorted((way for way in ways if way.far < inf), key=lambda way: way.far)
    if not found or not found[0].far:
        return found[0] if found else NEVER
    near = [way for way in found[:4] if way.far <= found[0].far + 1]
    return Way(found[0].far, tuple(chain.from_iterable(way.steps for way in near)))
