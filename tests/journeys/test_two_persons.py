"""Two persons from the command line: a version counts when a second one confirms it; a case is repaired by two."""

from pathlib import Path

import pytest


@pytest.fixture
def by_two() -> bool:
    return True


@pytest.fixture
async def case_id(office) -> str:
    # the shipped procedure was published by hand, so that it counts already
    opening = {"procedure": "trm", "country": "AT"}
    return (await office.call("POST", "/v1/cases", "first_responder", opening))["id"]


async def test_a_version_counts_when_a_second_person_confirms_it(office, case_id: str, folder: Path) -> None:
    code, said = await office.run("publish", str(folder), "--why", "A day was too short")
    assert (code, "caseway sop confirm trm@1.0-moved" in said) == (0, True), said
    code, said = await office.run("plan", "--to", "trm@1.0-moved")
    plan = said.split()[-1]
    code, said = await office.run("apply", plan)
    assert (code, f"{case_id}: Not in force" in said, await office.moved(plan)) == (1, True, 0), said

    code, said = await office.run("confirm", "trm@1.0-moved")
    assert (code, "Who published a version cannot confirm it" in said) == (1, True), said
    code, said = await office.run("confirm", "trm@1.0-moved", role="case_manager")
    assert (code, "Your role may not do this." in said) == (1, True), said
    code, said = await office.run("confirm", "trm@1.0-moved", role="supervisor")
    assert (code, "trm@1.0-moved counts. New cases begin with it" in said) == (0, True), said
    code, said = await office.run("confirm", "trm@1.0-moved", role="supervisor")
    assert (code, "counts already" in said) == (0, True), said
    assert (await office.run("apply", plan))[0] == 0
    assert await office.moved(plan) == 1


WHY = "The step belongs to another case."


async def test_a_case_is_repaired_by_two_persons_with_a_reason(office, case_id: str) -> None:
    clock = ("--clock", "identification.case_manager_due", "--length", "3 days")
    code, said = await office.run("repair", case_id, *clock, role="supervisor", said=WHY)
    assert (code, f"caseway sop repair-confirm {case_id} p" in said) == (0, True), said
    proposal = said.split()[-1]
    code, said = await office.run("repair-confirm", case_id, proposal, role="supervisor")
    assert (code, "cannot confirm it" in said) == (1, True), said
    code, said = await office.run("repair-confirm", case_id, proposal)
    assert (code, "Repaired." in said) == (0, True), said
    shown = await office.call("GET", f"/v1/cases/{case_id}", "case_manager")
    (length,) = [one["budget"]["text"] for one in shown["clocks"] if one["name"] == clock[1]]
    assert length == "3 days"
    assert WHY not in str(await office.ledger.entries(case_id)), "the reason is a particular"


async def test_a_repair_is_dropped_by_the_second_person(office, case_id: str) -> None:
    clock = ("--clock", "identification.case_manager_due")
    code, said = await office.run("repair", case_id, *clock, role="supervisor", said=WHY)
    assert code == 0, said
    code, said = await office.run("repair-confirm", case_id, said.split()[-1], "--drop")
    assert (code, "Dropped; nothing was repaired." in said) == (0, True), said
    shown = await office.call("GET", f"/v1/cases/{case_id}", "case_manager")
    assert [one["status"] for one in shown["clocks"] if one["name"] == clock[1]] == ["running"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--state", "identification.nowhere"), "This procedure has no such state."),
        (("--clock", "identification.reflection", "--length", "soon"), "Write for example ‘30 days’."),
        (("--clock", "identification.reflection", "--anchor", "today"), "Look at: anchor."),
    ],
)
async def test_a_repair_that_the_door_refuses_says_what_to_do(
    office, case_id: str, arguments: tuple[str, ...], sentence: str
) -> None:
    code, said = await office.run("repair", case_id, *arguments, role="supervisor", said=WHY)
    assert (code, sentence in said) == (1, True), said


async def test_what_is_not_there_is_neither_confirmed_nor_repaired(office) -> None:
    clock = ("--clock", "identification.reflection")
    code, said = await office.run("repair", "XXXXXXXXXXX", *clock, role="supervisor", said=WHY)
    assert (code, "There is no case with this id." in said) == (1, True), said
    code, said = await office.run("confirm", "trm@9")
    assert (code, "No procedure of this name and version is published." in said) == (2, True), said
