"""What a definition says, in sentences for people: conditions, lengths, triggers, sources. No case is looked at."""

from sop import conditions as c
from sop.clocks import Clock, Length, Source, Trigger
from sop.fields import Field
from sop.procedure import Procedure
from sop.shapes import FactValue

EVIDENCE = {
    "V": "read in the text of the law",
    "S": "from the source documents",
    "K": "known, not read again",
    "D": "our own default, not law",
}
_WHEN = {
    "done": "when ‘{}’ is done",
    "settled": "when ‘{}’ is done, declined or does not apply",
    "result": "when the result of ‘{}’ has come",
}


class Spoken:
    """Says the parts of one procedure in words."""

    def __init__(self, procedure: Procedure) -> None:
        self._procedure = procedure
        self._words = procedure.words
        self._events = procedure.definition.head.life_events

    def roles(self, roles: tuple[str, ...]) -> str:
        return self._procedure.roles_text(roles)

    def condition(self, condition: c.Condition) -> str:
        """What must hold, as a clause: `‘Early risk assessment’ is done`."""
        match condition:
            case c.Done():
                names = (condition.done,) if isinstance(condition.done, str) else condition.done
                return " and ".join(f"‘{self._words.title(name)}’ is done" for name in names)
            case c.Settled():
                return f"‘{self._words.title(condition.settled)}’ is done, declined or does not apply"
            case c.Fact():
                return f"‘{self._words.title(condition.fact)}’ {self._asked(condition)}"
            case c.State():
                return " and ".join(self._stands(sop, states) for sop, states in condition.state.items())
            case c.Consent():
                return f"the person has given consent: {self._words.title(f'consents.{condition.consent}')}"
            case c.Running():
                return f"‘{self._words.title(condition.running)}’ is running"
            case c.Ended():
                return f"‘{self._words.title(condition.ended)}’ has run and is over"
            case c.Not():
                return f"it is not so that {self.condition(condition.not_)}"
            case c.AnyOf():
                return f"one of these: {'; or '.join(self.condition(inner) for inner in condition.any_)}"
            case c.AllOf():
                return f"all of these: {'; and '.join(self.condition(inner) for inner in condition.all_)}"
            case c.When():
                then = "; and ".join(self.condition(inner) for inner in condition.then)
                return f"where {self.facts(condition.when)}: {then}"

    def facts(self, facts: dict[str, FactValue | tuple[FactValue, ...]]) -> str:
        """Facts and the values, or one of the values, that they must have."""
        return " and ".join(f"‘{self._words.title(ref)}’ is {self._values(ref, value)}" for ref, value in facts.items())

    def length(self, clock: Clock) -> str:
        """How long a clock runs, with the other lengths that facts bring about."""
        if clock.review:
            at = " and ".join(f"after {length}" for length in clock.review.at)
            every = f"every {clock.review.then_every}" if clock.review.then_every else ""
            usual = ", then ".join(part for part in (at, every) if part)
            usual += f", until {clock.review.until} have passed" if clock.review.until else ""
        else:
            usual = self._long(clock.length)
        others = [f"{self._long(one.length)} where {self.facts(one.when)}" for one in clock.variants]
        return "; ".join([usual, *others])

    def trigger(self, trigger: Trigger, sop: str) -> str:
        """What starts, meets or cancels a clock."""
        if trigger.states:
            return f"when {self._reached([state if '.' in state else f'{sop}.{state}' for state in trigger.states])}"
        for kind, text in _WHEN.items():
            if name := getattr(trigger, kind):
                return text.format(self._words.title(name))
        if trigger.event:
            title = self._events[trigger.event].title if trigger.event in self._events else trigger.event
            return f"on the event ‘{title}’"
        if trigger.holds:
            return f"when it becomes true: ‘{self._words.title(trigger.holds)}’"
        return "when the case is opened"

    def _reached(self, refs: list[str]) -> str:
        by_sop: dict[str, list[str]] = {}
        for ref in refs:
            by_sop.setdefault(ref.split(".")[0], []).append(f"‘{self._words.states.get(ref, ref)}’")
        return " or ".join(f"{self._words.title(sop)} reaches {' or '.join(names)}" for sop, names in by_sop.items())

    def _stands(self, sop: str, states: str | tuple[str, ...]) -> str:
        names = (states,) if isinstance(states, str) else states
        titles = [self._words.states.get(f"{sop}.{name}", "not open") for name in names]
        return f"{self._words.title(sop)} stands at {' or '.join(f'‘{title}’' for title in titles)}"

    def _asked(self, fact: c.Fact) -> str:
        if fact.known is not None:
            return "is known" if fact.known else "is not known"
        if fact.is_ is not None:
            return f"is {self._value(fact.fact, fact.is_)}"
        if fact.is_not is not None:
            return f"is known and not {self._value(fact.fact, fact.is_not)}"
        if fact.in_ is not None:
            return f"is {self._values(fact.fact, fact.in_)}"
        if fact.has is not None:
            return f"holds {self._value(fact.fact, fact.has)}"
        bounds = ((fact.at_least, "at least"), (fact.at_most, "at most"))
        return "is " + " and ".join(f"{word} {bound:g}" for bound, word in bounds if bound is not None)

    def _values(self, ref: str, value: FactValue | tuple[FactValue, ...]) -> str:
        values = value if isinstance(value, tuple) else (value,)
        return " or ".join(self._value(ref, one) for one in values)

    def _value(self, ref: str, value: FactValue) -> str:
        field = self._words.facts.get(ref)
        return field.value_title(value) if field else str(value)

    def _long(self, length: Length) -> str:
        set_by = f", as set in ‘{self._words.title(length.set_by)}’" if length.set_by else ""
        if length.per_case:
            return f"set for each case{set_by}"
        if length.range:
            return f"{length.range.from_} to {length.range.to}{set_by}"
        for word, value in (("at least ", length.at_least), ("at most ", length.at_most), ("", length.fixed)):
            if value is not None:
                return f"{word}{value}{set_by}"
        return "not said"


def source(source: Source | None) -> str:
    """Where something comes from, with how sure that is; our own default is always called so."""
    if source is None:
        return "no source given"
    article = f", article {source.article}" if source.article else ""
    where = "; ".join(part for part in (f"{source.law}{article}" if source.law else "", source.document or "") if part)
    since = f", in force from {source.in_force_from}" if source.in_force_from else ""
    until = f", until {source.until}" if source.until else ""
    return f"{where or 'Caseway'}{since}{until} ({EVIDENCE[source.evidence]})"


def standing_of(clock: Clock) -> str:
    """Whether a clock is law or an internal target; what is our own default is never called law."""
    if clock.source is not None and clock.source.evidence == "D":
        return "our default"
    return "law" if clock.statutory else "internal target"


def kind_of_field(field: Field) -> str:
    """What a field takes, in words."""
    options = field.one_of or field.many_of
    if options is not None:
        lead = "one of" if field.one_of is not None else "any of"
        return f"{lead}: {'; '.join(options.values())}"
    if field.instrument:
        return f"answers to the questionnaire ‘{field.instrument.replace('_', ' ')}’"
    bounds = [
        f"from {field.lowest:g}" if field.lowest is not None else "",
        f"to {field.highest:g}" if field.highest is not None else "",
    ]
    return " ".join([str(field.type).replace("-", " or "), *(bound for bound in bounds if bound)])
