"""What must hold for a step: structured conditions that can say in plain words why they do not hold now."""

from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag

from sop.shapes import FactValue, Name, Reference, Shape, Text, Value
from sop.views import Standing, View


class Reason(Value):
    """Why a step is not possible now, and what would make it possible."""

    code: str
    text: str
    remedy: str
    rule: str | None = None


class _Condition(Shape):
    because: Text | None = Field(None, description="why this is asked, in a sentence for the case manager")
    remedy: Text | None = Field(None, description="what to do about it, where the built-in sentence is not enough")
    rule: Name | str | None = Field(None, description="the rule of the procedure that this condition holds up")

    def verdict(self, view: Standing) -> bool | None:
        """True where it holds, False where it does not, None where what it reads is not known."""
        raise NotImplementedError

    def _why(self, view: View) -> tuple[str, str, str]:
        """Code, sentence and remedy of the moment at which it does not hold."""
        raise NotImplementedError

    def reasons(self, view: View) -> list[Reason]:
        """Every reason why it does not hold; empty where it does. What is not known does not hold."""
        if self.verdict(view) is True:
            return []
        code, text, remedy = self._why(view)
        if self.because:
            text = f"{text} {self.because.rstrip('.')}."
        return [Reason(code=code, text=text, remedy=self.remedy or remedy, rule=self.rule)]


class Done(_Condition):
    """The measure is done, and what it found is still valid."""

    done: Name | tuple[Name, ...] = Field(description="the measure, or each of these, is done and still valid")

    def _names(self) -> tuple[str, ...]:
        return (self.done,) if isinstance(self.done, str) else self.done

    def verdict(self, view: Standing) -> bool | None:
        if isinstance(self.done, str):
            return view.done(self.done)
        return all(view.done(name) for name in self.done)

    def reasons(self, view: View) -> list[Reason]:
        return [reason for name in self._names() if not view.done(name) for reason in self._one(view, name)]

    def _one(self, view: View, name: str) -> list[Reason]:
        title = view.title(name)
        lapsed = view.lapsed(name)
        text = f"‘{title}’ was done, but too long ago." if lapsed else f"‘{title}’ is not done yet."
        if self.because:
            text = f"{text} {self.because.rstrip('.')}."
        again = "again " if lapsed else ""
        remedy = self.remedy or f"Record ‘{title}’ {again}as done ({view.who(name)})."
        code = "measure_lapsed" if lapsed else "measure_not_done"
        return [Reason(code=code, text=text, remedy=remedy, rule=self.rule)]


class Settled(_Condition):
    """The measure was offered: it is done, declined by the person, or does not apply."""

    settled: Name = Field(description="the measure was offered: done, declined or not applicable")

    def verdict(self, view: Standing) -> bool | None:
        return view.settled(self.settled)

    def _why(self, view: View) -> tuple[str, str, str]:
        title = view.title(self.settled)
        return (
            "measure_not_settled",
            f"‘{title}’ has not been offered yet.",
            f"Record ‘{title}’ as done, declined or not applicable ({view.who(self.settled)}).",
        )


class Fact(_Condition):
    """A fact has a value. A fact that is not known satisfies nothing but `known: false`."""

    fact: Reference = Field(description="`case.name`, or `measure.field` for what a measure found")
    is_: FactValue | None = Field(None, description="it has this value")
    is_not: FactValue | None = Field(None, description="it has another value", examples=["adult"])
    in_: tuple[FactValue, ...] | None = Field(None, description="it has one of these values")
    has: str | None = Field(None, description="the fact is a list that holds this value", examples=["labour"])
    at_least: float | None = Field(None, description="it is a number not smaller than this", examples=[18])
    at_most: float | None = Field(None, description="it is a number not larger than this", examples=[17.99])
    known: bool | None = Field(None, description="whether it is known at all")

    def verdict(self, view: Standing) -> bool | None:
        return self.of(view.fact(self.fact))

    def of(self, value: FactValue | None) -> bool | None:
        """The verdict where the fact has this value; None is not known."""
        if self.known is not None:
            return (value is not None) is self.known
        if value is None:
            return None
        return self._compare(value)

    def _compare(self, value: FactValue) -> bool:
        if self.is_ is not None:
            return value == self.is_
        if self.is_not is not None:
            return value != self.is_not
        if self.in_ is not None:
            return value in self.in_
        if self.has is not None:
            return isinstance(value, tuple) and self.has in value
        if not isinstance(value, int | float):
            return False
        return (self.at_least is None or value >= self.at_least) and (self.at_most is None or value <= self.at_most)

    def _why(self, view: View) -> tuple[str, str, str]:
        title = view.title(self.fact)
        wanted = self._wanted(view)
        if self.known is False:
            return "fact_known", f"‘{title}’ is already known.", f"Correct ‘{title}’ where it was recorded."
        value = view.fact(self.fact)
        if value is None:
            return (
                "fact_unknown",
                f"‘{title}’ is not known yet; it must be {wanted}.",
                f"Find out and record ‘{title}’.",
            )
        now = view.value_title(self.fact, value)
        return "fact_differs", f"‘{title}’ is {now}; it must be {wanted}.", f"Record ‘{title}’ anew if it has changed."

    def _wanted(self, view: View) -> str:
        if self.is_ is not None:
            return view.value_title(self.fact, self.is_)
        if self.is_not is not None:
            return f"something other than {view.value_title(self.fact, self.is_not)}"
        if self.in_ is not None:
            return " or ".join(view.value_title(self.fact, value) for value in self.in_)
        if self.has is not None:
            return f"a list with {view.value_title(self.fact, self.has)}"
        if self.at_least is not None or self.at_most is not None:
            bounds = ((self.at_least, "at least"), (self.at_most, "at most"))
            return " and ".join(f"{word} {bound:g}" for bound, word in bounds if bound is not None)
        return "known"


class State(_Condition):
    """Each named SOP stands in one of the listed states; `not_open` says that it was never opened."""

    state: dict[Name, Name | tuple[Name, ...]] = Field(description="each SOP stands in one of these, or `not_open`")

    def verdict(self, view: Standing) -> bool | None:
        return all((view.state(sop) or "not_open") in _listed(states) for sop, states in self.state.items())

    def _why(self, view: View) -> tuple[str, str, str]:
        sop, states = next(
            (sop, states)
            for sop, states in self.state.items()
            if (view.state(sop) or "not_open") not in _listed(states)
        )
        now = view.state_title(sop, view.state(sop))
        wanted = " or ".join(f"‘{view.state_title(sop, state)}’" for state in _listed(states))
        return (
            "state_differs",
            f"{view.title(sop)} stands at ‘{now}’; it must stand at {wanted}.",
            f"Take {view.title(sop)} forward to {wanted}.",
        )


class Consent(_Condition):
    """The person's consent for this purpose is in force."""

    consent: Name = Field(description="the person's consent for this purpose is in force")

    def verdict(self, view: Standing) -> bool | None:
        return view.consented(self.consent)

    def _why(self, view: View) -> tuple[str, str, str]:
        title = view.title(f"consents.{self.consent}")
        if view.withdrawn(self.consent):
            text = f"The person has withdrawn consent: {title}."
            return "consent_withdrawn", text, "Respect it; the person may give consent again at any time."
        return "consent_missing", f"There is no consent in force: {title}.", "Explain, and record the person's consent."


class Running(_Condition):
    """The clock is running (a paused clock still protects, and counts as running)."""

    running: Reference = Field(description="the clock is running, or paused: it still protects")

    def verdict(self, view: Standing) -> bool | None:
        return view.clock_running(self.running)

    def _why(self, view: View) -> tuple[str, str, str]:
        title = view.title(self.running)
        return "clock_not_running", f"‘{title}’ is not running.", f"It starts by the step that grants ‘{title}’."


class Ended(_Condition):
    """The clock has run at least once and is over: expired, met or ended."""

    ended: Reference = Field(description="the clock has run and is over", examples=["identification.reflection"])

    def verdict(self, view: Standing) -> bool | None:
        return view.clock_ended(self.ended)

    def _why(self, view: View) -> tuple[str, str, str]:
        title = view.title(self.ended)
        if view.clock_running(self.ended):
            text = f"‘{title}’ is still running{view.clock_due_text(self.ended)}."
            return "clock_running", text, "Wait until it is over, or have the authority that may do so end it early."
        return "clock_not_ended", f"‘{title}’ has not run yet.", f"It starts by the step that grants ‘{title}’."


class Not(_Condition):
    """The condition inside does not hold. What is not known stays not known."""

    not_: "Condition" = Field(description="the condition inside does not hold")

    def verdict(self, view: Standing) -> bool | None:
        inner = self.not_.verdict(view)
        return None if inner is None else not inner

    def _why(self, view: View) -> tuple[str, str, str]:
        inner = self.not_
        if inner.verdict(view) is None:
            first = inner.reasons(view)[0]
            return first.code, first.text, first.remedy
        if isinstance(inner, Running):
            title = view.title(inner.running)
            due = view.clock_due_text(inner.running)
            return (
                "clock_running",
                f"‘{title}’ is running{due}.",
                "Wait until it is over, or have the authority end it.",
            )
        if isinstance(inner, Fact):
            title, value = view.title(inner.fact), view.fact(inner.fact)
            now = "not known" if value is None else view.value_title(inner.fact, value)
            return "fact_differs", f"‘{title}’ is {now}.", f"Record ‘{title}’ anew when that has changed."
        if isinstance(inner, State):
            sop = next(iter(inner.state))
            now = view.state_title(sop, view.state(sop))
            return "state_differs", f"{view.title(sop)} stands at ‘{now}’.", f"Take {view.title(sop)} forward first."
        return "not_allowed_now", "Something stands against it.", "See the reason given."


class AnyOf(_Condition):
    """At least one of the conditions holds."""

    any_: tuple["Condition", ...] = Field(min_length=1, description="at least one of these conditions holds")

    def verdict(self, view: Standing) -> bool | None:
        return _one_of(self.any_, view)

    def _why(self, view: View) -> tuple[str, str, str]:
        inner = [reason for condition in self.any_ for reason in condition.reasons(view)]
        text = "One of these is needed: " + " Or: ".join(reason.text for reason in inner)
        return "none_of", text, " Or: ".join(dict.fromkeys(reason.remedy for reason in inner))


class AllOf(_Condition):
    """Every one of the conditions holds."""

    all_: tuple["Condition", ...] = Field(min_length=1, description="every one of these conditions holds")

    def verdict(self, view: Standing) -> bool | None:
        return _each_of(self.all_, view)

    def reasons(self, view: View) -> list[Reason]:
        return [reason for condition in self.all_ for reason in condition.reasons(view)]


class When(_Condition):
    """Where one thing holds, others must: `when` names facts and their values, `then` what is asked in that case."""

    when: dict[Reference, FactValue | tuple[FactValue, ...]] = Field(description="facts and their values")
    then: tuple["Condition", ...] = Field(min_length=1, description="what must hold where `when` fits")

    def applies(self, view: Standing) -> bool:
        return matches(self.when, view)

    def verdict(self, view: Standing) -> bool | None:
        return _each_of(self.then, view) if self.applies(view) else True

    def reasons(self, view: View) -> list[Reason]:
        if not self.applies(view):
            return []
        return [reason for condition in self.then for reason in condition.reasons(view)]


def matches(when: dict[str, FactValue | tuple[FactValue, ...]], view: Standing) -> bool:
    """Whether every named fact has the value, or one of the values, given for it."""
    for ref, wanted in when.items():  # noqa: SIM110 - a loop, for this is asked many times a second
        if not fits(view.fact(ref), wanted):
            return False
    return True


def fits(value: FactValue | None, wanted: FactValue | tuple[FactValue, ...]) -> bool:
    return value == wanted or (isinstance(wanted, tuple) and value in wanted)


OPERATORS: dict[str, type[_Condition]] = {
    "done": Done,
    "settled": Settled,
    "fact": Fact,
    "state": State,
    "consent": Consent,
    "running": Running,
    "ended": Ended,
    "not": Not,
    "any": AnyOf,
    "all": AllOf,
    "when": When,
}


def _operator(value: Any) -> str | None:
    if isinstance(value, dict):
        found = [key for key in OPERATORS if key in value]
        return found[0] if len(found) == 1 else None
    return next((key for key, shape in OPERATORS.items() if isinstance(value, shape)), None)


Condition = Annotated[
    Annotated[Done, Tag("done")]
    | Annotated[Settled, Tag("settled")]
    | Annotated[Fact, Tag("fact")]
    | Annotated[State, Tag("state")]
    | Annotated[Consent, Tag("consent")]
    | Annotated[Running, Tag("running")]
    | Annotated[Ended, Tag("ended")]
    | Annotated[Not, Tag("not")]
    | Annotated[AnyOf, Tag("any")]
    | Annotated[AllOf, Tag("all")]
    | Annotated[When, Tag("when")],
    Discriminator(
        _operator,
        custom_error_type="bad-condition",
        custom_error_message="a condition has exactly one of these keys: " + ", ".join(OPERATORS),
    ),
]
Needs = tuple[Condition, ...]

for _shape in (Not, AnyOf, AllOf, When):
    _shape.model_rebuild()


def holds(needs: Needs, view: Standing) -> bool:
    """Whether every condition holds. What is not known does not hold."""
    for condition in needs:  # noqa: SIM110 - a loop, for this is asked many times a second
        if condition.verdict(view) is not True:
            return False
    return True


def unmet(needs: Needs, view: View) -> list[Reason]:
    """Every reason for which the conditions do not hold; empty where all hold."""
    if holds(needs, view):
        return []
    return [reason for condition in needs for reason in condition.reasons(view)]


def _listed(states: str | tuple[str, ...]) -> tuple[str, ...]:
    return (states,) if isinstance(states, str) else states


def _one_of(conditions: Needs, view: Standing) -> bool | None:
    """Whether one holds; the first that does decides."""
    found: bool | None = False
    for condition in conditions:
        verdict = condition.verdict(view)
        if verdict:
            return True
        found = None if verdict is None else found
    return found


def _each_of(conditions: Needs, view: Standing) -> bool | None:
    """Whether all hold; the first that does not decides."""
    found: bool | None = True
    for condition in conditions:
        verdict = condition.verdict(view)
        if verdict is False:
            return False
        found = None if verdict is None else found
    return found
