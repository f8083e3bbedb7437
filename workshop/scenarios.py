"""Stories that test a procedure: what is given, what people do as time passes, what must then be so."""

from datetime import datetime

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from sop.durations import Duration
from sop.shapes import FactValue, Name, Reference, Shape, Text

VERBS = (
    "take", "record", "consent", "withdraw", "event", "facts", "extend", "pause", "resume", "end", "correct",
    "confirm", "offer", "take_over", "reassign", "after", "expect",
)  # fmt: skip


class Given(Shape):
    """How the case begins: where, when, who opens it, what is known."""

    country: str = Field(pattern="^[A-Z]{2}$", description="where the case is kept")
    at: datetime = Field(description="the moment, with its offset")
    as_: Name | None = Field(None, description="the role that opens the case")
    facts: dict[Name, FactValue] = Field(default_factory=dict, description="what is known")
    particulars: dict[str, str] = Field(
        default_factory=dict, description="invented, never a real person's", examples=[{"called": "Testperson Eins"}]
    )


class Expect(Shape):
    """What must be so at this point of the story."""

    states: dict[Name, Name] = Field(default_factory=dict, description="`not_open` where the SOP was never opened")
    clocks: dict[Reference, Name] = Field(
        default_factory=dict, description="running, paused, met, expired, ended, cancelled"
    )
    overdue: tuple[Reference, ...] = Field((), description="clocks that are overdue; others are not looked at")
    due: dict[Reference, datetime] = Field(default_factory=dict, description="when clocks are due")
    facts: dict[Reference, FactValue | None] = Field(default_factory=dict, description="what is known")
    measures: dict[Name, Name] = Field(default_factory=dict, description="the status of the latest instance")
    open: tuple[str, ...] = Field((), description="steps that are possible: `sop.transition` or a measure")
    blocked: tuple[str, ...] = Field((), description="steps that are not yet possible", examples=[["return.depart"]])
    told: tuple[Name, ...] = Field((), description="roles that were told something since the last `told`")
    closed: bool | None = Field(None, description="whether the case is closed")


class ScenarioStep(Shape):
    """One step: exactly one verb, and what goes with it. `refused` lists all reason codes where it must be refused."""

    take: Reference | None = Field(None, description="a transition, `sop.name`")
    record: Name | None = Field(None, description="a measure")
    consent: Name | None = Field(None, description="the person gives consent for this purpose")
    withdraw: Name | None = Field(None, description="the person withdraws it")
    event: Name | None = Field(None, description="a life event is told")
    facts: dict[Name, FactValue] | None = Field(None, description="facts of the case become known")
    extend: Reference | None = Field(None, description="a clock is lengthened")
    pause: Reference | None = Field(None, description="a clock is paused")
    resume: Reference | None = Field(None, description="a paused clock counts again")
    end: Reference | None = Field(None, description="a period is ended early")
    correct: Reference | None = Field(None, description="the anchor of a clock is set right")
    confirm: bool | None = Field(None, description="a second person confirms the step that waits")
    offer: Name | None = Field(None, description="the role to whose holder the case is offered")
    take_over: bool | None = Field(None, description="the offered case is taken over")
    reassign: Name | None = Field(
        None, description="a supervisor gives the case to the holder of this role", examples=["guardian"]
    )
    after: Duration | None = Field(None, description="time passes; clocks act on its way")
    expect: Expect | None = Field(None, description="what must be so now")

    as_: Name | None = Field(None, description="the role that acts; without it the first that may")
    status: Name | None = Field(None, description="of a measure; `done` without it")
    fields: dict[Name, object] = Field(default_factory=dict, description="what the measure records")
    reason: Name | None = Field(None, description="the reason, where one is asked for")
    anchor: datetime | None = Field(None, description="the right moment, for `correct`")
    refused: tuple[str, ...] | None = Field(
        None, description="the step must be refused with exactly these reason codes"
    )
    rules: tuple[str, ...] = Field((), description="rules that the refusal must name")

    @model_validator(mode="after")
    def _one_verb(self) -> "ScenarioStep":
        if len([verb for verb in VERBS if getattr(self, verb) is not None]) != 1:
            raise PydanticCustomError("scenario-step", "a step has exactly one verb: " + ", ".join(VERBS))
        return self

    @property
    def verb(self) -> str:
        return next(verb for verb in VERBS if getattr(self, verb) is not None)


class Scenario(Shape):
    """A file of `scenarios/`."""

    scenario: Text = Field(description="its title")
    story: Text = Field(description="what happens, in a few sentences")
    given: Given = Field(description="how the case begins")
    steps: tuple[ScenarioStep, ...] = Field(min_length=1, description="what people do, and what must come of it")
