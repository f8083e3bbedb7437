"""A simulated caseload: repeatable, nothing lost, as queueing theory says, and worse where it must be worse."""

import re
import subprocess
import sys

import pytest

from cli.folders import SHIPPED, files_of
from sop.case import CLOCK, Case
from sop.commands import OpenCase, Tick
from sop.decision import Decision
from sop.durations import Duration
from sop.loader import load
from sop.machine import decide
from sop.procedure import Procedure, compile_procedure
from workshop.caseload import Simulation, Staff
from workshop.compared import compare
from workshop.playing import actor_for
from workshop.results import Result, result_of
from workshop.seeking import BEGINS
from workshop.simulating import Run


def simulated(procedure: Procedure, simulation: Simulation, seed: int | None = None) -> Result:
    run = Run(procedure, simulation, seed)
    run.advance(run.end)
    return result_of(run)


@pytest.fixture(scope="module")
def result(shipped: Procedure, some_months: Simulation) -> Result:
    return simulated(shipped, some_months)


def with_changed(change: dict[str, tuple[str, str]]) -> Procedure:
    """The shipped procedure with a text replaced in some of its files."""
    files = files_of(SHIPPED / "trm")
    for name, (old, new) in change.items():
        text = files[name].decode()
        assert old in text
        files[name] = text.replace(old, new, 1).encode()
    return compile_procedure(load(files))


def test_the_same_seed_gives_the_same_numbers(shipped: Procedure, some_months: Simulation, result: Result) -> None:
    assert simulated(shipped, some_months) == result


def test_another_process_gives_the_same_numbers(result: Result) -> None:
    """Also where Python puts sets into another order."""
    program = (
        "from cli.folders import SHIPPED, files_of\n"
        "from sop.durations import Duration\n"
        "from sop.loader import load\n"
        "from sop.procedure import compile_procedure\n"
        "from workshop.results import result_of\n"
        "from workshop.simulating import Run\n"
        "from workshop.simulations import simulation_in\n"
        "files = files_of(SHIPPED / 'trm')\n"
        "procedure = compile_procedure(load(files))\n"
        "name = 'simulations/default.yaml'\n"
        "simulation = simulation_in(name, files[name], procedure).model_copy(update={'lasts': Duration(days=240)})\n"
        "run = Run(procedure, simulation)\n"
        "run.advance(run.end)\n"
        "print(result_of(run).model_dump_json())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": "7"}
    )
    assert done.stdout.strip() == result.model_dump_json()


def test_another_seed_gives_other_numbers(shipped: Procedure, some_months: Simulation, result: Result) -> None:
    assert simulated(shipped, some_months, seed=2).case_days != result.case_days


def test_moved_on_in_parts_it_comes_to_the_same(shipped: Procedure, some_months: Simulation, result: Result) -> None:
    run = Run(shipped, some_months)
    for part in range(1, 38):
        run.advance(run.start + (run.end - run.start) * part / 37)
        assert run.share == pytest.approx(part / 37)
    assert result_of(run) == result


def test_stopped_early_it_says_so_and_what_it_has_is_whole(shipped: Procedure, some_months: Simulation) -> None:
    run = Run(shipped, some_months)
    run.advance(run.start + (run.end - run.start) / 3)
    early = result_of(run)
    assert not early.finished
    nothing_is_lost(early)


def nothing_is_lost(result: Result) -> None:
    assert result.arrived == result.ended + result.still_open > 0
    final = {"identified", "declined", "not_confirmed", "completed", "handed_over", "integrated", "resettled"}
    for state in result.states:
        if state.place.split(".")[1] not in final:
            assert state.entered >= state.still_there
    for clock in result.clocks:
        over = clock.in_time + clock.late + clock.overdue_now + clock.cancelled
        assert over <= clock.started, clock


def test_nothing_is_lost(result: Result) -> None:
    assert result.finished
    nothing_is_lost(result)


def test_every_entry_into_a_state_ends_or_lasts(shipped: Procedure, some_months: Simulation) -> None:
    run = Run(shipped, some_months)
    run.advance(run.end)
    held = dict.fromkeys(run.tally.entries, 0)
    for life in run.lives.values():
        for sop, (state, _) in life.entered.items():
            held[f"{sop}.{state}"] += 1
    closed_in = {place for place in run.tally.entries if place in shipped.final}
    for place, entries in run.tally.entries.items():
        if place not in closed_in:
            left = len(run.tally.stays.get(place, ()))
            assert entries - left - held[place] >= 0
            assert entries - left - held[place] <= run.tally.ended, place


def test_the_engine_refuses_hardly_anything_that_the_policy_tries(result: Result) -> None:
    assert sum(result.refused.values()) <= result.decisions / 500, result.refused


def test_two_clerks_are_as_busy_and_their_queue_as_long_as_erlang_says(
    tiny: Procedure, tiny_settings: Simulation
) -> None:
    """M/M/2 with an arrival every 2 hours and 3 hours of service: three quarters busy, Erlang C gives 1.93 waiting."""
    found = simulated(tiny, tiny_settings)
    (clerk,) = found.roles
    assert found.arrived == pytest.approx(400 * 12, rel=0.04)
    assert clerk.used == pytest.approx(75, abs=3)
    assert clerk.mean_queue == pytest.approx(1.93, rel=0.25)
    (wait,) = [line for line in found.waits if line.role == "clerk"]
    assert wait.queue_days * 24 == pytest.approx(3.86, rel=0.3)
    assert wait.work_days * 24 == pytest.approx(3, rel=0.07)


def test_one_clerk_less_makes_the_queue_grow_without_end(tiny: Procedure, tiny_settings: Simulation) -> None:
    staff = {"clerk": tiny_settings.staff["clerk"].model_copy(update={"people": 1})}
    short = tiny_settings.model_copy(update={"staff": staff, "lasts": Duration(days=90)})
    (clerk,) = simulated(tiny, short).roles
    assert clerk.used > 98
    assert clerk.waiting_now > 200


def overdue(result: Result) -> int:
    return result.overdue_statutory + result.overdue_targets


def test_half_the_staff_leaves_more_overdue(shipped: Procedure, some_months: Simulation, result: Result) -> None:
    halved = {
        role: Staff(
            people=max(1, staff.people // 2), hours=staff.hours / (2 if staff.people == 1 else 1), takes=staff.takes
        )
        for role, staff in some_months.staff.items()
    }
    worse = simulated(shipped, some_months.model_copy(update={"staff": halved}))
    assert overdue(worse) > overdue(result)
    assert max(role.used for role in worse.roles) > max(role.used for role in result.roles)


def test_a_shorter_deadline_is_missed_more_often_by_the_same_cases(some_months: Simulation, result: Result) -> None:
    title = "    title: Early risk assessment\n    deadline: "
    shorter = with_changed({"identification.yaml": (f"{title}48 hours", f"{title}12 hours")})
    found = simulated(shorter, some_months)
    then, now = (next(c for c in r.clocks if c.clock == "identification.early_risk_due") for r in (result, found))
    assert now.late > then.late
    assert now.started == then.started
    assert found.arrived == result.arrived
    changes = {line.what for line in compare(result, found)}
    assert "overdue: identification.early_risk_due" in changes


def test_a_change_of_words_changes_no_figure(some_months: Simulation, result: Result) -> None:
    renamed = with_changed({"return.yaml": ("title: Postponed,", "title: Put off,")})
    assert compare(result, simulated(renamed, some_months)) == ()


def test_looking_only_where_something_may_have_changed_is_looking_everywhere(some_months: Simulation) -> None:
    """But for measures that lapse with nobody doing anything: that is seen at the next look."""
    files = files_of(SHIPPED / "trm")
    lasting = {name: re.sub(rb"\n    valid-for: .*", b"", content) for name, content in files.items()}
    procedure = compile_procedure(load(lasting))
    everywhere = Run(procedure, some_months)
    everywhere.course.concerned.clear()
    everywhere.advance(everywhere.end)
    assert result_of(everywhere) == simulated(procedure, some_months)


def test_reminders_that_come_late_change_nothing_that_is_due(shipped: Procedure) -> None:
    """The simulator passes over moments at which the engine only tells somebody: the case comes to the same."""
    command = OpenCase(
        case_id="SIMTEST0001", procedure=shipped.hash, country="RS", facts={"age_group": "child"}, responsible="x"
    )
    opened = decide(shipped, None, command, actor_for("case_manager"), BEGINS)
    assert isinstance(opened, Decision)
    every, once = opened.case, opened.case
    while (wake := every.nearest_wake()) is not None:
        last = wake
        ticked = decide(shipped, every, Tick(), CLOCK, wake)
        assert isinstance(ticked, Decision)
        every = ticked.case
    ticked = decide(shipped, once, Tick(), CLOCK, last)
    assert isinstance(ticked, Decision)

    def said(case: Case) -> object:
        return case.sops, case.facts, {ref: (run.status, run.due, run.rungs) for ref, run in case.clocks.items()}

    assert said(every) == said(ticked.case)
