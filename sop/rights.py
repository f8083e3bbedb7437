"""Rights: what no path of a procedure may break, each stated on its own, whatever the SOPs ask for themselves."""

from typing import Literal, Self

from pydantic import Field as Key
from pydantic import model_validator
from pydantic_core import PydanticCustomError

from sop.clocks import Source
from sop.conditions import Needs
from sop.durations import Duration
from sop.shapes import Name, Reference, Shape, Text

STATEMENTS = ("whenever", "always", "lasts", "independent", "second_person", "never_by_clock", "responsible")


class Steps(Shape):
    """The steps that a right is about, by what they do; whatever they are called and whoever takes them."""

    entering: tuple[Reference, ...] = Key((), description="every transition that leads to one of these states")
    doing: tuple[Name, ...] = Key((), description="these measures, begun or done")
    telling: tuple[Name, ...] = Key((), description="these life events")

    @model_validator(mode="after")
    def _some_step(self) -> Self:
        if not (self.entering or self.doing or self.telling):
            raise PydanticCustomError("right-statement", "name at least one step: entering, doing, telling")
        return self


class Lasts(Shape):
    """A period is never shorter, for nobody, and nothing ends it but what is listed."""

    clock: Reference = Key(description="the period that protects the person, `sop.clock`")
    at_least: Duration = Key(description="how long it lasts at the least, for everybody")
    ends_early_for: tuple[Name, ...] = Key((), description="the only reasons for which it may be ended early")


class Influence(Shape):
    """What must have no influence."""

    facts: tuple[Reference, ...] = Key((), description="what is known under these names")
    measures: tuple[Name, ...] = Key((), description="whether these measures were done, and what they found")
    consents: tuple[Name, ...] = Key((), description="whether the person gave these consents")
    clocks: tuple[Reference, ...] = Key((), description="whether these clocks run or are over")
    standing_of: tuple[Name, ...] = Key((), description="where these SOPs stand, and whether they are open")

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not (self.facts or self.measures or self.consents or self.clocks or self.standing_of):
            raise PydanticCustomError(
                "right-statement", "name at least one of facts, measures, consents, clocks, standing-of"
            )
        return self


class Independent(Shape):
    """Steps that depend on none of these things, neither directly nor by what another step has made of them."""

    sops: tuple[Name, ...] = Key((), description="every step of these SOPs")
    steps: tuple[Reference, ...] = Key((), description="single transitions, `sop.transition`, also `sop.open`")
    of: Influence = Key(description="what must have no influence on them")

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if not (self.sops or self.steps):
            raise PydanticCustomError("right-statement", "name the steps: sops, steps, or both")
        return self


class Right(Shape):
    """One right. Exactly one statement: `whenever` with `needs`, or one of the others."""

    title: Text = Key(description="the right in one sentence, as people read it in a refusal")
    because: Text | None = Key(None, description="why, in a sentence for the case manager")
    source: Source = Key(description="where the right comes from, with its evidence mark")
    rule: Text | None = Key(None, description="the rule of the procedure to which it corresponds")
    whenever: Steps | None = Key(None, description="at each of these steps, `needs` must hold just before it")
    needs: Needs = Key((), description="belongs to `whenever`")
    always: Needs = Key((), description="holds in every situation into which a case can come")
    lasts: Lasts | None = Key(None, description="a period is never shorter than this, whatever the case")
    independent: Independent | None = Key(None, description="these steps never depend on those things")
    second_person: Steps | None = Key(None, description="these steps always wait for a second person")
    never_by_clock: Steps | None = Key(None, description="these steps are taken by people, never by a clock")
    responsible: Literal[True] | None = Key(
        None,
        description="somebody is always responsible; it passes on by the receiver's own yes, or by a supervisor with a reason",
    )

    @model_validator(mode="after")
    def _one_statement(self) -> Self:
        if len([name for name in STATEMENTS if getattr(self, name)]) != 1:
            words = ", ".join(name.replace("_", "-") for name in STATEMENTS)
            raise PydanticCustomError("right-statement", f"a right has exactly one of these keys: {words}")
        if bool(self.needs) is not bool(self.whenever):
            raise PydanticCustomError("right-statement", "`whenever` and `needs` go together")
        return self

    @property
    def statement(self) -> str:
        """Which of the statements it makes."""
        return next(name for name in STATEMENTS if getattr(self, name))

    @property
    def cited(self) -> str:
        """Its title and where it comes from, as people read it. Our own default is called so."""
        where = [part for part in (self.source.law, self.source.document) if part]
        if self.source.law and self.source.article:
            where[0] = f"{self.source.law}, article {self.source.article}"
        ours = "our default: " if self.source.evidence == "D" else ""
        return f"‘{self.title}’ ({ours}{'; '.join(where)})"


class Rights(Shape):
    """`rights.yaml`: the rights of a procedure by name."""

    rights: dict[Name, Right] = Key(min_length=1, max_length=100, description="each right under its name")
