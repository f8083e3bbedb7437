"""A condition holds, does not hold, or is not known; it can always say why, and what would help."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from sop.conditions import Condition, Reason, holds, unmet

_CONDITION: TypeAdapter[Any] = TypeAdapter(Condition)


@dataclass
class Seen:
    """What a condition may look at, set by hand."""

    facts: dict[str, Any] = field(default_factory=dict)
    dones: set[str] = field(default_factory=set)
    lapsings: set[str] = field(default_factory=set)
    settles: set[str] = field(default_factory=set)
    states: dict[str, str] = field(default_factory=dict)
    consents: set[str] = field(default_factory=set)
    withdrawals: set[str] = field(default_factory=set)
    running: set[str] = field(default_factory=set)
    ended: set[str] = field(default_factory=set)

    def fact(self, ref: str) -> Any:
        return self.facts.get(ref)

    def done(self, measure: str) -> bool:
        return measure in self.dones

    def lapsed(self, measure: str) -> bool:
        return measure in self.lapsings

    def settled(self, measure: str) -> bool:
        return measure in self.settles

    def state(self, sop: str) -> str | None:
        return self.states.get(sop)

    def consented(self, purpose: str) -> bool:
        return purpose in self.consents

    def withdrawn(self, purpose: str) -> bool:
        return purpose in self.withdrawals

    def clock_running(self, clock: str) -> bool:
        return clock in self.running

    def clock_ended(self, clock: str) -> bool:
        return clock in self.ended

    def clock_due_text(self, clock: str) -> str:
        return " until noon"

    def title(self, ref: str) -> str:
        return f"<{ref}>"

    def state_title(self, sop: str, state: str | None) -> str:
        return state or "not opened"

    def who(self, measure: str) -> str:
        return "Nurse"

    def value_title(self, ref: str, value: Any) -> str:
        return f"«{value}»"


def made(spec: dict[str, Any]) -> Any:
    return _CONDITION.validate_python(spec)


AGE = {"case.age": 17}
WISH = {"case.wish": "stay"}
CHILD = {"case.child": True}
HARM = {"case.harms": ("debt", "threat")}

TABLE: list[tuple[dict[str, Any], Seen, bool | None]] = [
    ({"done": "talk"}, Seen(dones={"talk"}), True),
    ({"done": "talk"}, Seen(), False),
    ({"done": ["talk", "plan"]}, Seen(dones={"talk"}), False),
    ({"done": ["talk", "plan"]}, Seen(dones={"talk", "plan"}), True),
    ({"settled": "talk"}, Seen(settles={"talk"}), True),
    ({"settled": "talk"}, Seen(), False),
    ({"fact": "case.wish", "is": "stay"}, Seen(WISH), True),
    ({"fact": "case.wish", "is": "go"}, Seen(WISH), False),
    ({"fact": "case.wish", "is": "go"}, Seen(), None),
    ({"fact": "case.child", "is": False}, Seen(CHILD), False),
    ({"fact": "case.child", "is": True}, Seen(CHILD), True),
    ({"fact": "case.wish", "is-not": "go"}, Seen(WISH), True),
    ({"fact": "case.wish", "is-not": "stay"}, Seen(WISH), False),
    ({"fact": "case.wish", "is-not": "stay"}, Seen(), None),
    ({"fact": "case.wish", "in": ["stay", "go"]}, Seen(WISH), True),
    ({"fact": "case.wish", "in": ["go"]}, Seen(WISH), False),
    ({"fact": "case.wish", "in": ["go"]}, Seen(), None),
    ({"fact": "case.harms", "has": "debt"}, Seen(HARM), True),
    ({"fact": "case.harms", "has": "other"}, Seen(HARM), False),
    ({"fact": "case.harms", "has": "debt"}, Seen(), None),
    ({"fact": "case.age", "at-least": 18}, Seen(AGE), False),
    ({"fact": "case.age", "at-least": 17}, Seen(AGE), True),
    ({"fact": "case.age", "at-most": 17}, Seen(AGE), True),
    ({"fact": "case.age", "at-least": 10, "at-most": 16}, Seen(AGE), False),
    ({"fact": "case.age", "at-most": 17}, Seen(), None),
    ({"fact": "case.wish", "at-most": 17}, Seen(WISH), False),
    ({"fact": "case.age", "known": True}, Seen(AGE), True),
    ({"fact": "case.age", "known": True}, Seen(), False),
    ({"fact": "case.age", "known": False}, Seen(), True),
    ({"fact": "case.age", "known": False}, Seen(AGE), False),
    ({"state": {"care": "new"}}, Seen(states={"care": "new"}), True),
    ({"state": {"care": ["new", "old"]}}, Seen(states={"care": "old"}), True),
    ({"state": {"care": "new"}}, Seen(states={"care": "old"}), False),
    ({"state": {"care": "not_open"}}, Seen(), True),
    ({"state": {"care": "new", "work": "on"}}, Seen(states={"care": "new"}), False),
    ({"consent": "help"}, Seen(consents={"help"}), True),
    ({"consent": "help"}, Seen(), False),
    ({"running": "care.rest"}, Seen(running={"care.rest"}), True),
    ({"running": "care.rest"}, Seen(), False),
    ({"ended": "care.rest"}, Seen(ended={"care.rest"}), True),
    ({"ended": "care.rest"}, Seen(), False),
    ({"ended": "care.rest"}, Seen(running={"care.rest"}), False),
    ({"not": {"running": "care.rest"}}, Seen(running={"care.rest"}), False),
    ({"not": {"running": "care.rest"}}, Seen(), True),
    ({"not": {"fact": "case.wish", "is": "stay"}}, Seen(), None),
    ({"not": {"fact": "case.wish", "is": "stay"}}, Seen(WISH), False),
    ({"not": {"fact": "case.wish", "is": "go"}}, Seen(WISH), True),
    ({"not": {"not": {"fact": "case.wish", "is": "go"}}}, Seen(), None),
    ({"any": [{"done": "a"}, {"done": "b"}]}, Seen(dones={"b"}), True),
    ({"any": [{"done": "a"}, {"done": "b"}]}, Seen(), False),
    ({"any": [{"done": "a"}, {"fact": "case.wish", "is": "go"}]}, Seen(), None),
    ({"any": [{"done": "a"}, {"fact": "case.wish", "is": "go"}]}, Seen(dones={"a"}), True),
    ({"all": [{"done": "a"}, {"done": "b"}]}, Seen(dones={"a", "b"}), True),
    ({"all": [{"done": "a"}, {"done": "b"}]}, Seen(dones={"a"}), False),
    ({"all": [{"done": "a"}, {"fact": "case.wish", "is": "go"}]}, Seen(dones={"a"}), None),
    ({"all": [{"done": "a"}, {"fact": "case.wish", "is": "go"}]}, Seen(), False),
    ({"not": {"all": [{"done": "a"}, {"fact": "case.wish", "is": "go"}]}}, Seen(dones={"a"}), None),
    ({"not": {"any": [{"fact": "case.wish", "is": "go"}]}}, Seen(), None),
    ({"when": {"case.child": True}, "then": [{"done": "a"}]}, Seen(CHILD), False),
    ({"when": {"case.child": True}, "then": [{"done": "a"}]}, Seen(CHILD, dones={"a"}), True),
    ({"when": {"case.child": True}, "then": [{"done": "a"}]}, Seen({"case.child": False}), True),
    ({"when": {"case.child": True}, "then": [{"done": "a"}]}, Seen(), True),
    ({"when": {"case.wish": ["go", "stay"]}, "then": [{"done": "a"}]}, Seen(WISH), False),
    ({"when": {"case.child": True}, "then": [{"fact": "case.wish", "is": "go"}]}, Seen(CHILD), None),
]  # fmt: skip


@pytest.mark.parametrize(("spec", "seen", "verdict"), TABLE)
def test_a_condition_holds_fails_or_is_not_known(spec: dict[str, Any], seen: Seen, verdict: bool | None) -> None:
    condition = made(spec)
    assert condition.verdict(seen) is verdict
    assert holds((condition,), seen) is (verdict is True)
    reasons = unmet((condition,), seen)
    assert bool(reasons) is (verdict is not True)
    for reason in reasons:
        assert reason.code
        assert reason.text.endswith(".")
        assert reason.remedy


@pytest.mark.parametrize(("spec", "seen", "verdict"), TABLE)
def test_what_is_not_known_satisfies_nothing_nor_its_opposite(
    spec: dict[str, Any], seen: Seen, verdict: bool | None
) -> None:
    opposite = made({"not": spec})
    assert opposite.verdict(seen) is (None if verdict is None else not verdict)
    if verdict is None:
        assert not holds((made(spec),), seen)
        assert not holds((opposite,), seen)
        assert unmet((opposite,), seen)


WHY = [
    ({"done": "talk"}, Seen(), "measure_not_done", "‘<talk>’ is not done yet.", "Record ‘<talk>’ as done (Nurse)."),
    (
        {"done": "talk"},
        Seen(lapsings={"talk"}),
        "measure_lapsed",
        "‘<talk>’ was done, but too long ago.",
        "Record ‘<talk>’ again as done (Nurse).",
    ),
    ({"settled": "talk"}, Seen(), "measure_not_settled", "‘<talk>’ has not been offered yet.", None),
    (
        {"fact": "case.wish", "is": "go"},
        Seen(),
        "fact_unknown",
        "‘<case.wish>’ is not known yet; it must be «go».",
        "Find out and record ‘<case.wish>’.",
    ),
    (
        {"fact": "case.wish", "in": ["a", "b"]},
        Seen(WISH),
        "fact_differs",
        "‘<case.wish>’ is «stay»; it must be «a» or «b».",
        None,
    ),
    ({"fact": "case.wish", "is-not": "stay"}, Seen(WISH), "fact_differs", None, None),
    (
        {"fact": "case.age", "at-least": 18},
        Seen(AGE),
        "fact_differs",
        "‘<case.age>’ is «17»; it must be at least 18.",
        None,
    ),
    ({"fact": "case.age", "known": False}, Seen(AGE), "fact_known", None, None),
    ({"fact": "case.age", "known": True}, Seen(), "fact_unknown", None, None),
    ({"fact": "case.harms", "has": "x"}, Seen(HARM), "fact_differs", None, None),
    (
        {"state": {"care": "old"}},
        Seen(states={"care": "new"}),
        "state_differs",
        "<care> stands at ‘new’; it must stand at ‘old’.",
        None,
    ),
    ({"consent": "help"}, Seen(), "consent_missing", "There is no consent in force: <consents.help>.", None),
    ({"consent": "help"}, Seen(withdrawals={"help"}), "consent_withdrawn", None, None),
    ({"running": "care.rest"}, Seen(), "clock_not_running", None, None),
    (
        {"ended": "care.rest"},
        Seen(running={"care.rest"}),
        "clock_running",
        "‘<care.rest>’ is still running until noon.",
        None,
    ),
    ({"ended": "care.rest"}, Seen(), "clock_not_ended", None, None),
    ({"not": {"running": "care.rest"}}, Seen(running={"care.rest"}), "clock_running", None, None),
    ({"not": {"fact": "case.wish", "is": "stay"}}, Seen(WISH), "fact_differs", None, None),
    ({"not": {"fact": "case.wish", "is": "stay"}}, Seen(), "fact_unknown", None, None),
    ({"not": {"state": {"care": "new"}}}, Seen(states={"care": "new"}), "state_differs", None, None),
    ({"not": {"done": "a"}}, Seen(dones={"a"}), "not_allowed_now", None, None),
    ({"any": [{"done": "a"}, {"done": "b"}]}, Seen(), "none_of", None, None),
]


@pytest.mark.parametrize(("spec", "seen", "code", "text", "remedy"), WHY)
def test_a_condition_says_why_it_does_not_hold(
    spec: dict[str, Any], seen: Seen, code: str, text: str | None, remedy: str | None
) -> None:
    (reason,) = made(spec).reasons(seen)
    assert reason.code == code
    assert text is None or reason.text == text
    assert remedy is None or reason.remedy == remedy


def test_a_reason_carries_the_why_the_remedy_and_the_rule_of_its_file() -> None:
    spec = {"consent": "help", "because": "A person decides", "remedy": "Ask the person.", "rule": "R4"}
    assert unmet((made(spec),), Seen()) == [
        Reason(
            code="consent_missing",
            text="There is no consent in force: <consents.help>. A person decides.",
            remedy="Ask the person.",
            rule="R4",
        )
    ]


def test_every_unmet_condition_is_named_and_no_other() -> None:
    needs = tuple(made(spec) for spec in ({"done": "a"}, {"consent": "help"}, {"done": ["b", "c"]}))
    codes = [reason.code for reason in unmet(needs, Seen(consents={"help"}))]
    assert codes == ["measure_not_done"] * 3


def test_a_choice_names_all_its_ways_out() -> None:
    (reason,) = made({"any": [{"done": "a"}, {"consent": "help"}]}).reasons(Seen())
    assert "‘<a>’ is not done yet." in reason.text
    assert "There is no consent in force" in reason.text
    assert " Or: " in reason.remedy


def test_a_rule_inside_a_branch_is_named_by_the_branch() -> None:
    spec = {"when": {"case.child": True}, "then": [{"done": "a", "rule": "R7"}, {"done": "b"}]}
    assert [reason.rule for reason in made(spec).reasons(Seen(CHILD))] == ["R7", None]


@pytest.mark.parametrize(
    "spec",
    [{}, {"because": "x"}, {"done": "a", "consent": "help"}, {"doen": "a"}, {"any": []}, {"all": []}, {"fact": "wish"},
     {"not": {}}, {"when": {"case.child": True}}, {"when": {"case.child": True}, "then": []}, {"done": "__import__('os')"},
     {"state": {"care": "{{7*7}}"}}, {"fact": "case.__class__", "is": 1}, "done", ["done"], 3, None],
)  # fmt: skip
def test_a_condition_has_exactly_one_known_key(spec: Any) -> None:
    with pytest.raises(ValidationError):
        made(spec)
