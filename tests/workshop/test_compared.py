"""Two simulations side by side: every figure of the tables that differs is told, with its title and its change."""

import pytest

from sop.procedure import Procedure
from workshop.caseload import Simulation
from workshop.compared import Difference, compare
from workshop.results import Result, result_of
from workshop.simulating import Run


@pytest.fixture(scope="module")
def result(tiny: Procedure, tiny_settings: Simulation) -> Result:
    run = Run(tiny, tiny_settings)
    run.advance(run.start + (run.end - run.start) / 20)
    return result_of(run)


def test_the_same_twice_differs_in_nothing(result: Result) -> None:
    assert compare(result, result) == ()


@pytest.mark.parametrize(
    ("part", "figure", "what", "title"),
    [
        ("clocks", "overdue_share", "overdue: service.serve_due", "Overdue: Served"),
        ("roles", "used", "time used: clerk", "Time used: Clerk"),
        ("roles", "mean_queue", "mean queue: clerk", "Mean queue: Clerk"),
        ("waits", "queue_days", "waiting: service.waiting clerk", "Waiting, Service: Waiting (Clerk)"),
        ("states", "median_days", "median stay: service.waiting", "Median stay, Service: Waiting"),
        ("milestones", "median_days", "median time to: service.waiting", "Median time to Service: Waiting"),
    ],
)
def test_every_figure_that_differs_is_told(result: Result, part: str, figure: str, what: str, title: str) -> None:
    first, *others = getattr(result, part)
    was = getattr(first, figure)
    other = result.model_copy(update={part: (first.model_copy(update={figure: was + 1.25}), *others)})
    (line,) = compare(result, other)
    assert (line.what, line.title, line.a, line.b, line.change) == (what, title, was, was + 1.25, 1.25)
    (back,) = compare(other, result)
    assert back.change == -1.25


def test_what_only_one_of_them_has_differs_without_a_change(result: Result) -> None:
    less = result.model_copy(update={"clocks": ()})
    gone = Difference(
        what="overdue: service.serve_due", title="Overdue: Served", unit="%", a=result.clocks[0].overdue_share, b=None
    )
    assert compare(result, less) == (gone,)
    assert gone.change is None
