"""Two simulations side by side: the same cases and the same luck, under two procedures."""

from collections.abc import Iterator

from sop.shapes import Value
from workshop.results import Result


class Difference(Value):
    """One figure under both; `None` where it does not occur there. `what` is for programs, `title` for people."""

    what: str
    title: str
    unit: str
    a: float | None
    b: float | None

    @property
    def change(self) -> float | None:
        """By how much `b` is more than `a`."""
        return None if self.a is None or self.b is None else round(self.b - self.a, 2)


def compare(a: Result, b: Result) -> tuple[Difference, ...]:
    """Every figure that differs, in the order of the tables; `a` is what there was, `b` what is compared with it."""
    ones, twos = ({what: rest for what, *rest in _figures(result)} for result in (a, b))
    found = []
    for what in dict.fromkeys((*ones, *twos)):
        title, unit, _ = ones.get(what) or twos[what]
        one, two = (figures[what][2] if what in figures else None for figures in (ones, twos))
        if one != two:
            found.append(Difference(what=what, title=title, unit=unit, a=one, b=two))
    return tuple(found)


def _figures(result: Result) -> Iterator[tuple[str, str, str, float | None]]:
    """What it is for programs and for people, its unit, and the figure."""
    yield "cases ended", "Cases ended", "", result.ended
    yield "cases still open", "Cases still open", "", result.still_open
    yield "overdue, set by law", "Overdue, set by law", "", result.overdue_statutory
    yield "overdue, our targets", "Overdue, our targets", "", result.overdue_targets
    for clock in result.clocks:
        yield f"overdue: {clock.clock}", f"Overdue: {clock.title}", "%", clock.overdue_share
    for role in result.roles:
        yield f"time used: {role.role}", f"Time used: {role.title}", "%", role.used
    for role in result.roles:
        yield f"mean queue: {role.role}", f"Mean queue: {role.title}", "steps", role.mean_queue
    for wait in sorted(result.waits, key=lambda wait: (wait.place, wait.role)):
        if wait.staffed:
            title = f"Waiting, {wait.title} ({wait.role_title})"
            yield f"waiting: {wait.place} {wait.role}", title, "days", wait.queue_days
    for state in result.states:
        yield f"median stay: {state.place}", f"Median stay, {state.title}", "days", state.median_days
    for mark in result.milestones:
        yield f"median time to: {mark.place}", f"Median time to {mark.title}", "days", mark.median_days
