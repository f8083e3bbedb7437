"""What a national adaptation or a profile says: how it changes the base, and by which law."""

import re
from datetime import date
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from sop.calendars import CalendarOf, Covers, RuleName, Weekend, Zone
from sop.clocks import Clock, EndsEarly, Extend, Length, Reminder, Source, Trigger, Variant
from sop.conditions import Needs
from sop.counting import CountingRule
from sop.durations import Duration
from sop.fields import Field as Asked
from sop.model import Consents, Measure, Rule, Translation
from sop.shapes import Name, Reference, Shape, Text

NONE = "none"
"""`extend: none` takes the extension of the base away."""


class NotFor(Shape):
    """Whom a clock is not for, and the measure that takes its place: it is asked by every step that would start it."""

    fact: Reference = Field(description="a yes-no fact; where it is true the clock does not count")
    instead: Name = Field(description="the measure that protects instead")
    because: Text = Field(description="why, in a sentence for the case manager")


class ClockChange(Shape):
    """What one law says about a clock of the base; whatever it does not name stays as it is there."""

    period: Length | None = Field(None, description="its length, for a period")
    deadline: Length | None = Field(None, description="its length, for a deadline")
    variants: tuple[Variant, ...] | None = Field(None, description="other lengths where the facts say so, for a child")
    anchor: Reference | None = Field(None, description="the fact that it counts from")
    counting: RuleName | None = Field(None, description="the counting rule of this law", examples=["plain"])
    calendar_of: CalendarOf | None = Field(
        None, description="whose days count, where that is not the authority of the case", examples=["RS"]
    )
    starts: tuple[Trigger, ...] = Field((), description="what starts it too")
    not_for: NotFor | None = Field(None, description="whom it is not for, and what protects them instead")
    extend: Extend | Literal["none"] | None = Field(None, description="how it may be extended; `none` takes it away")
    ends_early: EndsEarly | None = Field(None, description="the reasons of the base that this law knows")
    remind: tuple[Reminder, ...] | None = Field(
        None, description="when somebody is reminded", examples=[["10 days before"]]
    )
    statutory: Literal[True] | None = Field(
        None, description="it is law; what is law in the base stays law", examples=[True]
    )
    source: Source = Field(description="the law, its evidence, and the days from and until which it is in force")


class StateChange(Shape):
    """What is different about a state."""

    title: Text | None = Field(None, description="as people read it", examples=["Recovery and reflection"])
    stalled_after: Duration | None = Field(None, description="so long without movement counts as stuck")


class MeasureChange(Shape):
    """What is different about a measure; lists and fields are added to those of the base."""

    title: Text | None = Field(None, description="as people read it", examples=["Early risk assessment"])
    what: Text | None = Field(None, description="what is done", examples=["Immediate danger"])
    when: Text | None = Field(None, description="when it is done", examples=["At the first contact"])
    child: Text | None = Field(None, description="what is different for a child", examples=["Assess as a team"])
    who: tuple[Name, ...] = Field((), description="further roles that may record it")
    how: tuple[Text, ...] = Field((), description="further steps")
    needs: Needs = Field((), description="what must hold too")
    fields: dict[Name, Asked] = Field(default_factory=dict, description="further fields")
    drops: tuple[Name, ...] = Field(
        (), description="fields of the base that are not asked here", examples=[["origin_skype"]]
    )
    source: Source | None = Field(None, description="where it comes from")


class TransitionChange(Shape):
    """What is different about a transition; roles and conditions are added to those of the base."""

    title: Text | None = Field(None, description="as people read it", examples=["Grant reflection"])
    by: tuple[Name, ...] = Field((), description="further roles that may take it")
    needs: Needs = Field((), description="what must hold too", examples=[[{"done": "early_risk_assessment"}]])
    source: Source | None = Field(
        None, description="where it comes from", examples=[{"law": "An invented law", "evidence": "K"}]
    )


class Added(Shape):
    """What the base does not have. Measures and clocks are named with their SOP, `sop.name`."""

    roles: dict[Name, Text] = Field(default_factory=dict, description="roles and how people call them")
    facts: dict[Name, Asked] = Field(default_factory=dict, description="facts of the case")
    consents: dict[Name, Consents] = Field(
        default_factory=dict,
        description="purposes of consent",
        examples=[{"photographs": {"title": "To be photographed"}}],
    )
    rules: dict[str, Rule] = Field(
        default_factory=dict,
        description="rules with their source",
        examples=[{"N1": {"title": "A national rule", "source": {"law": "An invented law", "evidence": "K"}}}],
    )
    measures: dict[Reference, Measure] = Field(default_factory=dict, description="measures")
    clocks: dict[Reference, Clock] = Field(default_factory=dict, description="clocks")


class Dropped(Shape):
    """What of the base is left out: only what no rule and no other part needs."""

    measures: tuple[Name, ...] = Field((), description="measures", examples=[["trial_support"]])
    clocks: tuple[Reference, ...] = Field((), description="internal targets", examples=[["identification.answer_due"]])


class Correction(Shape):
    """What is put right by hand in the days that the `holidays` package lists, with its source."""

    adds: dict[str, tuple[date, ...]] = Field(
        default_factory=dict,
        description="holidays that the package does not know, by name",
        examples=[{"Independence Day": ["2027-08-24"]}],
    )
    drops: dict[str, tuple[date, ...]] = Field(
        default_factory=dict,
        description="days that the package lists and that are worked, by its name for them",
        examples=[{"Europe Day": ["2027-05-09"]}],
    )
    source: Source = Field(
        description="who says so", examples=[{"document": "Council of Ministers, decision", "evidence": "K"}]
    )


_CORRECTION = [{"adds": {"A day": ["2026-05-09"]}, "source": {"law": "A law", "evidence": "K"}}]


class CalendarPart(Shape):
    """A part of the country, of its land or of its people, with the days that are different there."""

    title: Text = Field(description="as people read it", examples=["Republika Srpska"])
    zone: Zone | None = Field(None, description="its time zone, where it has another", examples=["Atlantic/Canary"])
    holidays: dict[str, tuple[date, ...]] = Field(
        default_factory=dict, description="holidays beside those of the country", examples=[{"A day": ["2026-01-09"]}]
    )
    without: tuple[str, ...] = Field(
        (), description="holidays of the country, by name, that are worked here", examples=[["Whit Monday"]]
    )
    corrections: tuple[Correction, ...] = Field((), description="what was put right by hand", examples=[_CORRECTION])
    source: Source = Field(description="who lists them", examples=[{"document": "A list", "evidence": "K"}])


class NationalCalendar(Shape):
    """The zone, the weekend and the public holidays of the country and of its parts, in plain dates."""

    zone: Zone = Field(description="IANA time zone, for example Europe/Belgrade")
    weekend: Weekend = Field(
        ("saturday", "sunday"), description="days on which nobody works", examples=[["friday", "saturday"]]
    )
    holidays: dict[str, tuple[date, ...]] = Field(
        default_factory=dict, description="the name of each holiday and its dates, year by year"
    )
    working_days: dict[str, tuple[date, ...]] = Field(
        default_factory=dict,
        description="days that are worked although they fall on a weekend, by the reason",
        examples=[{"moved": ["2026-05-02"]}],
    )
    covers: Covers | None = Field(None, description="the years of which the holidays are listed")
    counting: RuleName | None = Field(
        None,
        description="the counting rule of the country's authorities, where a clock names none",
        examples=["regulation-1182-71"],
    )
    parts: dict[Name, CalendarPart] = Field(
        default_factory=dict, max_length=60, description="calendars of parts of the country: `ba_srp`, `me_orthodox`"
    )
    chosen_by: Reference | None = Field(
        None, description="the fact of the case that names the part", examples=["case.seat"]
    )
    corrections: tuple[Correction, ...] = Field((), description="what was put right by hand", examples=[_CORRECTION])
    source: Source = Field(description="who lists them")


class Overlay(Shape):
    """`overlays/<country>.yaml` or `profiles/<name>.yaml`: an adaptation of the base."""

    overlay: Name = Field(description="its name: that of the file; for a country its code in lower case")
    version: Text = Field(description="in quotes; raised with every change")
    title: Text = Field(description="the country, or what the profile is for")
    country: str | None = Field(None, description="ISO 3166-1 alpha-2, or XK; a profile has none")
    with_: tuple[Name, ...] = Field((), description="profiles that are applied first")
    from_: date | None = Field(None, description="of a contingency: its first day")
    until: date | None = Field(None, description="of a contingency: its last day")
    keeps: tuple[Name, ...] = Field((), description="of a contingency: the measures of the minimum service package")
    notes: tuple[Text, ...] = Field((), description="what users are told with it, for example on status")
    unsure: tuple[Text, ...] = Field((), description="what nobody has checked yet; shown to users as not sure")
    calendar: NationalCalendar | None = Field(None, description="of a country: its zone and holidays")
    counting_rules: dict[RuleName, CountingRule] = Field(
        default_factory=dict,
        max_length=50,
        description="how the country's laws count, where not as Regulation 1182/71 does",
        examples=[{"national": {"title": "A national law", "source": {"law": "A law", "evidence": "K"}}}],
    )
    bodies: dict[Name, Text] = Field(default_factory=dict, description="the bodies that hold a role; never persons")
    clocks: dict[Reference, tuple[ClockChange, ...]] = Field(
        default_factory=dict, description="clocks of the base, each with its law; several laws by their dates"
    )
    states: dict[Reference, StateChange] = Field(default_factory=dict, description="states of the base, `sop.state`")
    measures: dict[Name, MeasureChange] = Field(default_factory=dict, description="measures of the base")
    transitions: dict[Reference, TransitionChange] = Field(
        default_factory=dict, description="transitions of the base, `sop.name`"
    )
    adds: Added = Field(Added(), description="what the base does not have")
    drops: Dropped = Field(Dropped(), description="what is left out", examples=[{"measures": ["trial_support"]}])
    texts: dict[str, Translation] = Field(default_factory=dict, description="titles by language (BCP 47)")

    @field_validator("country")
    @classmethod
    def _is_country(cls, country: str | None) -> str | None:
        if country is not None and not re.fullmatch("[A-Z]{2}", country):
            raise PydanticCustomError("bad-country", "a country is two capital letters, for example RS, or XK")
        return country

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if bool(self.country) != bool(self.calendar):
            raise PydanticCustomError(
                "overlay-calendar", "an overlay with a country has a calendar, a profile has none"
            )
        if self.keeps and not (self.from_ and self.until and self.from_ <= self.until):
            raise PydanticCustomError(
                "overlay-dates", "a contingency that keeps a minimum package lies between two days, `from` and `until`"
            )
        return self
