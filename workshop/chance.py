"""Chance that can be repeated: the same seed, case, purpose and count always give the same number, in any order.

A counter-based generator in the manner of SplitMix64 (Steele, Lea and Flood, 2014): the key is multiplied into one
64-bit word and finished by their mixing function. Nothing is kept between draws, so one case draws the same numbers
whatever happens to the others, and in two versions of a procedure that are compared.
"""

import math
from collections.abc import Callable, Sequence
from functools import cache
from statistics import NormalDist
from zlib import crc32

_WORD = (1 << 64) - 1
_SEED, _CASE, _PURPOSE, _COUNT = 0x9E3779B97F4A7C15, 0xD1342543DE82EF95, 0xAF251AF3B0F025B5, 0x2545F4914F6CDD1D

_NORMAL = NormalDist()
_LEAST = 2.0**-54

Sampler = Callable[["Draws", str], float]
"""How long something takes, in seconds, drawn for one purpose."""


@cache
def _code(purpose: str) -> int:
    return crc32(purpose.encode()) * _PURPOSE & _WORD


class Draws:
    """What chance holds for one case (or for the arrivals), purpose by purpose, each purpose counted on its own."""

    __slots__ = ("_counts", "_start")

    def __init__(self, seed: int, stream: int) -> None:
        self._start = (seed * _SEED + (stream + 1) * _CASE) & _WORD
        self._counts: dict[str, int] = {}

    def number(self, purpose: str) -> float:
        """The next number for this purpose, from 0 (included) to 1 (excluded)."""
        count = self._counts[purpose] = self._counts.get(purpose, 0) + 1
        word = (self._start + _code(purpose) + count * _COUNT) & _WORD
        word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9 & _WORD
        word = (word ^ (word >> 27)) * 0x94D049BB133111EB & _WORD
        return ((word ^ (word >> 31)) >> 11) * 2.0**-53

    def happens(self, purpose: str, share: float) -> bool:
        return share >= 1 or (share > 0 and self.number(purpose) < share)

    def chosen(self, purpose: str, weights: Sequence[float]) -> int:
        """The index of one of the weights, each as likely as its part of their sum."""
        left = self.number(purpose) * sum(weights)
        for index, weight in enumerate(weights):
            left -= weight
            if left < 0:
                return index
        return max(index for index, weight in enumerate(weights) if weight > 0)


def fixed(seconds: float) -> Sampler:
    return lambda draws, purpose: seconds


def exponential(mean: float) -> Sampler:
    """Without memory: short times often, long ones now and then."""
    return lambda draws, purpose: -mean * math.log(1 - draws.number(purpose))


def lognormal(median: float, p90: float) -> Sampler:
    """Half are below `median`, nine of ten below `p90`; the rest may take very long."""
    spread = math.log(p90 / median) / _NORMAL.inv_cdf(0.9)
    return lambda draws, purpose: median * math.exp(spread * _NORMAL.inv_cdf(draws.number(purpose) or _LEAST))


def triangular(least: float, likely: float, most: float) -> Sampler:
    """Never below `least` nor above `most`, most often near `likely`."""
    turn = (likely - least) / (most - least)

    def sample(draws: Draws, purpose: str) -> float:
        at = draws.number(purpose)
        if at < turn:
            return least + math.sqrt(at * (most - least) * (likely - least))
        return most - math.sqrt((1 - at) * (most - least) * (most - likely))

    return sample
