"""What a simulated case wants next: the policy that chooses among the steps that the procedure makes possible."""

from collections.abc import Callable
from datetime import datetime

from sop.case import ENGINE, Case
from sop.conditions import AllOf, AnyOf, Condition, Consent, Done, Fact, Needs, Settled, When, holds, matches
from sop.draft import Draft
from sop.procedure import Procedure
from sop.shapes import FactValue
from sop.steps import measure_is_free, move_is_free
from workshop.chance import Draws
from workshop.courses import Course, Task


class Life:
    """One simulated case: where it stands, what it intends, what is under way for it. Times are seconds of Unix time."""

    __slots__ = (
        "arrived", "case", "clock_at", "draws", "entered", "intended", "later", "look_at", "menu", "number", "openings", "owed",
        "pending", "reached", "ready", "refused", "unwilling",
    )  # fmt: skip

    def __init__(self, number: int, case: Case, draws: Draws, arrived: float, course: Course) -> None:
        self.number = number
        self.case = case
        self.draws = draws
        self.arrived = arrived
        self.intended: dict[str, str] = {}
        """By SOP: the transition that chance has chosen from the state in which it stands."""
        self.ready: dict[str, float] = {}
        """By step: not begun before."""
        self.pending: set[str] = set()
        self.owed: dict[str, None] = {}
        """Measures that a clock waits for or has asked for, in this order."""
        self.openings: tuple[Task, ...] = course.openings
        self.menu: dict[str, tuple[Task, ...]] = dict(course.menu)
        """By SOP: what is still wanted without anything that asks for it."""
        self.unwilling: dict[str, bool] = {}
        self.refused: set[str] = set()
        """Steps that the engine refused although nothing stood against them: not tried again."""
        self.entered: dict[str, tuple[str, float]] = {}
        self.reached: set[str] = set()
        self.clock_at: float | None = None
        self.later: dict[str, float] = {}
        """By SOP (`""` for what belongs to none): when there is something to begin that is too early now."""
        self.look_at: float | None = None


class Glance(Draft):
    """A case that is only looked at: nothing of it is copied, and no fact is worked out twice."""

    __slots__ = ("_known",)

    def __init__(self, procedure: Procedure, case: Case, now: datetime) -> None:
        self.procedure = procedure
        self.case = case
        self.now = now
        self.actor, self.seq, self.proposal = ENGINE, case.seq + 1, None
        self.changes, self.events, self.effects = {}, [], []
        self.sops, self.facts, self.measures = case.sops, case.facts, case.measures
        self.clocks, self.consents, self.proposals = case.clocks, case.consents, case.proposals
        self._known: dict[str, FactValue | None] = {}

    def fact(self, ref: str) -> FactValue | None:
        if ref not in self.procedure.derived:
            return self.facts.get(ref)
        if ref not in self._known:
            self._known[ref] = super().fact(ref)
        return self._known[ref]


class Wish:
    """One look at one case: which steps somebody should begin now, and when to look again."""

    __slots__ = ("_begin", "_course", "_denied", "_draft", "_life", "_now", "_seen", "_sop")

    def __init__(self, course: Course, life: Life, draft: Draft, now: float, begin: Callable[[Task], None]) -> None:
        self._course = course
        self._life = life
        self._draft = draft
        self._now = now
        self._begin = begin
        self._seen: set[str] = set()
        self._denied = False
        self._sop = ""

    def look(self, sops: frozenset[str] | None = None) -> None:
        """Look at these SOPs, or at all."""
        life, case = self._life, self._life.case
        life.later.pop("", None)
        if life.openings:
            life.openings = tuple(task for task in life.openings if task.sop not in case.sops and self._likes(task))
            for task in life.openings:
                if self._fits(task):
                    self._move(task)
        for sop, standing in case.sops.items():
            if sops is None or sop in sops:
                life.later.pop(sop, None)
                if standing.open:
                    self._sop = sop
                    self._go_on(sop, standing.state)
                    self._choose(sop)
        self._sop = ""
        for name in tuple(life.owed) if life.owed else ():
            task = self._course.tasks[name]
            if not self._likes(task):
                del life.owed[name]
            elif self._fits(task):
                self._measure(task)
        closing = self._course.closing
        if closing and not life.pending and all(not standing.open for standing in case.sops.values()):
            self._close(closing)

    def _likes(self, task: Task) -> bool:
        """Whether this person's case wants a step that nothing else asks for; chance decides it once."""
        known = self._life.unwilling.get(task.name)
        if known is None:
            known = not self._life.draws.happens(f"wanted:{task.name}", task.share)
            self._life.unwilling[task.name] = known
        return not known

    def _fits(self, task: Task) -> bool:
        """Whether the facts are those for which the assumptions want the step."""
        return not task.plan.when or matches(task.plan.when, self._draft)

    def _choose(self, sop: str) -> None:
        """What is on the menu, until it was offered."""
        menu = self._life.menu.get(sop)
        if not menu:
            return
        settled, pending = self._draft.settled, self._life.pending
        left = tuple(task for task in menu if not settled(task.name) and self._likes(task))
        if len(left) < len(menu):
            self._life.menu[sop] = left
        for task in left:
            if task.name not in pending and self._fits(task):
                self._measure(task)

    def _go_on(self, sop: str, state: str) -> None:
        """Make the intended transition possible and take it.

        Where nothing more can be done for it, another one is intended for which what was found speaks (it has
        conditions, and they hold); where the person does not consent, any other that is possible.
        """
        life = self._life
        ways = self._course.outgoing.get(f"{sop}.{state}")
        if not ways:
            return
        intended = life.intended.get(sop)
        if intended is None:
            chosen = life.draws.chosen(f"way:{sop}.{state}", [weight for _, weight in ways])
            life.intended[sop] = intended = ways[chosen][0]
        self._denied = False
        if self._move(self._course.tasks[intended]):
            return
        others = [(self._course.tasks[name], weight) for name, weight in ways if name != intended]
        free = [(task, weight) for task, weight in others if task.move and move_is_free(self._draft, task.move)]
        spoken_for = [(task, weight) for task, weight in free if task.move and task.move.needs]
        possible = spoken_for or (free if self._denied else [])
        if possible:
            task = possible[life.draws.chosen(f"other:{sop}.{state}", [weight for _, weight in possible])][0]
            life.intended[sop] = task.name
            self._move(task)

    def _move(self, task: Task) -> bool:
        """Take it where it is free; otherwise work on what it needs. Says whether anything is under way."""
        assert task.move is not None  # noqa: S101 - a transition has its move
        if task.name in self._life.pending:
            return True
        ready = self._ready(task)
        if not ready and not (task.plan.early and task.move.needs):
            return True
        if not move_is_free(self._draft, task.move):
            return self._pursue(task.move.needs)
        if ready:
            self._begin_now(task)
        return task.name not in self._life.refused

    def _measure(self, task: Task) -> bool:
        assert task.measure is not None  # noqa: S101 - a measure has its measure
        if task.name in self._life.pending or task.name in self._life.refused:
            return task.name in self._life.pending
        if task.name in self._seen:
            return False
        self._seen.add(task.name)
        if not self._ready(task):
            return True
        if measure_is_free(self._draft, task.sop, task.name, task.measure):
            self._begin_now(task)
            return True
        return self._pursue(task.measure.needs)

    def _consent(self, purpose: str) -> bool:
        task = self._course.tasks[f"consent.{purpose}"]
        share = self._course.simulation.consents.get(purpose, 100.0) / 100
        if task.name in self._life.pending:
            return True
        if task.name in self._life.refused or self._draft.withdrawn(purpose):
            return False
        if task.name not in self._life.unwilling:
            self._life.unwilling[task.name] = not self._life.draws.happens(task.name, share)
        if self._life.unwilling[task.name]:
            self._denied = True
            return False
        if self._ready(task):
            self._begin_now(task)
        return True

    def _close(self, task: Task) -> None:
        life = self._course.procedure.definition.head.life_events[task.name]
        if self._ready(task) and holds(life.needs, self._draft):
            self._begin_now(task)

    def _pursue(self, needs: Needs) -> bool:
        """Work on every condition that does not hold; says whether anything is under way for any of them."""
        found = [self._strive(condition) for condition in needs if condition.verdict(self._draft) is not True]
        return any(found)

    def _strive(self, condition: Condition) -> bool:
        tasks = self._course.tasks
        match condition:
            case Done():
                names = (condition.done,) if isinstance(condition.done, str) else condition.done
                begun = [self._measure(tasks[name]) for name in names if not self._draft.done(name)]
                return any(begun)
            case Settled():
                return self._measure(tasks[condition.settled])
            case Consent():
                return self._consent(condition.consent)
            case Fact():
                return self._find_out(condition.fact)
            case AnyOf():
                return any(self._strive(inner) for inner in condition.any_ if inner.verdict(self._draft) is not True)
            case AllOf():
                return self._pursue(condition.all_)
            case When():
                return self._pursue(condition.then)
        return False

    def _find_out(self, ref: str) -> bool:
        """A fact that a measure finds: the measure is done; or done again where it found what forbids the step."""
        task = self._course.tasks.get(ref.split(".")[0])
        if task is None or task.measure is None:
            return False
        if not self._draft.done(task.name):
            return self._measure(task)
        if task.again is None:
            return False
        key = f"again:{task.name}"
        if key not in self._life.ready:
            self._life.ready[key] = self._now + task.again(self._life.draws, key)
        if self._life.ready[key] > self._now:
            self._look_again(self._life.ready[key])
            return True
        return self._measure(task)

    def _ready(self, task: Task) -> bool:
        """Whether the time has come from which it may be begun; counted from the first look at which it was wanted."""
        at = self._life.ready.get(task.name)
        if at is None:
            at = self._now + task.after(self._life.draws, f"after:{task.name}") if task.after else self._now
            self._life.ready[task.name] = at
        if at > self._now:
            self._look_again(at)
            return False
        return True

    def _look_again(self, at: float) -> None:
        later = self._life.later
        later[self._sop] = min(later.get(self._sop, at), at)

    def _begin_now(self, task: Task) -> None:
        if task.name not in self._life.refused and task.name not in self._life.pending:
            self._life.pending.add(task.name)
            self._begin(task)
