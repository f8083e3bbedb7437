"""Parts of a definition in words: what a length, a condition, a trigger or a source says to a person. No case is looked at."""

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
from sop.counting import CountingRule
from sop.durations import Duration
from sop.instruments import Item, Level
from sop.model import Definition, NeverReads, Translation
from sop.rights import Independent, Influence, Lasts, Steps
from sop.shapes import FactValue
from sop.vocabulary import Vocabulary

EVIDENCE = {
    "V": "read in the text of the law",
    "S": "from the source documents",
    "K": "known, not read again",
    "D": "our own default, not law",
}


SETTLED = "is done, declined or does not apply"


class Phrases:
    """Says parts of one definition with the titles that it gives to things.

    Without `notes` a condition is said without its own reason, remedy and rule.
    """

    def __init__(self, definition: Definition, *, notes: bool = True) -> None:
        self._words = Vocabulary(definition)
        self._roles = definition.head.roles
        self._events = {name: event.title for name, event in definition.head.life_events.items()}
        self._notes = notes

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

    def roles(self, names: Iterable[str]) -> str:
        return " or ".join(self.role(name) for name in names)

    def _with_words(self, part: c._Condition, text: str) -> str:
        if not self._notes:
            return text
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
                return f"{self.title(part.settled)} {SETTLED}"
            case c.Fact():
                return f"{self.title(part.fact)} {self._compared(part)}"
            case c.State():
                return " and ".join(self._stands(sop, states) for sop, states in part.state.items())
            case c.Consent():
                return f"the person has given consent: {self.title(f'consents.{part.consent}')}"
            case c.Running():
                return f"{self.title(part.running)} is running"
            case c.Ended():
                return f"{self.title(part.ended)} has run and is over"
        raise AssertionError(part)

    def _stands(self, sop: str, states: str | tuple[str, ...]) -> str:
        names = (states,) if isinstance(states, str) else states
        where = " or ".join("‘not open’" if n == "not_open" else self.state(f"{sop}.{n}") for n in names)
        return f"{self.title(sop)} stands at {where}"

    def _compared(self, part: c.Fact) -> str:
        said = [] if part.known is None else ["is known" if part.known else "is not known"]
        said += [] if part.is_ is None else [f"is {self._value(part.fact, part.is_)}"]
        said += [] if part.is_not is None else [f"is known and not {self._value(part.fact, part.is_not)}"]
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
                return f"it is not so that {self._inner(part.not_)}"
            case c.AnyOf():
                return "one of these: " + "; or ".join(map(self._inner, part.any_))
            case c.AllOf():
                return "all of these: " + "; and ".join(map(self._inner, part.all_))
            case c.When():
                return f"where {self.facts(part.when)}: " + "; and ".join(map(self._inner, part.then))
        raise AssertionError(part)

    def _inner(self, part: c.Condition) -> str:
        """Brackets hold together what is itself composed."""
        return f"[{self.say(part)}]" if isinstance(part, c.AnyOf | c.AllOf | c.When) else self.say(part)

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
                return self.length(part)
            case Review():
                at = " and ".join(f"after {length}" for length in part.at)
                every = f"every {part.then_every}" if part.then_every else ""
                said = ", then ".join(one for one in (at, every) if one)
                return said + (f", until {part.until} have passed" if part.until else "")
            case Variant():
                extend = f", extension {self.say(part.extend)}" if part.extend else ""
                source = f", {self.say(part.source)}" if part.source else ""
                rule = f", rule {part.rule}" if part.rule else ""
                return f"where {self.facts(part.when)}: {self.length(part.length)}{extend}{source}{rule}"
            case Trigger():
                return self.trigger(part)
            case Reminder():
                return f"{part.before} before the end" if part.before else f"at {part.share} % of the time"
        raise AssertionError(part)

    def length(self, length: Length) -> str:
        """How long, and where that is set."""
        if length.range:
            said = f"{length.range.from_} to {length.range.to}"
        elif length.per_case:
            bounds = ((length.at_least, "at least"), (length.at_most, "at most"))
            within = "".join(f", {word} {value}" for value, word in bounds if value is not None)
            said = f"set for each case{within}"
        else:
            kinds = ((length.fixed, ""), (length.at_least, "at least "), (length.at_most, "at most "))
            said = next((f"{word}{value}" for value, word in kinds if value is not None), "not said")
        return f"{said}, as set in {self.title(length.set_by)}" if length.set_by else said

    def _law(self, part: Clock) -> str:
        """A whole clock, as another law has it: everything that it says, key by key."""
        said = part.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        named = {key: getattr(part, name) for name, field in Clock.model_fields.items() if (key := field.alias or name)}
        return "; ".join(f"{key.replace('-', ' ')}: {self.say(named[key])}" for key in said)

    def trigger(self, part: Trigger, sop: str | None = None) -> str:
        """What starts, meets or cancels a clock; `sop` is whose clock it is, for states without their SOP."""
        if part.states:
            refs = [state if "." in state or sop is None else f"{sop}.{state}" for state in part.states]
            return self._reached(refs)
        if part.result:
            return f"the result of {self.title(part.result)} has come"
        for name, word in ((part.done, "is done"), (part.settled, SETTLED), (part.holds, "becomes true")):
            if name:
                return f"{self.title(name)} {word}"
        if part.event:
            return f"the event ‘{self._events.get(part.event, part.event)}’"
        return "the case is opened"

    def _reached(self, refs: list[str]) -> str:
        by_sop: dict[str, list[str]] = {}
        for ref in refs:
            by_sop.setdefault(ref.rpartition(".")[0], []).append(self.state(ref))
        said = [f"{self._words.title(sop)} reaches" if sop else "reaching" for sop in by_sop]
        return " or ".join(f"{one} {' or '.join(names)}" for one, names in zip(said, by_sop.values(), strict=True))

    def _turn(self, part: object) -> str:
        match part:
            case Extend():
                return f"{part.length} each, at most {part.at_most} times, by {self.roles(part.by)}"
            case EndsEarly():
                second = self.roles(part.second_person)
                return f"by {self.roles(part.by)}, confirmed by {second}, for: {self.say(part.reasons)}"
            case Pause():
                return f"by {self.roles(part.by)}, for: {self.say(part.reasons)}"
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
                covers = f" (listed for {part.covers.from_} to {part.covers.until})" if part.covers else ""
                rule = f", counted by {part.counting}" if part.counting else ""
                days = f"holidays {holidays}{covers}, worked days of a weekend {worked}"
                return f"zone {part.zone}, weekend {weekend}, {days}{rule}"
            case CountingRule():
                return counting(part)
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


def counting(rule: CountingRule) -> str:
    """What a counting rule says, switch by switch."""
    also = f", also {', '.join(day.isoformat() for day in rule.also_off)}" if rule.also_off else ""
    said = [
        rule.title,
        f"the day of the event is {rule.day_of_the_event.replace('-', ' ')}",
        f"the hour of the event is {rule.hour_of_the_event.replace('-', ' ')}",
        f"ends {rule.ends.replace('-', ' ')}",
        f"a last day off: {rule.last_day_off.replace('-', ' ')}",
        f"days off: {', '.join(rule.days_off) or 'none'}{also}",
        f"at least {rule.working_days_within} working days in {rule.from_a_length_of} days or more",
        f"where the last month has no such day: {rule.missing_day.replace('-', ' ')}",
        source(rule.source),
    ]
    return "; ".join(said)


def cited(part: Source | None) -> str:
    """Where something comes from, with how sure that is; our own default is always called so."""
    if part is None:
        return "no source given"
    article = f", article {part.article}" if part.article else ""
    where = "; ".join(one for one in (f"{part.law}{article}" if part.law else "", part.document or "") if one)
    since = f", in force from {part.in_force_from}" if part.in_force_from else ""
    until = f", until {part.until}" if part.until else ""
    sure = f", {part.confidence} confidence" if part.confidence else ""
    return f"{where or 'Caseway'}{since}{until} ({EVIDENCE[part.evidence]}{sure})"


def source(part: Source) -> str:
    """As `cited`, with whether it is law; our own default is never called law."""
    return f"{'law' if part.law and part.evidence != 'D' else 'source'}: {cited(part)}"
