"""What is wrong with the settings of a simulation, each with its place and the nearest name."""

from pathlib import Path

import pytest

from cli.folders import SHIPPED, files_of
from sop.loader import load
from sop.problems import Problem
from sop.procedure import Procedure, compile_procedure
from sop.shapes import Shape
from sop.walk import walk
from workshop.caseload import Simulation
from workshop.check import findings
from workshop.mending import mended
from workshop.simulating import Run
from workshop.simulations import simulation_in

ONCE = files_of(Path(__file__).parent / "everything_once")
HEAD = """simulation: Try
assumptions: Invented
country: RS
from: 2026-01-05T00:00:00+01:00
lasts: 60 days
arrivals-every: 3 days
otherwise: 1 hour
"""
WRONG: list[tuple[str, str, int, str]] = [
    ("staff: {case_manger: {people: 1, hours: 5}}", "no-such-role", 8, "‘case_manager’"),
    ("elsewhere: {docter: 2 days}", "no-such-role", 8, "‘doctor’"),
    ("profile: {age_grup: {adult: 1}}", "no-such-fact", 8, "‘age_group’"),
    ("profile: {age_group: {adlt: 1}}", "bad-value", 8, "‘adult’"),
    ("profile: {unaccompanied: {true_: 1}}", "bad-value", 8, "yes or no"),
    ("profile:\n  age_group: {adult: 0}", "bad-value", 9, "more than nothing"),
    ("profile: {age_group: {adult: -1}}", "wrong-type", 8, "greater than or equal"),
    ("outcomes: {informed_decision.decison: {return: 1}}", "no-such-fact", 8, "‘informed_decision.decision’"),
    ("outcomes: {age_assessment.lowest_age: {old: 1}}", "bad-value", 8, "a number is wanted"),
    ("outcomes: {recovery_and_reflection.length: {long: 1}}", "bad-value", 8, "a duration"),
    ("outcomes: {safe_transport.expected_arrival: {soon: 1}}", "bad-value", 8, "not a duration"),
    ("consents: {referal: 50}", "no-such-consent", 8, "‘referral’"),
    ("consents: {referral: 150}", "wrong-type", 8, "less than or equal"),
    ("steps: {return.opn: {share: 50}}", "no-such-step", 8, "‘return.open’"),
    ("steps: {return.open: {shre: 50}}", "unknown-key", 8, "‘share’"),
    ("steps: {return.open: {by: doctor}}", "no-such-role", 8, "case_manager"),
    ("steps: {return.depart: {weight: {preparin: 1}}}", "no-such-state", 8, "‘preparing’"),
    ("steps: {return.open: {when: {case.chld: true}}}", "no-such-fact", 8, "‘case.child’"),
    (
        "steps: {return.open: {after: {lognormal: {median: 5 days, p90: 2 days}}}}",
        "bad-spread",
        8,
        "p90 has to be longer",
    ),
    ("steps: {return.open: {after: {triangular: {least: 5 days, likely: 2 days, most: 9 days}}}}", "bad-spread", 8, ""),
    ("steps: {return.open: {after: {fixed: 1 day, exponential: 2 days}}}", "bad-spread", 8, "exactly one"),
    ("steps: {return.open: {after: soon}}", "bad-duration", 8, "not a duration"),
    ("life-events: [{event: dyed, share: 1, after: 3 days}]", "no-such-life-event", 8, "‘died’"),
    ("life-events: [{event: died, share: 1, after: 3 days, follows: found}]", "no-such-life-event", 8, "‘found’"),
    ("life-events: [{event: died, share: 1, after: 3 days, when: {case.chld: true}}]", "no-such-fact", 8, "case.child"),
    ("closing: {event: died, after: 3 days}", "no-such-life-event", 8, "closed"),
    ("life-events: [{event: closed, share: 1, after: 3 days}]", "missing-key", 8, "completed"),
    ("life-events: [{event: closed, share: 1, after: 3 days, reason: dyed}]", "bad-value", 8, "‘died’"),
    ("closing: {event: closed, after: 3 days, reason: complet}", "bad-value", 8, "‘completed’"),
    ("steps: {early_risk_assessment: {weight: 3}}", "bad-value", 8, "transitions only"),
    ("steps: {early_risk_assessment: {early: false}}", "bad-value", 8, "transitions only"),
    ("steps: {return.open: {declined: 3}}", "bad-value", 8, "measures only"),
    ("steps: {consent.return: {again: 3 days}}", "bad-value", 8, "measures only"),
    ("steps: {return_risk_assessment: {declined: 3}}", "bad-value", 8, "cannot be declined"),
    ("opened-by: interpreter", "no-such-role", 8, "case_manager"),
    ("staff: {doctor: {people: 0, hours: 5}}", "wrong-type", 8, "greater than or equal"),
    ("staff: {doctor: {people: 1, hours: 25}}", "wrong-type", 8, "less than or equal"),
    ("staff: {doctor: {people: 1, hours: 5}}\nelsewhere: {doctor: 2 days}", "bad-value", 9, "not elsewhere"),
]


@pytest.fixture(scope="module")
def shipped_files() -> dict[str, bytes]:
    return files_of(SHIPPED / "trm")


def problems_of(procedure: Procedure, text: str) -> list[Problem]:
    found = simulation_in("simulations/test.yaml", text.encode(), procedure)
    assert not isinstance(found, Simulation)
    return found


@pytest.mark.parametrize(("line", "code", "number", "said"), WRONG)
def test_what_is_wrong_is_said_at_its_place(shipped: Procedure, line: str, code: str, number: int, said: str) -> None:
    found = problems_of(shipped, f"{HEAD}{line}\n")
    assert (code, number) in [(p.code, p.line) for p in found], found
    assert any(said in p.message + p.help for p in found if p.code == code), found


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("lasts: 60 days", "lasts: 90 years", "bad-value"),
        ("arrivals-every: 3 days", "arrivals-every: 1 second", "bad-value"),
        ("from: 2026-01-05T00:00:00+01:00", "from: 2026-01-05T00:00:00", "bad-value"),
        ("country: RS", "country: Serbia", "bad-name"),
        ("otherwise: 1 hour\n", "", "missing-key"),
        ("assumptions: Invented\n", "", "missing-key"),
    ],
)
def test_what_is_wrong_at_the_top_is_said_too(shipped: Procedure, old: str, new: str, code: str) -> None:
    assert code in {p.code for p in problems_of(shipped, HEAD.replace(old, new))}


def test_settings_with_nothing_but_the_least_are_fine(shipped: Procedure) -> None:
    assert isinstance(simulation_in("simulations/test.yaml", HEAD.encode(), shipped), Simulation)


def test_there_are_settings_in_which_every_key_stands_and_they_run() -> None:
    procedure = compile_procedure(load(ONCE))
    content = ONCE["simulations/small.yaml"]
    found = simulation_in("simulations/small.yaml", content, procedure)
    assert isinstance(found, Simulation), found
    used: dict[type[Shape], set[str]] = {}
    for _, part in walk(found):
        if isinstance(part, Shape):
            used.setdefault(type(part), set()).update(part.model_fields_set)
    assert {shape.__module__ for shape in used} == {"workshop.caseload"}
    for shape, keys in used.items():
        assert keys == set(shape.model_fields), shape.__name__
    run = Run(procedure, found)
    run.advance(run.end)
    assert run.tally.arrived > 50
    assert run.tally.ended > 5
    assert run.tally.refusals == {}


def test_mistakes_are_found_by_the_check_with_their_place(shipped_files: dict[str, bytes]) -> None:
    name = "simulations/default.yaml"
    wrong = shipped_files[name].replace(b"case_manager: {people", b"case_manger: {people")
    _, problems = findings({**shipped_files, name: wrong})
    assert [(p.code, p.file, p.line > 20, p.column) for p in problems] == [("no-such-role", name, True, 3)]
    after, mends = mended({**shipped_files, name: wrong}, lambda files: findings(files)[1])
    assert [(mend.was, mend.now) for mend in mends] == [("case_manger", "case_manager")]
    assert after == shipped_files


def test_what_is_wrong_with_their_shape_is_said_even_where_there_is_no_procedure(
    shipped_files: dict[str, bytes],
) -> None:
    name, broken = "simulations/default.yaml", {"identification.yaml": b"sop: identification\n"}
    wrong = shipped_files[name].replace(b"staff:", b"staf:")
    _, problems = findings({**shipped_files, **broken, name: wrong})
    assert ("unknown-key", "Did you mean ‘staff’?") in [(p.code, p.help) for p in problems if p.file == name]
    _, problems = findings({**shipped_files, **broken})
    assert [p for p in problems if p.file == name] == []
