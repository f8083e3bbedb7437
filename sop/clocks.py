"""What a definition says about a clock: how long, from when, who is reminded, what follows when it is over."""

import re
from datetime import date
from typing import Any, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from sop.calendars import CalendarOf, RuleName
from sop.durations import Duration
from sop.shapes import FactValue, Name, Reference, Shape, Text

Evidence = Literal["V", "S", "K", "D"]
"""V read in the text of the law, S in the project's source documents, K known but not read again, D our default."""


REVIEW_OF_A_PAUSE = Duration(days=30)
"""Our own default: no pause goes unlooked at for longer."""


class Source(Shape):
    """Where a rule or a number comes from. Evidence D is our own default and is never shown as law."""

    law: Text | None = Field(None, description="the law")
    article: Text | None = Field(None, description="its article")
    document: Text | None = Field(None, description="the document, where it is no law")
    evidence: Evidence = Field(
        description="`V` read in the law itself, `S` in the source documents, `K` known, not read again, `D` our own default"
    )
    confidence: Literal["high", "medium", "low"] | None = Field(
        None, description="of evidence K: how sure we are of what was not read again", examples=["medium"]
    )
    in_force_from: date | None = Field(
        None, description="the first day on which it is law; not known without it", examples=["2026-07-01"]
    )
    until: date | None = Field(None, description="the last day on which it is law", examples=["2027-06-30"])

    def in_force(self, day: date) -> bool:
        """Whether it is law on this day; where no dates are known it is."""
        return (self.in_force_from is None or self.in_force_from <= day) and (self.until is None or day <= self.until)


class Length(Shape):
    """How long: exactly one of `fixed`, `at-least`, `at-most`, `range`, `per-case`; a bare duration is `fixed`.

    `per-case` may stand beside a bound: the authority must set the length, within it.
    """

    fixed: Duration | None = Field(None, description="always so long", examples=["30 days"])
    at_least: Duration | None = Field(None, description="so long, unless the authority sets more; never less")
    at_most: Duration | None = Field(
        None, description="so long, unless the authority sets less; never more", examples=["90 days"]
    )
    range: "Range | None" = Field(
        None, description="between two lengths", examples=[{"from": "30 days", "to": "90 days"}]
    )
    per_case: bool = Field(False, description="the authority sets it for each case; `set-by` names where")
    set_by: Reference | None = Field(None, description="the fact, of type duration, that sets the length of one case")

    @model_validator(mode="before")
    @classmethod
    def _shorthand(cls, value: Any) -> Any:
        return {"fixed": value} if isinstance(value, str | Duration) else value

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        kinds = [k for k in (self.fixed, self.at_least, self.at_most, self.range) if k is not None]
        if len(kinds) > 1 or not (kinds or self.per_case) or (self.fixed is not None and self.per_case):
            raise PydanticCustomError(
                "clock-length", "a length has exactly one of fixed, at-least, at-most, range, per-case"
            )
        if self.fixed is not None and self.set_by:
            raise PydanticCustomError("clock-length", "a fixed length cannot be set by a fact")
        if self.per_case and not self.set_by:
            raise PydanticCustomError("clock-length", "a length set per case names the fact that sets it in set-by")
        return self

    @property
    def usual(self) -> Duration | None:
        """The length where nobody sets one: the least that the law promises; None where it must be set."""
        if self.per_case:
            return None
        return self.fixed or self.at_least or self.at_most or (self.range.from_ if self.range else None)

    def in_words(self) -> str:
        """The kind and the length, as people say it."""
        bound = str(self.fixed) if self.fixed else ""
        if self.range:
            bound = f"{self.range.from_} to {self.range.to}"
        elif self.at_least or self.at_most:
            bound = f"at least {self.at_least}" if self.at_least else f"at most {self.at_most}"
        if not self.per_case:
            return bound
        return f"set for each case, {bound}" if bound else "set for each case"

    @property
    def floor(self) -> Duration | None:
        return self.at_least or (self.range.from_ if self.range else None)

    @property
    def ceiling(self) -> Duration | None:
        return self.at_most or (self.range.to if self.range else None)


class Range(Shape):
    """From a least to a most length."""

    from_: Duration = Field(description="the least", examples=["30 days"])
    to: Duration = Field(description="the most", examples=["90 days"])


class Review(Shape):
    """A thing that comes again: at these lengths from the anchor, then every so often, until."""

    at: tuple[Duration, ...] = Field((), description="at these lengths from the anchor")
    then_every: Duration | None = Field(None, description="and then every so often")
    until: Duration | None = Field(None, description="and no more after this")

    @model_validator(mode="before")
    @classmethod
    def _shorthand(cls, value: Any) -> Any:
        return {"then-every": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.at and not self.then_every:
            raise PydanticCustomError("clock-length", "a review says when: at, then-every, or both")
        return self

    def offset(self, occurrence: int) -> Duration | None:
        """The length from the anchor to the review with this number (from 0); None when there are no more."""
        if occurrence < len(self.at):
            return self.at[occurrence]
        if self.then_every is None:
            return None
        last = self.at[-1] if self.at else Duration()
        offset = last + self.then_every * (occurrence - len(self.at) + 1)
        if self.until and offset.approximate_days() > self.until.approximate_days():
            return None
        return offset


class Trigger(Shape):
    """What starts, meets or cancels a clock; exactly one key."""

    entering: Name | Reference | tuple[Name | Reference, ...] | None = Field(
        None, description="a state, of this SOP or `sop.state`"
    )
    done: Name | None = Field(None, description="a measure is done")
    settled: Name | None = Field(
        None, description="a measure is done, declined or not applicable", examples=["language_support"]
    )
    result: Name | None = Field(
        None, description="the activity of a measure has answered", examples=["early_risk_assessment"]
    )
    event: Name | None = Field(None, description="a life event")
    case: Literal["opened"] | None = Field(None, description="`opened`: the case is opened")
    holds: Reference | None = Field(None, description="a yes-no fact has become true, whatever made it so")

    @model_validator(mode="after")
    def _one_key(self) -> Self:
        keys = (self.entering, self.done, self.settled, self.result, self.event, self.case, self.holds)
        if len([key for key in keys if key]) != 1:
            raise PydanticCustomError(
                "clock-trigger", "a trigger has exactly one of entering, done, settled, result, event, case, holds"
            )
        return self

    @property
    def states(self) -> tuple[str, ...]:
        if self.entering is None:
            return ()
        return (self.entering,) if isinstance(self.entering, str) else self.entering


class Variant(Shape):
    """Another length where the facts say so, for example for a child; the first that matches counts."""

    when: dict[Reference, FactValue | tuple[FactValue, ...]] = Field(description="facts and their values")
    length: Length = Field(description="the length in that case")
    extend: "Extend | None" = Field(
        None,
        description="the extension in that case; otherwise that of the clock",
        examples=[{"by": ["competent_authority"], "length": "30 days"}],
    )
    source: Source | None = Field(
        None, description="where it comes from", examples=[{"law": "An invented law", "article": "7", "evidence": "K"}]
    )
    rule: Text | None = Field(None, description="the rule that it holds up", examples=["R7"])


class Extend(Shape):
    """How far the clock may be extended, by whom; only before it is over."""

    by: tuple[Name, ...] = Field(min_length=1, description="the roles that may")
    length: Duration = Field(description="by how much each time")
    at_most: int = Field(1, ge=1, le=100, description="how many times")


class Pause(Shape):
    """Who may stop the counting, and for which reasons. A paused period still protects."""

    by: tuple[Name, ...] = Field(min_length=1, description="the roles that may")
    reasons: dict[Name, Text] = Field(min_length=1, description="for which reasons")
    review_within: Duration = Field(
        REVIEW_OF_A_PAUSE,
        description="so long after it begins, at the latest, somebody is asked whether it must go on; and again each time",
        examples=["14 days"],
    )


class EndsEarly(Shape):
    """The only reasons for which a period may end early; always an authority's decision and a second person."""

    by: tuple[Name, ...] = Field(min_length=1, description="the roles that may")
    second_person: tuple[Name, ...] = Field(
        min_length=1, description="the roles of which a second person must confirm it"
    )
    reasons: dict[Name, Text] = Field(min_length=1, description="the only reasons for which it may happen")


class Reminder(Shape):
    """A reminder: so long before the end, or at a share of the whole. Written `10 days before` or `80%`."""

    before: Duration | None = Field(None, description="so long before the end", examples=["10 days"])
    share: int | None = Field(None, description="at this share of the whole, in percent", examples=[80])

    @model_validator(mode="before")
    @classmethod
    def _shorthand(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if found := re.fullmatch(r"(\d{1,2})%", value):
            return {"share": int(found[1])}
        if value.endswith(" before"):
            return {"before": value.removesuffix(" before")}
        raise PydanticCustomError("bad-reminder", "a reminder is written '10 days before' or '80%'")


class Escalation(Shape):
    """Who is told when nothing came; at once, or after some more time."""

    tell: Name = Field(description="the role that is told")
    after: Duration | None = Field(None, description="so long after the end; at once, unless said otherwise")


class Owed(Shape):
    """Who owes what a clock waits for, where those who record it are others. A bare role is short for `role`."""

    role: Name = Field(description="the role that owes it", examples=["competent_authority"])
    country: Reference | None = Field(
        None,
        description="the fact, of type country, that says in which country; then it is waited for abroad",
        examples=["request_abroad.country"],
    )

    @model_validator(mode="before")
    @classmethod
    def _shorthand(cls, value: Any) -> Any:
        return {"role": value} if isinstance(value, str) else value


class AtEnd(Shape):
    """What follows the end of a period: a task for a person, or a transition that takes nothing away."""

    asks: Name | None = Field(None, description="the measure that somebody is asked to do")
    takes: Name | None = Field(None, description="the transition that the clock takes", examples=["end_reflection"])


class Clock(Shape):
    """A clock: exactly one of `period` (protects the person), `deadline` (somebody owes), `review` (comes again)."""

    title: Text = Field(description="as people read it")
    period: Length | None = Field(None, description="how long it protects the person")
    deadline: Length | None = Field(None, description="how long somebody has")
    review: Review | None = Field(None, description="when something comes again")
    variants: tuple[Variant, ...] = Field(
        (), description="other lengths where the facts say so; the first that fits counts"
    )
    starts: tuple[Trigger, ...] = Field((), description="what starts it, one trigger or several")
    only_when: dict[Reference, FactValue | tuple[FactValue, ...]] = Field(
        default_factory=dict, description="it starts only where these facts have these values"
    )
    met_by: tuple[Trigger, ...] = Field((), description="what ends it well")
    cancelled_by: tuple[Trigger, ...] = Field((), description="what makes it pointless")
    anchor: Reference | None = Field(None, description="the fact (date or moment) of the event that it counts from")
    counting: RuleName | None = Field(
        None,
        description="the counting rule: `regulation-1182-71`, `plain` or one of `counting-rules`; without it the rule of "
        "the calendar, otherwise `regulation-1182-71`",
        examples=["plain"],
    )
    calendar_of: CalendarOf | None = Field(
        None,
        description="whose days count where that is not the authority of the case: a calendar, or the fact that names one",
        examples=["RS"],
    )
    statutory: bool = Field(False, description="law; otherwise an internal target")
    source: Source | None = Field(None, description="where its length comes from; must be there where it is statutory")
    extend: Extend | None = Field(None, description="how far it may be lengthened")
    pause: Pause | None = Field(None, description="who may stop the counting")
    ends_early: EndsEarly | None = Field(None, description="who may end a period early")
    remind: tuple[Reminder, ...] = Field((), description="when to remind: `10 days before`, or `80%` of the way")
    reminds: tuple[Name, ...] = Field(("case_manager",), description="the roles that are reminded")
    owed_by: Owed | None = Field(
        None, description="who owes what it waits for, where those who record it are others; overdue, the case waits"
    )
    when_missed: tuple[Escalation, ...] = Field((), description="who is told when nothing came")
    at_end: AtEnd | None = Field(None, description="what follows the end of a period")
    at_other_times: tuple["Clock", ...] = Field(
        (),
        description="the same clock by other law: the first whose source is in force on the day it counts from",
        examples=[[{"title": "Rest", "period": "20 days", "source": {"law": "A law", "evidence": "K"}}]],
    )
    rule: Text | None = Field(None, description="the rule that it holds up")

    @model_validator(mode="before")
    @classmethod
    def _single_triggers(cls, value: Any) -> Any:
        """One trigger may be written without a list."""
        if not isinstance(value, dict):
            return value
        keys = ("starts", "met-by", "cancelled-by")
        return {key: [inner] if key in keys and isinstance(inner, dict) else inner for key, inner in value.items()}

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if len([kind for kind in (self.period, self.deadline, self.review) if kind is not None]) != 1:
            raise PydanticCustomError("clock-kind", "a clock has exactly one of period, deadline, review")
        return self

    @property
    def kind(self) -> Literal["period", "deadline", "review"]:
        return "period" if self.period else "deadline" if self.deadline else "review"

    @property
    def laws(self) -> tuple["Clock", ...]:
        """The clock by each of its laws: its own, then those of other times."""
        return (self, *self.at_other_times)

    @property
    def takes(self) -> frozenset[str]:
        """The transitions that it takes by itself when it is over, by whichever of its laws."""
        return frozenset(law.at_end.takes for law in self.laws if law.at_end and law.at_end.takes)

    def by_law_of(self, day: date) -> "Clock":
        """The clock by the law that is in force on the day from which it counts."""
        return next((clock for clock in self.laws if clock.source is None or clock.source.in_force(day)), self)

    @property
    def length(self) -> Length:
        """The length of a period or a deadline."""
        chosen = self.period or self.deadline
        assert chosen is not None  # noqa: S101 - a review has no length; callers ask `kind` first
        return chosen


for _shape in (Length, Variant, Clock):
    _shape.model_rebuild()
