"""What a story covers: conditions only where they were asked, clocks by what became of them."""

import pytest

from sop.procedure import Procedure
from workshop.coverage import KINDS, asking, conditions, everything, kind_of, verdicts
from workshop.stories import Told, tell_all

HEAD = "scenario: A story\nstory: Something happens\ngiven: {country: AT, at: 2026-03-02T09:00:00+01:00, as: first_responder, facts: {age_group: adult}}\nsteps:\n"


def told(procedure: Procedure, steps: str) -> Told:
    found = tell_all(procedure, {"scenarios/one.yaml": (HEAD + steps).encode()})
    assert found.problems == []
    return found


def covered(procedure: Procedure, steps: str) -> set[str]:
    return set(told(procedure, steps).coverage.covered_by)


def test_a_condition_is_covered_by_trying_the_step_and_by_looking_at_it(shipped: Procedure) -> None:
    tried = covered(shipped, "  - {record: initial_referral, refused: [none_of]}\n")
    looked = covered(shipped, "  - expect: {blocked: [initial_referral]}\n")
    for seen in (tried, looked):
        assert {"fails:initial_referral#1", "fails:initial_referral#1.any.1"} <= seen
        assert not any(part.startswith("holds:initial_referral") for part in seen)


def test_a_condition_that_nobody_asks_is_not_covered(shipped: Procedure) -> None:
    assert not any("initial_referral#" in part for part in covered(shipped, "  - consent: referral\n"))


def test_a_condition_does_not_count_where_its_sop_stands_elsewhere(shipped: Procedure) -> None:
    seen = covered(shipped, "  - {take: identification.confirm_identification, refused: [wrong_state, fact_unknown]}\n")
    assert not any("confirm_identification#" in part for part in seen)


def test_what_stands_under_a_when_counts_only_where_it_applies(shipped: Procedure) -> None:
    steps = "  - take: identification.decline_identification\n"
    assert {part for part in covered(shipped, steps) if "#" in part} == {
        "fails:identification.decline_identification#1.when"
    }


def test_a_recorded_refusal_by_the_person_asks_no_conditions(shipped: Procedure) -> None:
    steps = "  - take: first_assistance.open\n  - {record: medical_examination, status: declined}\n"
    assert not any("medical_examination#" in part for part in covered(shipped, steps))


@pytest.mark.parametrize(
    ("steps", "parts"),
    [
        ("  - after: 19 hours\n", {"clock-reminded:identification.case_manager_due"}),
        ("  - after: 25 hours\n", {"clock-missed:identification.case_manager_due"}),
        ("  - record: case_manager_nomination\n", {"clock-met:identification.case_manager_due"}),
        (
            "  - take: return.open\n  - {record: informed_decision, fields: {decision: stay}}\n  - after: 8 days\n",
            {"clock-expired:return.time_to_think"},
        ),
        (
            "  - take: return.open\n  - record: document_request\n  - take: return.withdraw_return\n",
            {"clock-cancelled:return.document_due"},
        ),
    ],
)
def test_what_became_of_a_clock_is_covered(shipped: Procedure, steps: str, parts: set[str]) -> None:
    assert parts <= covered(shipped, steps)


def test_the_stories_that_cover_a_part_are_named(shipped: Procedure) -> None:
    found = told(shipped, "  - take: return.open\n")
    assert found.coverage.covered_by["state:return.considering"] == ("scenarios/one.yaml",)


def test_every_part_has_a_kind_that_the_report_names(shipped: Procedure) -> None:
    assert {kind_of(part) for part in everything(shipped)} == set(KINDS)


def test_every_condition_with_a_place_can_be_asked_for_its_verdict(shipped: Procedure) -> None:
    class Everything:
        def __getattr__(self, name: str) -> object:
            return lambda *arguments: True

    for step in asking(shipped):
        places = {place for place, _ in conditions(step.needs)}
        assert {place for place, _ in verdicts(step.needs, Everything())} <= places  # type: ignore[arg-type]
        assert places
