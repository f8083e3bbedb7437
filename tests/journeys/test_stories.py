"""Every scenario of the shipped procedure once more, over HTTP, against a real server whose time can be skipped."""

import re
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from cli.folders import SHIPPED, files_of
from sop.durations import Duration
from workshop.playing import first_role
from workshop.scenarios import Expect, Scenario, ScenarioStep
from workshop.stories import scenarios_in

STORIES, _ = scenarios_in(files_of(SHIPPED / "trm"))
LATER = 28
"""Years by which every date of a story is moved: weekdays and leap years repeat, and the server's time cannot go back."""
_DATE = re.compile(r"^(20\d\d)(-\d\d-\d\d.*)$")


@pytest.mark.system
@pytest.mark.parametrize("name", STORIES, ids=lambda name: Path(name).stem)
async def test_the_story_comes_true_over_http(house, name):
    teller = Teller(house, later(STORIES[name]))
    await teller.begin()
    for number, step in enumerate(teller.scenario.steps, 1):
        await teller.step(number, step)


class Teller:
    """Sends each step of a story through the door, as the person who would."""

    def __init__(self, house, scenario: Scenario) -> None:
        self.house = house
        self.scenario = scenario
        self.case_id = ""
        self.consents: dict[str, str] = {}
        self.heard: set[str] = set()

    async def begin(self) -> None:
        given = self.scenario.given
        await self.house.move_to(given.at.astimezone(UTC))
        role = given.as_ or self.house.procedure.definition.head.opened_by[0]
        body = {
            "procedure": "trm",
            "country": given.country,
            "facts": given.facts,
            "particulars": given.particulars or {"name": "Testperson Eins"},
        }
        answer = await self.house.call("POST", "/v1/cases", role, body)
        assert answer.status_code == 201, answer.text
        self.case_id = answer.json()["id"]
        await self.case_goes_to_its_manager(role)

    async def case_goes_to_its_manager(self, role: str) -> None:
        """In a story the case manager is responsible from the start."""
        if role != "case_manager":
            offer = await self.post("responsible", "supervisor", {"to": "demo-case_manager"})
            assert offer.status_code == 200, offer.text
            assert (await self.post("responsible/confirm", "case_manager", {})).status_code == 200
        self.case = await self.house.settled(self.case_id)

    async def post(self, path: str, role: str, body: object) -> httpx.Response:
        return await self.house.call("POST", f"/v1/cases/{self.case_id}/{path}", role, body)

    async def step(self, number: int, step: ScenarioStep) -> None:
        where = f"{self.scenario.scenario}, step {number} ({step.verb})"
        if step.after is not None:
            await self.house.pass_time(Duration.parse(str(step.after)), self.scenario.given.country)
            self.case = await self.house.settled(self.case_id)
            return
        if step.expect is not None:
            await self.expect(step.expect, where)
            return
        answer = await self.send(step)
        if step.refused is None:
            assert answer.status_code in (200, 201, 202), f"{where}: {answer.status_code} {answer.text}"
            if step.consent:
                self.consents[step.consent] = answer.json()["consent"]
        else:
            assert 400 <= answer.status_code < 500, f"{where}: {answer.text}"
            reasons = answer.json().get("reasons", [])
            assert {reason["code"] for reason in reasons} == set(step.refused), f"{where}: {answer.text}"
            assert set(step.rules) <= {reason.get("rule") for reason in reasons}, f"{where}: {answer.text}"
            assert all(reason["text"] and reason["remedy"] for reason in reasons)
            return
        self.case = await self.house.settled(self.case_id)

    async def send(self, step: ScenarioStep) -> httpx.Response:
        case = self.case
        role = step.as_ or first_role(self.house.procedure, case, step)
        clock = step.extend or step.pause or step.resume or step.end or step.correct
        if clock:
            body = {"reason": step.reason or "other"}
            if step.anchor:
                body["anchor"] = step.anchor.isoformat()
            return await self.post(f"clocks/{clock}/{step.verb}", role, body)
        match step.verb:
            case "take":
                sop, name = str(step.take).split(".")
                return await self.post(
                    f"{sop}/transitions/{name}", role, {"reason": step.reason} if step.reason else {}
                )
            case "record":
                sop = self.house.procedure.measures[str(step.record)][0]
                body = {"status": step.status or "done", "fields": step.fields}
                return await self.post(f"{sop}/measures/{step.record}", role, body)
            case "consent":
                return await self.post("consents", role, {"purpose": step.consent})
            case "withdraw":
                consent = self.consents.get(str(step.withdraw), "none")
                return await self.house.call("DELETE", f"/v1/cases/{self.case_id}/consents/{consent}", role)
            case "event":
                return await self.post(f"events/{step.event}", role, {"reason": step.reason} if step.reason else {})
            case "facts":
                return await self.post("facts", role, {"facts": step.facts})
            case "confirm":
                waiting = list(case.proposals)
                return await self.post(f"proposals/{waiting[-1] if waiting else 'none'}/confirm", role, {})
            case "offer":
                return await self.post("responsible", role, {"to": f"demo-{step.offer}"})
            case "reassign":
                return await self.post("reassign", role, {"to": f"demo-{step.reassign}", "reason": "other"})
            case _:
                return await self.post("responsible/confirm", role, {})

    async def expect(self, expect: Expect, where: str) -> None:
        shown = (await self.house.call("GET", f"/v1/cases/{self.case_id}", "case_manager")).json()
        clocks = {clock["name"]: clock for clock in shown["clocks"]}
        for sop, state in expect.states.items():
            assert shown["sops"].get(sop, {"state": "not_open"})["state"] == state, where
        for ref, status in expect.clocks.items():
            assert clocks.get(ref, {"status": "not_started"})["status"] == status, f"{where}: {ref}"
        for ref in expect.overdue:
            assert clocks[ref]["overdue"], f"{where}: {ref}"
        for ref, due in expect.due.items():
            assert datetime.fromisoformat(clocks[ref]["due"]) == due, f"{where}: {ref}"
        for ref, value in expect.facts.items():
            assert shown["facts"].get(ref) == (list(value) if isinstance(value, tuple) else value), f"{where}: {ref}"
        latest = {measure["name"]: measure["status"] for measure in shown["measures"]}
        for name, status in expect.measures.items():
            assert latest.get(name, "not_planned") == status, f"{where}: {name}"
        if expect.closed is not None:
            assert (shown["closed_at"] is not None) == expect.closed, where
        if expect.open or expect.blocked:
            await self.expect_steps(expect, where)
        if expect.told:
            await self.expect_told(expect, where)

    async def expect_steps(self, expect: Expect, where: str) -> None:
        steps = (await self.house.call("GET", f"/v1/cases/{self.case_id}/steps", "case_manager")).json()
        possible = {f"{s['sop']}.{s['name']}" if s["kind"] == "transition" else s["name"] for s in steps["open"]}
        assert set(expect.open) <= possible, f"{where}: {set(expect.open) - possible} not possible"
        assert not set(expect.blocked) & possible, f"{where}: {set(expect.blocked) & possible} possible"
        for blocked in steps["blocked"]:
            assert all(reason["text"] and reason["remedy"] for reason in blocked["reasons"])

    async def expect_told(self, expect: Expect, where: str) -> None:
        told = [line for line in await self.house.outbox.of_case(self.case_id) if line.id not in self.heard]
        missing = set(expect.told) - {line.to_role for line in told}
        assert not missing, f"{where}: nobody told {missing}"
        self.heard |= {line.id for line in told}


def later(scenario: Scenario) -> Scenario:
    """The same story 28 years later."""
    return Scenario.model_validate(_moved(scenario.model_dump(mode="json", by_alias=True, exclude_none=True)))


def _moved(value: object) -> object:
    if isinstance(value, str) and (found := _DATE.match(value)):
        return f"{int(found[1]) + LATER}{found[2]}"
    if isinstance(value, dict):
        return {key: _moved(inner) for key, inner in value.items()}
    return [_moved(inner) for inner in value] if isinstance(value, list) else value
