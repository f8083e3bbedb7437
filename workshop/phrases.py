"""Parts of a definition in words: what a length, a condition, a trigger or a source says, so that a person can compare."""

from collections.abc import Iterable, Mapping

from sop import conditions as c
from sop.calendars import Calendar
from sop.clocks import (
    AtEnd,
    Clock,
    EndsEarly,
    Escalation,
    Extend,
    Length,
    Owed,
    Pause,
    Reminder,
    Review,
    Source,
    Trigger,
    Variant,
)
from sop.durations import Duration
from sop.instruments import Item, Level
from sop.model import NeverReads, Translation
from sop.rights import Independent, Influence, Lasts, Steps
from sop.shapes import FactValue
from sop.vocabulary import Vocabulary

EVIDENCE = {
    "V": "read in the text of the law",
    "S": "from the source documents",
    "K": "known, not read again",
    "D": "our own default, no law",
}


class Phrases:
    """Says parts of one definition with the titles that it gives to things."""

    def __init__(self, words: Vocabulary, roles: Mapping[str, str]) -> None:
        self._words = words
        self._roles = roles

    def say(self, part: object) -> str:
        """Any part in words; what is not there is `nothing`."""
        match part:
            case None | () | {} | "":
                return "nothing"
            case bool():
                return "yes" if part else "no"
            case str() | int() | float() | Duration():
                return str(part)
            case tuple():
                return "; ".join(self.say(one) for one in part)
            case dict():
                return "; ".join(f"{key}: {self.say(value)}" for key, value in part.items())
            case c.Done() | c.Settled() | c.Fact() | c.State() | c.Consent() | c.Running() | c.Ended():
                return self._with_words(part, self._simple(part))
            case c.Not() | c.AnyOf() | c.AllOf() | c.When():
                return self._with_words(part, self._composed(part))
            case Length() | Review() | Variant() | Trigger() | Reminder():
                return self._time(part)
            case Extend() | Pause() | EndsEarly() | Escalation() | AtEnd() | Owed():
                return self._turn(part)
            case Steps() | Lasts() | Independent() | Influence():
                return self._right(part)
            case _:
                return self._other(part)

    def role(self, name: str) -> str:
        return self._roles.get(name, name)

    def title(self, ref: str) -> str:
        return f"‘{self._words.title(ref)}’"

    def state(self, ref: str) -> str:
        return f"‘{self._words.states.get(ref, ref)}’"

    def _roles_of(self, names: Iterable[str]) -> str:
        return " or ".join(self.role(name) for name in names)

    def _with_words(self, part: c._Condition, text: str) -> str:
        extra = [f"because {part.because}" if part.because else "", f"remedy: {part.remedy}" if part.remedy else ""]
        extra.append(f"rule {part.rule}" if part.rule else "")
        said = "; ".join(one for one in extra if one)
        return f"{text} ({said})" if said else text

    def _simple(self, part: c._Condition) -> str:
        match part:
            case c.Done():
                names = (part.done,) if isinstance(part.done, str) else part.done
                return " and ".join(f"{self.title(name)} is done" for name in names)
            case c.Settled():
                return f"{self.title(part.settled)} was offered"
            case c.Fact():
                return f"{self.title(part.fact)} {self._compared(part)}"
            case c.State():
                return " and ".join(self._stands(sop, states) for sop, states in part.state.items())
            case c.Consent():
                return f"the person consents: {self.title(f'consents.{part.consent}')}"
            case c.Running():
                return f"{self.title(part.running)} is running"
            case c.Ended():
                return f"{self.title(part.ended)} is over"
        raise AssertionError(part)

    def _stands(self, sop: str, states: str | tuple[str, ...]) -> str:
        names = (states,) if isinstance(states, str) else states
        where = " or ".join("‘not opened’" if n == "not_open" else self.state(f"{sop}.{n}") for n in names)
        return f"{self.title(sop)} stands at {where}"

    def _compared(self, part: c.Fact) -> str:
        said = [] if part.known is None else ["is known" if part.known else "is not known"]
        said += [] if part.is_ is None else [f"is {self._value(part.fact, part.is_)}"]
        said += [] if part.is_not is None else [f"is not {self._value(part.fact, part.is_not)}"]
        said += [] if part.in_ is None else ["is " + " or ".join(self._value(part.fact, value) for value in part.in_)]
        said += [] if part.has is None else [f"includes {self._value(part.fact, part.has)}"]
        said += [] if part.at_least is None else [f"is at least {part.at_least:g}"]
        said += [] if part.at_most is None else [f"is at most {part.at_most:g}"]
        return " and ".join(said) or "is there"

    def _value(self, ref: str, value: FactValue) -> str:
        field = self._words.facts.get(ref)
        return field.value_title(value) if field else str(value)

    def _composed(self, part: c._Condition) -> str:
        match part:
            case c.Not():
                return f"not: {self.say(part.not_)}"
            case c.AnyOf():
                return "one of these: " + " or ".join(f"[{self.say(one)}]" for one in part.any_)
            case c.AllOf():
                return "all of these: " + " and ".join(f"[{self.say(one)}]" for one in part.all_)
            case c.When():
                return f"where {self.facts(part.when)}: " + " and ".join(self.say(one) for one in part.then)
        raise AssertionError(part)

    def facts(self, values: Mapping[str, FactValue | tuple[FactValue, ...]]) -> str:
        """Facts and the values that they must have."""
        said = []
        for ref, value in values.items():
            several = value if isinstance(value, tuple) else (value,)
            said.append(f"{self.title(ref)} is {' or '.join(self._value(ref, one) for one in several)}")
        return " and ".join(said) or "nothing"

    def _time(self, part: object) -> str:
        match part:
            case Length():
                return self._length(part)
            case Review():
                said = [f"at {', '.join(map(str, part.at))}"] if part.at else []
                said += [f"every {part.then_every}"] if part.then_every else []
                said += [f"until {part.until}"] if part.until else []
                return ", then ".join(said)
            case Variant():
                extend = f", extension {self.say(part.extend)}" if part.extend else ""
                source = f", {self.say(part.source)}" if part.source else ""
                rule = f", rule {part.rule}" if part.rule else ""
                return f"where {self.facts(part.when)}: {self._length(part.length)}{extend}{source}{rule}"
            case Trigger():
                return self._trigger(part)
            case Reminder():
                return f"{part.before} before the end" if part.before else f"at {part.share} % of the time"
        raise AssertionError(part)

    def _length(self, length: Length) -> str:
        if length.range:
            said = f"from {length.range.from_} to {length.range.to}"
        elif length.per_case:
            said = "as set for the case"
        else:
            kinds = ((length.fixed, ""), (length.at_least, "at least "), (length.at_most, "at most "))
            said = next((f"{word}{value}" for value, word in kinds if value is not None), "")
        return f"{said}, set by {self.title(length.set_by)}" if length.set_by else said

    def _law(self, part: Clock) -> str:
        """A whole clock, as another law has it: everything that it says, key by key."""
        said = part.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        named = {key: getattr(part, name) for name, field in Clock.model_fields.items() if (key := field.alias or name)}
        return "; ".join(f"{key.replace('-', ' ')}: {self.say(named[key])}" for key in said)

    def _trigger(self, part: Trigger) -> str:
        if part.states:
            return "reaching " + " or ".join(self.state(state) for state in part.states)
        said = (
            (part.done, "is done"), (part.settled, "was offered"), (part.result, "has its result"), (part.holds, "is so"),
        )  # fmt: skip
        for name, word in said:
            if name:
                return f"{self.title(name)} {word}"
        return f"the event ‘{part.event}’" if part.event else "the case is opened"

    def _turn(self, part: object) -> str:
        match part:
            case Extend():
                return f"{part.length} each, at most {part.at_most} times, by {self._roles_of(part.by)}"
            case EndsEarly():
                second = self._roles_of(part.second_person)
                return f"by {self._roles_of(part.by)}, confirmed by {second}, for: {self.say(part.reasons)}"
            case Pause():
                return f"by {self._roles_of(part.by)}, for: {self.say(part.reasons)}"
            case Escalation():
                return f"{self.role(part.tell)}" + (f", {part.after} later" if part.after else ", at once")
            case Owed():
                return self.role(part.role) + (f", in {self.title(part.country)}" if part.country else "")
            case AtEnd():
                asks = f"somebody is asked for {self.title(part.asks)}" if part.asks else ""
                takes = f"the step ‘{part.takes}’ follows" if part.takes else ""
                return " and ".join(one for one in (asks, takes) if one) or "nothing"
        raise AssertionError(part)

    def _right(self, part: object) -> str:
        match part:
            case Steps():
                said = [f"reaching {self.state(state)}" for state in part.entering]
                said += [f"doing {self.title(name)}" for name in part.doing]
                return " or ".join([*said, *(f"the event ‘{name}’" for name in part.telling)])
            case Lasts():
                early = f", earlier only for {', '.join(part.ends_early_for)}" if part.ends_early_for else ""
                return f"{self.title(part.clock)} lasts at least {part.at_least}{early}"
            case Independent():
                steps = [*(f"every step of {self.title(sop)}" for sop in part.sops), *part.steps]
                return f"{', '.join(steps)} depend on none of: {self._right(part.of)}"
            case Influence():
                named = (*part.facts, *part.measures, *part.clocks)
                said = [*map(self.title, named), *(self.title(f"consents.{name}") for name in part.consents)]
                return ", ".join([*said, *(f"where {self.title(sop)} stands" for sop in part.standing_of)])
        raise AssertionError(part)

    def _other(self, part: object) -> str:
        match part:
            case Source():
                return source(part)
            case Calendar():
                holidays = ", ".join(day.isoformat() for day in part.holidays) or "none"
                worked = ", ".join(day.isoformat() for day in part.working_days) or "none"
                weekend = ", ".join(part.weekend)
                return f"zone {part.zone}, weekend {weekend}, holidays {holidays}, worked days of a weekend {worked}"
            case Translation():
                return f"{part.status}, {self.say(part.titles)}"
            case Clock():
                return self._law(part)
            case NeverReads():
                rule = f" (rule {part.rule})" if part.rule else ""
                facts = ", ".join(self.title(ref) for ref in part.facts)
                return f"{', '.join(map(self.title, part.sops))} never read {facts}: {part.because}{rule}"
            case Item():
                return f"{part.ask} ({part.weight})"
            case Level():
                bars = {"critical": part.critical, "major": part.major, "points": part.points}
                said = ", ".join(f"{value:g} {word}" for word, value in bars.items() if value is not None)
                return f"{part.level} ({said or 'otherwise'})"
        raise TypeError(f"no words for {type(part).__name__}")


def source(part: Source) -> str:
    """Where something comes from; our own default is never called law."""
    kind = "law" if part.law and part.evidence != "D" else "source"
    name = " ".join(one for one in (part.law, part.article, part.document) if one)
    sure = f", {part.confidence} confidence" if part.confidence else ""
    since = f", in force from {part.in_force_from}" if part.in_force_from else ""
    until = f", until {part.until}" if part.until else ""
    return f"{kind}: {name} ({EVIDENCE.get(part.evidence, part.evidence)}{sure}{since}{until})"
