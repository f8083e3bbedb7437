"""What conditions mean as formulas: each condition over the few values of what it reads that make a difference."""

import itertools
from collections.abc import Callable, Iterator

from sop import conditions as c
from sop.fields import Field
from sop.model import Definition
from sop.references import names
from sop.shapes import FactValue
from sop.vocabulary import Vocabulary
from workshop.kept import Kept, compared
from workshop.logic import ALWAYS, Among, Every, Formula, Some, Val, can_hold, opposite

MEASURE = ("no", "settled", "lapsed", "done")
CLOCK = ("never", "running", "over")
CONSENT = ("no", "yes")
MOST_CODES = 6
"""Codes of one list that conditions tell apart; their combinations are tried."""

Wanted = dict[str, FactValue | tuple[FactValue, ...]]


class _Seen:
    """A case of which one variable is known: the engine itself then says what a condition comes to."""

    def __init__(self, value: Val) -> None:
        self.value = value

    def fact(self, ref: str) -> Val:
        return self.value

    def done(self, measure: str) -> bool:
        return self.value == "done"

    def lapsed(self, measure: str) -> bool:
        return self.value == "lapsed"

    def settled(self, measure: str) -> bool:
        return self.value != "no"

    def state(self, sop: str) -> str | None:
        return None if self.value == "not_open" else str(self.value)

    def consented(self, purpose: str) -> bool:
        return self.value == "yes"

    def clock_running(self, clock: str) -> bool:
        return self.value == "running"

    def clock_ended(self, clock: str) -> bool:
        return self.value == "over"


class Meaning:
    """The variables of a definition with all their values, and its conditions as formulas over them."""

    def __init__(self, definition: Definition, kept: Kept, beside: "Meaning | None" = None) -> None:
        self.definition = definition
        self.words = Vocabulary(definition)
        self.derived = {f"case.{name}": derived.when for name, derived in definition.head.derived.items()}
        self.domains: dict[str, frozenset[Val]] = dict(self._domains(kept))
        self._true: dict[int, Formula] = {}
        self._false: dict[int, Formula] = {}
        if beside and self.goes_on_from(beside):
            self.constant: dict[str, bool] = beside.constant
            self.domains |= {f"fact:{ref}": frozenset({True, False}) for ref in self.constant}
            self._true, self._false = dict(beside._true), dict(beside._false)
            return
        self.constant = {ref: value for ref in self.derived if (value := self._constant(ref)) is not None}
        """Derived facts that are always true, or always false. Where others read them they count as open, so that one
        mistake is told once."""
        self.domains |= {f"fact:{ref}": frozenset({True, False}) for ref in self.constant}
        self._true.clear()
        self._false.clear()

    def goes_on_from(self, beside: "Meaning") -> bool:
        """Whether every condition of `beside` means the same here: its variables have the same values."""
        same = self.definition.head.derived is beside.definition.head.derived
        constant = {f"fact:{ref}" for ref in beside.constant}
        return same and all(v in constant or self.domains.get(v) == values for v, values in beside.domains.items())

    def _constant(self, ref: str) -> bool | None:
        true = self.holds(self.derived[ref])
        if not can_hold([true], self.domains):
            return False
        return None if can_hold([self.never(true)], self.domains) else True

    def _domains(self, kept: Kept) -> Iterator[tuple[str, frozenset[Val]]]:
        head, values = self.definition.head, compared(self.definition, kept)
        for name in head.consents:
            yield f"consent:{name}", frozenset(CONSENT)
        for ref, field in self.words.facts.items():
            if ref not in self.derived:
                yield f"fact:{ref}", frozenset({None, *_representatives(field, values.get(ref, set()))})
        for sop in self.definition.sops.values():
            never_closed = sop.sop == head.starts_with
            yield f"state:{sop.sop}", frozenset(sop.states) | (frozenset() if never_closed else {"not_open"})
            for name, measure in sop.measures.items():
                lapses = measure.valid_for is not None
                yield f"measure:{name}", frozenset(v for v in MEASURE if lapses or v != "lapsed")
            for name in sop.clocks:
                yield f"clock:{sop.sop}.{name}", frozenset(CLOCK)

    def holds(self, condition: c.Condition) -> Formula:
        """Where the condition holds."""
        if id(condition) not in self._true:
            self._true[id(condition)] = self._formula(condition, True)
        return self._true[id(condition)]

    def fails(self, condition: c.Condition) -> Formula:
        """Where the condition is known not to hold: not where something that it reads is unknown."""
        if id(condition) not in self._false:
            self._false[id(condition)] = self._formula(condition, False)
        return self._false[id(condition)]

    def needs(self, needs: c.Needs) -> Formula:
        return Every(tuple(self.holds(condition) for condition in needs))

    def applies(self, wanted: Wanted) -> Formula:
        """Where every fact has the value, or one of the values, that is wanted."""
        return Every(tuple(self._wanted(ref, value) for ref, value in wanted.items()))

    def never(self, formula: Formula) -> Formula:
        return opposite(formula, self.domains)

    def _wanted(self, ref: str, value: FactValue | tuple[FactValue, ...]) -> Formula:
        def is_wanted(known: Val) -> bool:
            return known == value or (isinstance(value, tuple) and known in value)

        return self._of_fact(ref, is_wanted)

    def _of_fact(self, ref: str, fits: Callable[[Val], bool]) -> Formula:
        if ref in self.derived and f"fact:{ref}" not in self.domains:
            true = self.holds(self.derived[ref])
            either = [true if value else self.never(true) for value in (True, False) if fits(value)]
            return ALWAYS if len(either) == 2 else Some(tuple(either))
        variable = f"fact:{ref}"
        return Among(variable, frozenset(value for value in self.domains[variable] if fits(value)))

    def _formula(self, condition: c.Condition, wanted: bool) -> Formula:
        part = self.holds if wanted else self.fails
        together, instead = (Every, Some) if wanted else (Some, Every)
        match condition:
            case c.Not():
                return self.fails(condition.not_) if wanted else self.holds(condition.not_)
            case c.AnyOf():
                return instead(tuple(part(inner) for inner in condition.any_))
            case c.AllOf():
                return together(tuple(part(inner) for inner in condition.all_))
            case c.When():
                applies = self.applies(condition.when)
                inner = together(tuple(part(one) for one in condition.then))
                return Some((self.never(applies), inner)) if wanted else Every((applies, inner))
            case c.Fact():
                return self._of_fact(condition.fact, lambda value: condition.verdict(_Seen(value)) is wanted)
            case c.Done():
                return together(
                    tuple(self._atom(f"measure:{n}", c.Done(done=n), wanted) for n in _listed(condition.done))
                )
            case c.State():
                alone = {sop: c.State(state={sop: states}) for sop, states in condition.state.items()}
                return together(tuple(self._atom(f"state:{sop}", one, wanted) for sop, one in alone.items()))
            case _:
                ((_, kind, name),) = [found for found in names(condition, None) if found[1] != "rule"]
                return self._atom(f"{kind}:{name}", condition, wanted)

    def _atom(self, variable: str, condition: c.Condition, wanted: bool) -> Formula:
        values = (v for v in self.domains[variable] if condition.verdict(_Seen(v)) is wanted)
        return Among(variable, frozenset(values))


def _listed(name: str | tuple[str, ...]) -> tuple[str, ...]:
    return (name,) if isinstance(name, str) else name


def _representatives(field: Field, compared: set[FactValue]) -> list[FactValue]:
    """Values of the field that stand for all others: whatever conditions ask, one of these answers it in the same way."""
    match field.kind:
        case "yes-no":
            return [True, False]
        case "one-of":
            return list(field.one_of or {})
        case "number":
            cuts = sorted(v for v in compared if isinstance(v, int | float))
            between = [(low + high) / 2 for low, high in itertools.pairwise(cuts)]
            ends = [cuts[0] - 1, cuts[-1] + 1] if cuts else [0]
            low, high = field.lowest, field.highest
            bounds = [bound for bound in (low, high) if bound is not None]
            found = {*cuts, *between, *ends, *bounds}
            return [v for v in found if (low is None or v >= low) and (high is None or v <= high)]
        case "many-of" | "countries" | "languages":
            codes = sorted(str(v) for v in compared if isinstance(v, str))[:MOST_CODES]
            return [combined for n in range(len(codes) + 1) for combined in itertools.combinations(codes, n)]
        case _:
            return [*compared, "another"]
