"""Two simulations side by side: the same cases and the same luck, under two procedures."""

from sop.shapes import Value
from workshop.results import Result


class Difference(Value):
    """One figure under both; `None` where it does not occur there."""

    what: str
    unit: str
    a: float | None
    b: float | None

    @property
    def change(self) -> float | None:
        return None if self.a is None or self.b is None else round(self.b - self.a, 1)


def compare(a: Result, b: Result) -> tuple[Difference, ...]:
    """Every figure that differs, in the order of the tables; `a` is what there was, `b` what is compared with it."""
    found = [
        Difference(what=what, unit="", a=one, b=two)
        for what, one, two in (
            ("cases ended", a.ended, b.ended),
            ("cases still open", a.still_open, b.still_open),
            ("overdue, set by law", a.overdue_statutory, b.overdue_statutory),
            ("overdue, our targets", a.overdue_targets, b.overdue_targets),
        )
    ]
    figures = (
        ("overdue", "%", {c.clock: c.overdue_share for c in a.clocks}, {c.clock: c.overdue_share for c in b.clocks}),
        ("time used", "%", {r.role: r.used for r in a.roles}, {r.role: r.used for r in b.roles}),
        ("mean queue", "steps", {r.role: r.mean_queue for r in a.roles}, {r.role: r.mean_queue for r in b.roles}),
        ("median stay", "days", {s.place: s.median_days for s in a.states}, {s.place: s.median_days for s in b.states}),
        (
            "median time to",
            "days",
            {m.place: m.median_days for m in a.milestones},
            {m.place: m.median_days for m in b.milestones},
        ),
    )
    for what, unit, ones, twos in figures:
        for name in dict.fromkeys((*ones, *twos)):
            one, two = ones.get(name), twos.get(name)
            if one != two:
                found.append(Difference(what=f"{what}: {name}", unit=unit, a=one, b=two))
    return tuple(line for line in found if line.a != line.b)
