"""What a definition says: a procedure, its SOPs, their states, measures, transitions and clocks."""

from typing import Any, Literal, Self

from pydantic import Field as Key
from pydantic import model_validator

from sop.calendars import Calendar
from sop.clocks import Clock, Source
from sop.conditions import Condition, Needs
from sop.durations import Duration
from sop.fields import Field
from sop.instruments import Instrument
from sop.shapes import FactValue, Name, Reference, Shape, Text

ANY = "any"
"""`from: any` is every state of the SOP that is not final."""


class State(Shape):
    """Where one SOP of one case can stand."""

    title: Text
    final: bool = False
    stalled_after: Duration | None = Key(None, description="so long without movement counts as stuck")


class Measure(Shape):
    """A piece of work, with What, When, Who and How; it records typed fields."""

    title: Text
    code: Text | None = Key(None, description="its place in Table 2 of the guidelines' overview, e.g. ID-1")
    what: Text
    when: Text
    who: tuple[Name, ...] = Key(min_length=1, description="the roles that may record it")
    how: tuple[Text, ...] = Key(min_length=1)
    child: Text | None = Key(None, description="what is different for a child")
    in_: tuple[Name, ...] = Key((), description="the states of its SOP in which it can be recorded; empty: all")
    kind: Literal["required", "optional", "discretionary"] = "optional"
    needs: Needs = ()
    fields: dict[Name, Field] = Key(default_factory=dict)
    results: dict[Name, Field] = Key(default_factory=dict, description="the facts that its activity finds out")
    activity: Literal["assess_risk"] | None = None
    repeatable: bool = False
    valid_for: Duration | None = Key(None, description="so long what it found counts; then it must be renewed")
    declinable: bool = Key(True, description="the person may decline it")
    second_person: tuple[Name, ...] = Key((), description="the roles of which a second person confirms it")
    source: Source | None = None
    rule: Text | None = None


class Transition(Shape):
    """A named move between two states of one SOP."""

    title: Text
    from_: tuple[Name, ...]
    to: Name
    by: tuple[Name, ...] = Key((), description="the roles that may take it; empty where only a clock takes it")
    needs: Needs = ()
    starts: tuple[Name, ...] = Key((), description="the clocks of this SOP that it starts")
    reasons: dict[Name, Text] = Key(default_factory=dict, description="where given, one of them must be named")
    second_person: tuple[Name, ...] = ()
    source: Source | None = None
    rule: Text | None = None

    @model_validator(mode="before")
    @classmethod
    def _one_state(cls, value: Any) -> Any:
        if isinstance(value, dict) and isinstance(value.get("from"), str):
            return {**value, "from": [value["from"]]}
        return value


class Opening(Shape):
    """Who may open the SOP (or open it again after its end), and what must hold."""

    by: tuple[Name, ...] = Key(min_length=1)
    needs: Needs = ()
    rule: Text | None = None


class Sop(Shape):
    """One of the SOPs of a procedure: a state machine of its own."""

    sop: Name
    title: Text
    initial: Name
    states: dict[Name, State] = Key(min_length=1, max_length=100)
    opens: Opening | None = None
    reopens: Opening | None = None
    measures: dict[Name, Measure] = Key(default_factory=dict, max_length=200)
    transitions: dict[Name, Transition] = Key(default_factory=dict, max_length=200)
    clocks: dict[Name, Clock] = Key(default_factory=dict, max_length=100)


class Derived(Shape):
    """A fact that follows from others: true where the condition holds, false otherwise."""

    title: Text
    when: Condition
    source: Source | None = None


class LifeEvent(Shape):
    """Something that happens to the person or to the case as a whole."""

    title: Text
    by: tuple[Name, ...] = Key(min_length=1)
    needs: Needs = ()
    sets: dict[Name, FactValue] = Key(default_factory=dict, description="facts of the case that it sets")
    targets: Literal["pause", "resume"] | None = Key(None, description="what it does to internal targets; never to law")
    reasons: dict[Name, Text] = Key(default_factory=dict)
    tells: tuple[Name, ...] = ()
    closes: bool = False
    reopens: bool = False
    second_person: tuple[Name, ...] = ()
    rule: Text | None = None


class Rule(Shape):
    """A rule of the procedure that conditions, clocks and openings hold up."""

    title: Text
    source: Source


class NeverReads(Shape):
    """Steps of these SOPs may not depend on these facts."""

    sops: tuple[Name, ...] = Key(min_length=1)
    facts: tuple[Reference, ...] = Key(min_length=1)
    because: Text
    rule: Text | None = None


class Consents(Shape):
    """One purpose for which the person may give consent."""

    title: Text
    rule: Text | None = None


class Translation(Shape):
    """Titles in another language, and whether somebody who knows the field and the language has read them."""

    status: Literal["draft", "reviewed"]
    titles: dict[str, Text] = Key(
        min_length=1, description="by `sop`, `sop.state`, `sop.clock`, measure, `case.fact` or `roles.role`"
    )


class Head(Shape):
    """`procedure.yaml`: what the SOPs of one procedure share."""

    procedure: Name
    version: Text = Key(description="in quotes, so that 1.10 stays 1.10")
    title: Text
    sops: tuple[Name, ...] = Key(min_length=1, max_length=20)
    starts_with: Name = Key(description="the SOP that opens with the case")
    roles: dict[Name, Text] = Key(min_length=1)
    opened_by: tuple[Name, ...] = Key(min_length=1, description="the roles that may open a case")
    calendars: dict[str, Calendar] = Key(description="by country; `default` for the others")
    facts: dict[Name, Field]
    derived: dict[Name, Derived] = Key(default_factory=dict)
    consents: dict[Name, Consents] = Key(default_factory=dict)
    life_events: dict[Name, LifeEvent] = Key(default_factory=dict)
    rules: dict[str, Rule] = Key(default_factory=dict)
    never_reads: tuple[NeverReads, ...] = ()
    country: str | None = Key(None, description="set by an overlay: whose adaptation this is")
    overlay: Text | None = Key(None, description="set by an overlay: its name and those of the profiles within it")
    bodies: dict[Name, Text] = Key(default_factory=dict, description="the national bodies that hold a role")
    texts: dict[str, Translation] = Key(default_factory=dict, description="titles by language (BCP 47)")
    notes: tuple[Text, ...] = Key((), description="what users are told with it: on status, and on what is not sure")

    @model_validator(mode="after")
    def _has_default(self) -> Self:
        if "default" not in self.calendars:
            raise ValueError("calendars has a `default` for the countries that are not listed")
        return self


class Definition(Shape):
    """A whole procedure: its head, its SOPs by name and its instruments by name."""

    head: Head
    sops: dict[Name, Sop]
    instruments: dict[Name, Instrument]

    def measure(self, name: str) -> tuple[str, Measure] | None:
        """The SOP and the measure with this name; names of measures are unique in a procedure."""
        return next(((sop.sop, sop.measures[name]) for sop in self.sops.values() if name in sop.measures), None)
