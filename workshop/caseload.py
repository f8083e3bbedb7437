"""The settings of a simulation: who comes, who works, how long things take, what people decide; all of it assumed."""

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from sop.durations import Duration
from sop.shapes import FactValue, Name, Reference, Shape, Text
from workshop import chance


class Lognormal(Shape):
    """Half of the times are below the median, nine of ten below `p90`."""

    median: Duration = Field(description="half are shorter")
    p90: Duration = Field(description="nine of ten are shorter")


class Triangular(Shape):
    """Never less than `least`, never more than `most`, most often near `likely`."""

    least: Duration = Field(description="never shorter", examples=["1 day"])
    likely: Duration = Field(description="most often about so long", examples=["3 days"])
    most: Duration = Field(description="never longer", examples=["10 days"])


class Spread(Shape):
    """How long something takes: exactly one of `fixed`, `exponential`, `lognormal`, `triangular`; alone it is fixed."""

    fixed: Duration | None = Field(None, description="always so long", examples=["2 hours"])
    exponential: Duration | None = Field(None, description="the mean; between arrivals it makes a Poisson stream")
    lognormal: Lognormal | None = Field(None, description="most near the median, some very long")
    triangular: Triangular | None = Field(
        None,
        description="between two bounds",
        examples=[{"least": "1 day", "likely": "3 days", "most": "10 days"}],
    )

    @model_validator(mode="before")
    @classmethod
    def _shorthand(cls, value: Any) -> Any:
        return {"fixed": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        kinds = [kind for kind in (self.fixed, self.exponential, self.lognormal, self.triangular) if kind is not None]
        if len(kinds) != 1:
            raise PydanticCustomError(
                "bad-spread", "write exactly one of fixed, exponential, lognormal, triangular, or a duration alone"
            )
        if self.lognormal and seconds(self.lognormal.p90) <= seconds(self.lognormal.median):
            raise PydanticCustomError("bad-spread", "the p90 has to be longer than the median")
        if (triangle := self.triangular) is not None:
            corners = (seconds(triangle.least), seconds(triangle.likely), seconds(triangle.most))
            if list(corners) != sorted(corners) or corners[0] == corners[2]:
                raise PydanticCustomError("bad-spread", "least, likely and most come in this order")
        return self

    def sampler(self) -> chance.Sampler:
        if self.lognormal:
            return chance.lognormal(seconds(self.lognormal.median), seconds(self.lognormal.p90))
        if self.triangular:
            triangle = self.triangular
            return chance.triangular(seconds(triangle.least), seconds(triangle.likely), seconds(triangle.most))
        if self.exponential:
            return chance.exponential(seconds(self.exponential))
        assert self.fixed is not None  # noqa: S101 - one of the four is there
        return chance.fixed(seconds(self.fixed))


def seconds(length: Duration) -> float:
    """A length of the assumptions, in seconds: a month counts 30 days, a working day 7/5 of a day."""
    return length.approximate_days() * 86400


class Staff(Shape):
    """The people who hold one role."""

    people: int = Field(ge=1, le=10_000, description="how many there are")
    hours: float = Field(gt=0, le=24, description="hours for work on cases, on each working day, of each person")
    takes: Spread | None = Field(None, description="working time of one step, where the step says nothing")


Percent = Annotated[float, Field(ge=0, le=100)]
Weight = Annotated[float, Field(ge=0, le=1e6)]


class StepPlan(Shape):
    """What is assumed about one step: a transition `sop.name`, a measure, or a consent `consent.purpose`."""

    by: Name | None = Field(None, description="the role that does it; otherwise the first that may and has staff")
    takes: Spread | None = Field(None, description="working time of a role with staff; elapsed time of any other")
    after: Spread | None = Field(None, description="it is not begun sooner than so long after it is first wanted")
    early: bool = Field(True, description="what the transition needs is worked on before its own time has come")
    again: Spread | None = Field(None, description="done anew after so long where it found what the next step forbids")
    share: float | None = Field(None, ge=0, le=100, description="percent of the cases in which it is wanted")
    weight: Weight | dict[Name, Weight] | None = Field(
        None, description="of a transition, beside the others from the same state; or one for each state"
    )
    declined: float = Field(0, ge=0, le=100, description="percent of the persons who decline the measure")
    when: dict[Reference, FactValue | tuple[FactValue, ...]] = Field(
        default_factory=dict, description="wanted only where these facts have these values"
    )


class Happening(Shape):
    """A life event that befalls some of the persons."""

    event: Name = Field(description="the life event")
    share: float = Field(gt=0, le=100, description="percent of the cases that it befalls")
    after: Spread = Field(description="how long after the arrival, or after the event that it follows")
    follows: Name | None = Field(None, description="another life event of this list")
    reason: Name | None = Field(None, description="the reason that is named")
    when: dict[Reference, FactValue | tuple[FactValue, ...]] = Field(
        default_factory=dict, description="only persons of whom these facts are known"
    )


class Closing(Shape):
    """How a case is closed when every SOP that was opened has ended."""

    event: Name = Field(description="the life event that closes the case")
    reason: Name | None = Field(None, description="the reason that is named")
    after: Spread = Field(description="how long after the last SOP has ended")


class Simulation(Shape):
    """A file of `simulations/`. Every number in it is an assumption, and `assumptions` says whose."""

    simulation: Text = Field(description="what is simulated, in a few words")
    assumptions: Text = Field(description="where the numbers come from, in a few sentences; shown with every result")
    country: str = Field(pattern="^[A-Z]{2}$", description="where the cases are kept; its calendar counts")
    from_: datetime = Field(description="the first moment, with its offset")
    lasts: Duration = Field(description="how long it lasts")
    seed: int = Field(1, ge=0, lt=2**32, description="the same seed gives the same numbers")
    arrivals_every: Spread = Field(description="the time between two arrivals")
    opened_by: Name | None = Field(None, description="the role that opens the cases; otherwise the first that may")
    profile: dict[Name, dict[str, Weight]] = Field(
        default_factory=dict, description="facts at intake, each value with its weight; `not_known` leaves it open"
    )
    staff: dict[Name, Staff] = Field(default_factory=dict, description="roles that are held here, and by how many")
    elsewhere: dict[Name, Spread] = Field(
        default_factory=dict, description="how long roles without staff here take to answer"
    )
    otherwise: Spread = Field(description="how long a step takes about which nothing else is said")
    steps: dict[str, StepPlan] = Field(default_factory=dict, description="what is assumed about single steps")
    outcomes: dict[Reference, dict[str, Weight]] = Field(
        default_factory=dict, description="what measures find, `measure.field`: each value with its weight"
    )
    consents: dict[Name, Percent] = Field(
        default_factory=dict, description="percent of the persons who give it when asked; all, unless said otherwise"
    )
    life_events: tuple[Happening, ...] = Field((), description="what befalls some of the persons")
    closing: Closing | None = Field(None, description="how cases are closed; without it they stay open")
