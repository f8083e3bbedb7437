"""What can ever happen in a procedure: every state, step, clock and value that some path may reach.

The least set that is closed under what the engine does, each step taken on its own: what is not in it can happen in no
case at all. What is in it may still be out of reach, for steps are not followed in their order; nothing is said of it.
Steps that contradict themselves are taken for mended here, so that what only follows from them is not told as well.
"""

from collections.abc import Iterator

from sop.arrows import OPEN, REOPEN
from sop.clocks import Trigger
from sop.conditions import Needs
from sop.guard import watches_of
from sop.influence import steps_of
from sop.model import ANY, Definition, Measure, Sop, Transition
from workshop.kept import Kept
from workshop.logic import ALWAYS, NEVER, Among, Domains, Formula, Val, can_hold
from workshop.meaning import Meaning


class Possible:
    """What can ever happen, by name: states and steps as `sop.name`, measures and life events alone."""

    def __init__(self, definition: Definition, kept: Kept | None = None, beside: "Possible | None" = None) -> None:
        """`beside` is what can happen in the definition that an overlay was put onto; the answers are the same without."""
        self.definition = definition
        self.meaning: Meaning = Meaning(definition, kept or Kept(), beside.meaning if beside else None)
        self._asked: dict[tuple[tuple[int, ...], Formula], Formula] = (
            dict(beside._asked) if beside and self.meaning.goes_on_from(beside.meaning) else {}
        )
        self.watches = watches_of(definition, steps_of(definition))
        """What the rights ask of each step."""
        self.moves: set[tuple[str, str, str]] = set()
        """SOP, transition and the state that it can leave."""
        self.happened: set[str] = {"case:opened"}
        """What clocks may wait for, as triggers name it: `done:measure`, `entering:sop.state`, `event:name`."""
        self.domains: dict[str, frozenset[Val]] = {
            variable: frozenset({_before(variable)}) for variable in self.meaning.domains
        }
        for name, field in definition.head.facts.items():
            if field.asked:
                self.domains[f"fact:case.{name}"] = self.meaning.domains[f"fact:case.{name}"]
        for ref in self.meaning.constant:
            self.domains[f"fact:{ref}"] = self.meaning.domains[f"fact:{ref}"]
        for name in definition.head.consents:
            self.domains[f"consent:{name}"] = self.meaning.domains[f"consent:{name}"]
        self._enter(definition.sops[definition.head.starts_with], definition.sops[definition.head.starts_with].initial)
        self.domains[f"state:{definition.head.starts_with}"] -= {"not_open"}
        size = -1
        while size != (size := len(self.happened) + len(self.moves) + sum(map(len, self.domains.values()))):
            self._once()

    def states(self, sop: str) -> frozenset[Val]:
        return self.domains[f"state:{sop}"] - {"not_open"}

    def can(self, *formulas: Formula, narrowed: Domains | None = None) -> bool:
        """Whether the formulas can hold together in some case; `narrowed` are the values left to some variables."""
        return can_hold(formulas, self.domains, narrowed)

    def _once(self) -> None:
        for sop in self.definition.sops.values():
            self._openings(sop)
            for name, move in sop.transitions.items():
                for source in self.leaving(sop, move):
                    if (sop.sop, name, source) not in self.moves and self.can_take(sop, name, source):
                        self.moves.add((sop.sop, name, source))
                        self._enter(sop, move.to)
                        self._start(sop.sop, move.starts)
            for name, measure in sop.measures.items():
                self._measure(sop, name, measure)
        for name, event in self.definition.head.life_events.items():
            if self.can(self.asked(self.needs(f"tell:{name}", event.needs))):
                self.happened.add(f"event:{name}")
                for fact, value in event.sets.items():
                    self._known(f"case.{fact}", frozenset({value}))
        for sop in self.definition.sops.values():
            for name, clock in sop.clocks.items():
                if any(self.can_trigger(trigger, sop.sop) for trigger in clock.starts):
                    self._start(sop.sop, (name,))

    def leaving(self, sop: Sop, move: Transition) -> list[str]:
        """The states that can be reached and that the transition leaves."""
        named = [name for name, state in sop.states.items() if not state.final] if ANY in move.from_ else move.from_
        return [state for state in named if state in self.states(sop.sop) and state != move.to]

    def steps(self, sop: Sop) -> list[tuple[str, str]]:
        """From and to of every transition that can ever be taken."""
        named = [(sop.transitions.get(name), source) for owner, name, source in self.moves if owner == sop.sop]
        return [(source, move.to) for move, source in named if move is not None]

    def can_take(self, sop: Sop, name: str, source: str, narrowed: Domains | None = None) -> bool:
        """Whether the transition can leave this state: somebody may take it, and its conditions can hold together."""
        move = sop.transitions[name]
        by_clock = any(
            clock.period and name in clock.takes and self.runs(f"{sop.sop}.{ref}") for ref, clock in sop.clocks.items()
        )
        state, step = f"state:{sop.sop}", f"take:{sop.sop}.{name}"
        watch = self.watches.get(step)
        if not (move.by or (by_clock and not (watch and watch.not_by_clock))):
            return False
        asked = self.asked(self.needs(step, move.needs), Among(state, frozenset(self.leaving(sop, move))))
        return self.can(Among(state, frozenset({source})), asked, narrowed=narrowed)

    def needs(self, step: str, own: Needs) -> Needs:
        """The conditions of the step, `take:…`, `do:…` or `tell:…`, with those that the rights ask for before it.

        What a right bars as it is written is taken for mended, as the proof tells it.
        """
        watch = self.watches.get(step)
        return (*own, *(need for _, demanded in watch.before for need in demanded)) if watch else own

    def asked(self, needs: Needs, given: Formula = ALWAYS) -> Formula:
        """What the conditions ask; nothing, where they contradict themselves or what is sure where they are asked."""
        if not needs:
            return ALWAYS
        key = (tuple(map(id, needs)), given)  # the definition holds its conditions as long as this lives
        if key not in self._asked:
            formula = self.meaning.needs(needs)
            self._asked[key] = formula if can_hold([given, formula], self.meaning.domains) else NEVER
        return ALWAYS if self._asked[key] is NEVER else self._asked[key]

    def contradicts_itself(self, needs: Needs, given: Formula = ALWAYS) -> bool:
        if not needs:
            return not can_hold([given], self.meaning.domains)
        self.asked(needs, given)
        return self._asked[tuple(map(id, needs)), given] is NEVER

    def ahead(self, sop: Sop, states: set[str]) -> set[str]:
        """The states, and every state to which possible transitions lead from there."""
        ahead, size, steps = set(states), -1, self.steps(sop)
        while size != (size := len(ahead)):
            ahead |= {target for source, target in steps if source in ahead}
        return ahead

    def runs(self, clock: str) -> bool:
        return "running" in self.domains[f"clock:{clock}"]

    def can_trigger(self, trigger: Trigger, sop: str) -> bool:
        """Whether what the trigger waits for can ever happen."""
        if trigger.holds:
            return self.can(self.meaning.applies({trigger.holds: True}))
        return any(key in self.happened for key in keys(trigger, sop))

    def can_do(self, name: str) -> bool:
        return f"done:{name}" in self.happened

    def where(self, sop: Sop, measure: Measure) -> frozenset[Val]:
        """The states that can be reached and in which the measure can be recorded."""
        return self.states(sop.sop) & frozenset(measure.in_ or sop.states)

    def _openings(self, sop: Sop) -> None:
        first = sop.sop == self.definition.head.starts_with
        if not first and (
            sop.opens is None or self.can(self.asked(self.needs(f"take:{sop.sop}.{OPEN}", sop.opens.needs)))
        ):
            self.moves.add((sop.sop, OPEN, "not_open"))
            self._enter(sop, sop.initial)
        needs = self.needs(f"take:{sop.sop}.{REOPEN}", sop.reopens.needs) if sop.reopens else ()
        if sop.reopens and self.can(self.asked(needs, self._ended(sop)), self._ended(sop)):
            self.moves.add((sop.sop, REOPEN, sop.initial))
            self._enter(sop, sop.initial)

    def _ended(self, sop: Sop) -> Formula:
        return Among(f"state:{sop.sop}", frozenset(name for name, state in sop.states.items() if state.final))

    def _enter(self, sop: Sop, state: str) -> None:
        self.domains[f"state:{sop.sop}"] |= {state}
        self.happened.add(f"entering:{sop.sop}.{state}")

    def _start(self, sop: str, clocks: tuple[str, ...]) -> None:
        for name in clocks:
            if self.can(self.meaning.applies(self.definition.sops[sop].clocks[name].only_when)):
                self.domains[f"clock:{sop}.{name}"] = self.meaning.domains[f"clock:{sop}.{name}"]

    def _measure(self, sop: Sop, name: str, measure: Measure) -> None:
        if not self.where(sop, measure):
            return
        self.happened.add(f"settled:{name}")
        self.domains[f"measure:{name}"] |= {"settled"}
        here = Among(f"state:{sop.sop}", self.where(sop, measure))
        if self.can_do(name) or not self.can(here, self.asked(self.needs(f"do:{name}", measure.needs), here)):
            return
        self.happened.add(f"done:{name}")
        self.domains[f"measure:{name}"] = self.meaning.domains[f"measure:{name}"]
        for field_name, field in measure.fields.items():
            ref = f"{name}.{field_name}"
            if f"fact:{ref}" in self.domains:
                self._known(ref, self.meaning.domains[f"fact:{ref}"])
            if field.sets and f"fact:{field.sets}" in self.domains:
                self._known(field.sets, _options(self.meaning, field.sets, field.one_of or field.many_of))
        if measure.activity:
            self.happened.add(f"result:{name}")
            for result in set(measure.results) & FOUND:
                self._known(f"{name}.{result}", self.meaning.domains[f"fact:{name}.{result}"])

    def _known(self, ref: str, values: frozenset[Val]) -> None:
        self.domains[f"fact:{ref}"] |= values


FOUND = {"level", "made_by", "unknown"}
"""The results that the activity `assess_risk` finds out (`sop.instruments.scored`)."""


def _before(variable: str) -> Val:
    """The value that every variable has in a case of which nothing is known."""
    match variable.split(":")[0]:
        case "fact":
            return None
        case "state":
            return "not_open"
        case "clock":
            return "never"
    return "no"


def _options(meaning: Meaning, ref: str, options: dict[str, str] | None) -> frozenset[Val]:
    """The values that a field with these options can set."""
    every = meaning.domains[f"fact:{ref}"]
    return frozenset(value for value in every if not options or not isinstance(value, str) or value in options)


def keys(trigger: Trigger, sop: str) -> Iterator[str]:
    """What the trigger waits for, spelled as the engine announces it."""
    yield from (f"entering:{state if '.' in state else f'{sop}.{state}'}" for state in trigger.states)
    for kind in ("done", "settled", "result", "event", "case"):
        if name := getattr(trigger, kind):
            yield f"{kind}:{name}"
