"""What a definition says: a procedure, its SOPs, their states, measures, transitions and clocks."""

from typing import Any, Literal, Self

from pydantic import Field as Key
from pydantic import model_validator

from sop.calendars import Calendar, RuleName
from sop.clocks import Clock, Source
from sop.conditions import Condition, Needs
from sop.counting import CountingRule
from sop.durations import Duration
from sop.fields import Field
from sop.instruments import Instrument
from sop.migration import Migration
from sop.rights import Right
from sop.shapes import FactValue, Name, Reference, Shape, Text

ANY = "any"
"""`from: any` is every state of the SOP that is not final."""


class State(Shape):
    """Where one SOP of one case can stand."""

    title: Text = Key(description="as people read it")
    final: bool = Key(False, description="the SOP has ended here")
    stalled_after: Duration | None = Key(None, description="so long without movement counts as stuck")


class Measure(Shape):
    """A piece of work, with What, When, Who and How; it records typed fields."""

    title: Text = Key(description="as people read it")
    code: Text | None = Key(None, description="its place in Table 2 of the guidelines' overview, e.g. ID-1")
    what: Text = Key(description="what is done")
    when: Text = Key(description="when it is done, in words; limits that count are clocks")
    who: tuple[Name, ...] = Key(min_length=1, description="the roles that may record it")
    how: tuple[Text, ...] = Key(min_length=1, description="the steps, in words")
    child: Text | None = Key(None, description="what is different for a child")
    in_: tuple[Name, ...] = Key((), description="the states of its SOP in which it can be recorded; empty: all")
    kind: Literal["required", "optional", "discretionary"] = Key(
        "optional", description="`required`, `optional` or `discretionary`; it informs, it does not block"
    )
    needs: Needs = Key((), description="what must hold before it is begun or done")
    fields: dict[Name, Field] = Key(default_factory=dict, description="what it records")
    results: dict[Name, Field] = Key(default_factory=dict, description="the facts that its activity finds out")
    activity: Literal["assess_risk"] | None = Key(
        None, description="work that the engine does by itself; `assess_risk` scores a questionnaire"
    )
    repeatable: bool = Key(False, description="it may be done again")
    valid_for: Duration | None = Key(None, description="so long what it found counts; then it must be renewed")
    declinable: bool = Key(True, description="the person may decline it")
    second_person: tuple[Name, ...] = Key((), description="the roles of which a second person confirms it")
    source: Source | None = Key(None, description="where it comes from")
    rule: Text | None = Key(None, description="the rule that it holds up")


class Transition(Shape):
    """A named move between two states of one SOP."""

    title: Text = Key(description="as people read it")
    from_: tuple[Name, ...] = Key(
        description="the state, or the states, that it leaves; `any` for every state that is not final"
    )
    to: Name = Key(description="the state to which it leads")
    by: tuple[Name, ...] = Key((), description="the roles that may take it; empty where only a clock takes it")
    needs: Needs = Key((), description="what must hold")
    starts: tuple[Name, ...] = Key((), description="the clocks of this SOP that it starts")
    reasons: dict[Name, Text] = Key(default_factory=dict, description="where given, one of them must be named")
    second_person: tuple[Name, ...] = Key((), description="the roles of which a second person must confirm it")
    source: Source | None = Key(None, description="where it comes from")
    rule: Text | None = Key(None, description="the rule that it holds up")

    @model_validator(mode="before")
    @classmethod
    def _one_state(cls, value: Any) -> Any:
        if isinstance(value, dict) and isinstance(value.get("from"), str):
            return {**value, "from": [value["from"]]}
        return value


class Opening(Shape):
    """Who may open the SOP (or open it again after its end), and what must hold."""

    by: tuple[Name, ...] = Key(min_length=1, description="the roles that may")
    needs: Needs = Key((), description="what must hold", examples=[[{"consent": "return"}]])
    rule: Text | None = Key(None, description="the rule that it holds up")


class Sop(Shape):
    """One of the SOPs of a procedure: a state machine of its own."""

    sop: Name = Key(description="its name")
    title: Text = Key(description="as people read it")
    initial: Name = Key(description="the state in which it opens")
    states: dict[Name, State] = Key(min_length=1, max_length=100, description="its states by name")
    opens: Opening | None = Key(
        None, description="who may open it, and what must hold; the SOP that opens with the case needs none"
    )
    reopens: Opening | None = Key(None, description="who may open it again after its end")
    measures: dict[Name, Measure] = Key(
        default_factory=dict,
        max_length=200,
        description="its measures by name; names of measures are unique in a procedure",
    )
    transitions: dict[Name, Transition] = Key(
        default_factory=dict, max_length=200, description="its transitions by name"
    )
    clocks: dict[Name, Clock] = Key(default_factory=dict, max_length=100, description="its clocks by name")


class Derived(Shape):
    """A fact that follows from others: true where the condition holds, false otherwise."""

    title: Text = Key(description="as people read it")
    when: Condition = Key(description="the condition; true where it holds, otherwise false")
    source: Source | None = Key(None, description="where it comes from")


class LifeEvent(Shape):
    """Something that happens to the person or to the case as a whole."""

    title: Text = Key(description="as people read it")
    by: tuple[Name, ...] = Key(min_length=1, description="the roles that may tell of it")
    needs: Needs = Key((), description="what must hold")
    sets: dict[Name, FactValue] = Key(default_factory=dict, description="facts of the case that it sets")
    targets: Literal["pause", "resume"] | None = Key(None, description="what it does to internal targets; never to law")
    reasons: dict[Name, Text] = Key(default_factory=dict, description="where given, one of them must be named")
    tells: tuple[Name, ...] = Key((), description="the roles that are told")
    closes: bool = Key(False, description="it closes the case")
    reopens: bool = Key(False, description="it opens a closed case again")
    second_person: tuple[Name, ...] = Key(
        (), description="the roles of which a second person must confirm it", examples=[["supervisor"]]
    )
    rule: Text | None = Key(None, description="the rule that it holds up", examples=["R5"])


class Rule(Shape):
    """A rule of the procedure that conditions, clocks and openings hold up."""

    title: Text = Key(description="the rule in one sentence")
    source: Source = Key(description="where it comes from")


class NeverReads(Shape):
    """Steps of these SOPs may not depend on these facts."""

    sops: tuple[Name, ...] = Key(min_length=1, description="the SOPs whose steps are meant")
    facts: tuple[Reference, ...] = Key(min_length=1, description="the facts on which they may not depend")
    because: Text = Key(description="why, in a sentence")
    rule: Text | None = Key(None, description="the rule that it holds up")


class Consents(Shape):
    """One purpose for which the person may give consent."""

    title: Text = Key(description="the purpose, as it is put to the person")
    rule: Text | None = Key(None, description="the rule that it holds up", examples=["R4"])


class Translation(Shape):
    """Titles in another language, and whether somebody who knows the field and the language has read them."""

    status: Literal["draft", "reviewed"] = Key(
        description="`reviewed` where somebody who knows the field and the language has read them"
    )
    titles: dict[str, Text] = Key(
        min_length=1,
        examples=[{"identification": "Идентификација"}],
        description="by `sop`, `sop.state`, `sop.clock`, measure, `case.fact` or `roles.role`",
    )


class Head(Shape):
    """`procedure.yaml`: what the SOPs of one procedure share."""

    procedure: Name = Key(description="the name of the procedure")
    version: Text = Key(description="in quotes, so that 1.10 stays 1.10")
    title: Text = Key(description="as people read it")
    sops: tuple[Name, ...] = Key(
        min_length=1, max_length=20, description="the SOPs, in the order in which they are shown"
    )
    starts_with: Name = Key(description="the SOP that opens with the case")
    roles: dict[Name, Text] = Key(min_length=1, description="every role by name, with its title")
    opened_by: tuple[Name, ...] = Key(min_length=1, description="the roles that may open a case")
    calendars: dict[str, Calendar] = Key(
        description="by country, or by a part of one (`ba_srp`); `default` for the others"
    )
    calendar_of: Reference | None = Key(
        None,
        description="the fact that names the calendar of the authority, where a country has several",
        examples=["case.seat"],
    )
    counting_rules: dict[RuleName, CountingRule] = Key(
        default_factory=dict,
        max_length=50,
        description="further rules by which clocks count, beside `regulation-1182-71` and `plain`",
        examples=[{"national": {"title": "A national law", "source": {"law": "A law", "evidence": "K"}}}],
    )
    facts: dict[Name, Field] = Key(
        description="what may be known at intake and be brought up to date later: fields, none of them a particular"
    )
    derived: dict[Name, Derived] = Key(default_factory=dict, description="facts that follow from others")
    consents: dict[Name, Consents] = Key(
        default_factory=dict, description="the purposes for which the person may give consent"
    )
    life_events: dict[Name, LifeEvent] = Key(
        default_factory=dict, description="what may happen to the person or to the whole case"
    )
    rules: dict[str, Rule] = Key(
        default_factory=dict,
        description="the rules that conditions, clocks and openings hold up; each must be held by something",
    )
    never_reads: tuple[NeverReads, ...] = Key((), description="what the steps of some SOPs may never depend on")
    country: str | None = Key(None, description="set by an overlay: whose adaptation this is", examples=["RS"])
    overlay: Text | None = Key(
        None, description="set by an overlay: its name and those of the profiles within it", examples=["rs"]
    )
    bodies: dict[Name, Text] = Key(
        default_factory=dict,
        description="the national bodies that hold a role",
        examples=[{"guardian": "Centre for social work"}],
    )
    texts: dict[str, Translation] = Key(
        default_factory=dict,
        description="titles by language (BCP 47)",
        examples=[{"sr": {"status": "draft", "titles": {"identification": "Идентификација"}}}],
    )
    notes: tuple[Text, ...] = Key(
        (), description="what users are told with it: on status, and on what is not sure", examples=[["Not read again"]]
    )

    @model_validator(mode="after")
    def _has_default(self) -> Self:
        if "default" not in self.calendars:
            raise ValueError("calendars has a `default` for the countries that are not listed")
        return self


class Definition(Shape):
    """A whole procedure: its head; its SOPs, instruments, rights and ways from earlier versions, by name."""

    head: Head
    sops: dict[Name, Sop]
    instruments: dict[Name, Instrument]
    rights: dict[Name, Right] = Key(default_factory=dict)
    migrations: dict[Name, Migration] = Key(default_factory=dict)

    def measure(self, name: str) -> tuple[str, Measure] | None:
        """The SOP and the measure with this name; names of measures are unique in a procedure."""
        return next(((sop.sop, sop.measures[name]) for sop in self.sops.values() if name in sop.measures), None)
