"""What a condition can come to when only some of what it reads is known: for questions about all cases at once."""

from collections.abc import Callable, Iterable, Mapping

from sop import conditions as c
from sop.model import Derived
from sop.shapes import FactValue

Known = Mapping[str, FactValue | None]
"""What is known, by variable of `sop.influence`: the state of a SOP (`not_open`), whether a measure is `done`, `lapsed`
or `never`, whether it is settled, whether a consent is in force, whether a clock is `idle`, `on` or `over`, and what a
fact is; a fact that is None is known to be unknown."""
Verdicts = frozenset[bool | None]

HOLDS: Verdicts = frozenset({True})
_EITHER: Verdicts = frozenset({True, False})
_ANYTHING: Verdicts = frozenset({True, False, None})


class _NotKnown(Exception):
    """The condition reads a variable that is not among the known ones."""


class Situation:
    """The known variables, as a condition looks at a case; `derived` are the facts that follow from others, by name."""

    def __init__(self, known: Known, derived: Mapping[str, Derived]) -> None:
        self.known = known
        self.derived = derived

    def _of(self, variable: str) -> FactValue | None:
        try:
            return self.known[variable]
        except KeyError:
            raise _NotKnown from None

    def fact(self, ref: str) -> FactValue | None:
        return self._of(f"fact:{ref}")

    def done(self, measure: str) -> bool:
        return self._of(f"done:{measure}") == "done"

    def settled(self, measure: str) -> bool:
        return self._of(f"settled:{measure}") is True

    def state(self, sop: str) -> str | None:
        return str(self._of(f"state:{sop}"))

    def consented(self, purpose: str) -> bool:
        return self._of(f"consent:{purpose}") is True

    def clock_running(self, clock: str) -> bool:
        return self._of(f"clock:{clock}") == "on"

    def clock_ended(self, clock: str) -> bool:
        return self._of(f"clock:{clock}") == "over"

    def values(self, ref: str) -> frozenset[FactValue | None] | None:
        """What a fact can be, or None where that is not known; a derived fact follows from what it is made of."""
        derived = self.derived.get(ref.removeprefix("case.")) if ref.startswith("case.") else None
        if derived is not None:
            return frozenset(verdict is True for verdict in self.verdicts(derived.when))
        return frozenset({self.known[f"fact:{ref}"]}) if f"fact:{ref}" in self.known else None

    def verdicts(self, condition: c.Condition) -> Verdicts:
        """Every verdict that the condition can have in the cases that agree with what is known; never one too few."""
        match condition:
            case c.Not():
                return frozenset(None if v is None else not v for v in self.verdicts(condition.not_))
            case c.AnyOf():
                return _folded((self.verdicts(inner) for inner in condition.any_), _either)
            case c.AllOf():
                return self.all_of(condition.all_)
            case c.When():
                applies = self.matching(condition.when)
                then = self.all_of(condition.then) if True in applies else frozenset()
                return then | (HOLDS if False in applies else frozenset())
            case c.Fact():
                return self._fact(condition)
            case c.Done() if not isinstance(condition.done, str):
                each = (self.verdicts(c.Done(done=name)) for name in condition.done)
                return _folded(each, _every)
            case c.State() if len(condition.state) > 1:
                each = (self.verdicts(c.State(state={sop: states})) for sop, states in condition.state.items())
                return _folded(each, _every)
        try:
            return frozenset({condition.verdict(self)})
        except _NotKnown:
            return _EITHER

    def all_of(self, needs: Iterable[c.Condition]) -> Verdicts:
        """Every verdict that the conditions can have together."""
        return _folded((self.verdicts(need) for need in needs), _every)

    def _fact(self, condition: c.Fact) -> Verdicts:
        values = self.values(condition.fact)
        if values is None:
            return _ANYTHING if condition.known is None else _EITHER
        return frozenset(condition.of(value) for value in values)

    def matching(self, when: Mapping[str, FactValue | tuple[FactValue, ...]]) -> Verdicts:
        """Whether every named fact can have the value, or one of the values, given for it."""
        each = []
        for ref, wanted in when.items():
            values = self.values(ref)
            each.append(_EITHER if values is None else frozenset(c.fits(value, wanted) for value in values))
        return _folded(each, _every)


def _every(one: bool | None, other: bool | None) -> bool | None:
    return False if one is False or other is False else None if one is None or other is None else True


def _either(one: bool | None, other: bool | None) -> bool | None:
    return True if one or other else None if one is None or other is None else False


def _folded(each: Iterable[Verdicts], combine: Callable[[bool | None, bool | None], bool | None]) -> Verdicts:
    """Every verdict that parts can make together, where each has one of its own."""
    found: Verdicts = HOLDS if combine is _every else frozenset({False})
    for one in each:
        found = frozenset(combine(before, now) for before in found for now in one)
    return found
