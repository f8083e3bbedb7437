"""A case: one durable workflow, one door (`submit`), one waiting place."""

import asyncio
from collections.abc import Coroutine
from datetime import datetime, timedelta
from typing import Any

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from sop import shelf
    from sop.case import CLOCK, ENGINE, Actor, Case
    from sop.changes import changes
    from sop.commands import Adopt, Command, OpenCase, ReportResult, Submission, Tick
    from sop.decision import Decision, Receipt, Refused
    from sop.effects import AssessRisk, Tell
    from sop.events import Batch, Entry
    from sop.machine import decide
    from workflows import effects as outside
    from workflows.carried import Carried, Known
    from workflows.errors import BEHIND


RECENT = 1_000
ROLL_SOFT, ROLL_HARD = 150, 600
MOST_PENDING = 500
BATCH = 100
YOUNGEST = timedelta(seconds=1)
AFTER_A_FAULT = timedelta(minutes=1)


@workflow.defn(name="Case")
class CaseWorkflow:
    """Handlers decide, the run loop acts: no handler runs an activity, so nothing interleaves."""

    @workflow.init
    def __init__(self, carried: Carried) -> None:
        self._case_id = carried.case_id
        self._case = carried.case
        self._recent = dict(carried.recent)
        self._pending = list(carried.pending)
        self._owes = carried.owes
        self._effects: dict[str, AssessRisk] = {effect.id: effect for effect in carried.effects}
        self._started: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._accepted = 0
        self._born = workflow.now()
        self._armed: datetime | None = None
        self._alarm: asyncio.Task[None] | None = None
        self._rang = False

    @workflow.run
    async def run(self, carried: Carried) -> None:
        """Until the case rolls over: clocks, effects, the ledger. A case that was never opened ends by itself."""
        try:
            if self._case is None:
                await workflow.wait_condition(lambda: self._case is not None, timeout=timedelta(minutes=1))
        except TimeoutError:
            if self._case is None:
                return
        self._spawn(self._keep_the_ledger())
        while True:
            self._arm()
            await workflow.wait_condition(self._has_work)
            if self._rang:
                self._time_passed()
            self._start_effects()
            if self._should_roll():
                await self._roll()

    @workflow.update
    async def submit(self, submission: Submission) -> Receipt:
        """The one door: decide, keep, answer. Who sends the command writes the ledger, or the case itself does."""
        self._recorded(submission.kept or 0)
        known = self._recent.get(submission.key)
        repeated = known is not None
        if known is None:
            self._catch_up()
            decision = self._decide(submission.command, submission.actor)
            own = submission.kept is None or self._is_behind()
            known = self._keep(decision, submission.command, submission.actor, submission.key, submission.body, own=own)
        assert self._case is not None  # noqa: S101 - a command was accepted
        handed = self._pending and not self._is_behind()
        return Receipt(
            case_id=self._case_id,
            seq=known.seq,
            body=known.body,
            repeated=repeated,
            proposal=known.proposal,
            batch=Batch(entries=tuple(self._pending), case=self._case) if handed else None,
        )

    @submit.validator
    def _may_submit(self, submission: Submission) -> None:
        """A refusal here leaves nothing in the history."""
        known = self._recent.get(submission.key)
        if known is not None:
            if known.body != submission.body:
                raise _refusal(Refused(code="key_reused", reasons=()))
            return
        if len(self._pending) > MOST_PENDING:
            raise ApplicationError("The database is too far behind.", type=BEHIND, non_retryable=True)
        if submission.expected_seq is not None and (self._case is None or self._case.seq != submission.expected_seq):
            raise _refusal(Refused(code="stale", reasons=()))
        if isinstance(submission.command, Adopt) and submission.command.procedure not in shelf.loaded():
            raise _refusal(Refused(code="refused", reasons=(shelf.NOT_ARRIVED,)))  # accepted, it would hold up the case
        self._decide(submission.command, submission.actor)

    @workflow.query
    def look(self) -> Case | None:
        """The case as it stands in the workflow, whatever the database knows."""
        return self._case

    @workflow.query
    def unrecorded(self, kept: int) -> Batch | None:
        """The lines after `kept`, for a ledger that has come no further; None where there are none."""
        entries = tuple(entry for entry in self._pending if entry.seq > kept)
        return Batch(entries=entries[:BATCH], case=self._case) if entries and self._case else None

    def _decide(self, command: Command, actor: Actor) -> Decision:
        digest = command.procedure if isinstance(command, OpenCase) else self._case.procedure if self._case else ""
        if not digest:
            raise ApplicationError("There is no such case.", type="unknown", non_retryable=True)
        to = shelf.get(command.procedure) if isinstance(command, Adopt) else None
        outcome = decide(shelf.get(digest), self._case, command, actor, workflow.now(), to)
        if isinstance(outcome, Refused):
            raise _refusal(outcome)
        return outcome

    def _keep(
        self, decision: Decision, command: Command, actor: Actor, key: str, body: str, *, own: bool = True
    ) -> Known:
        """No `await` in here: what was decided is kept whole or not at all. `own`: the case writes the line itself."""
        before, self._case = self._case, decision.case
        seq = decision.case.seq
        self._pending.append(
            Entry(
                case_id=self._case_id,
                seq=seq,
                at=workflow.now(),
                actor=actor.id,
                role=actor.roles[0] if actor.roles else "",
                command=command.kind,
                key=key,
                events=decision.events,
                tells=tuple(effect for effect in decision.effects if isinstance(effect, Tell)),
                changes=changes(before, decision.case),
            )
        )
        if own:
            self._owes = seq
        self._effects |= {effect.id: effect for effect in decision.effects if isinstance(effect, AssessRisk)}
        self._accepted += 1
        known = Known(body=body, seq=seq, proposal=decision.proposal)
        if actor.id in (CLOCK.id, ENGINE.id):
            return known  # nobody repeats these
        self._recent[key] = known
        while len(self._recent) > RECENT:
            del self._recent[next(iter(self._recent))]
        return known

    def _has_work(self) -> bool:
        wake = self._case.nearest_wake() if self._case else None
        unstarted = len(self._effects) > len(self._started)
        return self._rang or unstarted or wake != self._armed or self._should_roll()

    def _arm(self) -> None:
        """One timer at a time, for the nearest due moment, and a new one only when that moment changes."""
        wake = self._case.nearest_wake() if self._case else None
        if wake == self._armed:
            return
        if self._alarm is not None:
            self._alarm.cancel()
        self._armed = wake
        self._alarm = self._spawn(self._ring(wake - workflow.now())) if wake is not None else None

    async def _ring(self, delay: timedelta) -> None:
        await asyncio.sleep(max(delay.total_seconds(), 0.001))
        self._rang = True

    def _catch_up(self) -> None:
        """What was due before this command happens before it: after an outage, in its order."""
        wake = self._case.nearest_wake() if self._case else None
        if wake is not None and wake <= workflow.now():
            self._time_passed()

    def _time_passed(self) -> None:
        """Whatever is due happens. A fault in here must not stop the case: it is tried again in a minute."""
        self._rang = False
        self._alarm = None
        try:
            assert self._case is not None  # noqa: S101 - the loop runs only with a case
            outcome = decide(shelf.get(self._case.procedure), self._case, Tick(), CLOCK, workflow.now())
            if isinstance(outcome, Decision):
                self._keep(outcome, Tick(), CLOCK, f"tick-{outcome.case.seq}", "")
            elif outcome.reasons[0].code != "nothing_due":
                raise RuntimeError(outcome.reasons[0].code)
            self._armed = None
        except shelf.ProcedureNotLoaded:
            raise
        except Exception as error:  # contained like a command's fault: see workflows/containment.py
            workflow.logger.error("clock_failed", extra={"error": type(error).__name__})
            self._alarm = self._spawn(self._ring(AFTER_A_FAULT))

    def _start_effects(self) -> None:
        for effect in self._effects.values():
            if effect.id not in self._started:
                self._started.add(effect.id)
                self._spawn(self._carry_out(effect))

    async def _carry_out(self, effect: AssessRisk) -> None:
        """A fault in here must lose no effect: it is begun again in a minute."""
        try:
            self._answered(await outside.assess_risk(effect))
        except Exception as error:
            workflow.logger.error("effect_failed", extra={"error": type(error).__name__})
            await asyncio.sleep(AFTER_A_FAULT.total_seconds())
        else:
            self._effects.pop(effect.id, None)
        self._started.discard(effect.id)

    def _answered(self, answer: ReportResult) -> None:
        assert self._case is not None  # noqa: S101 - effects come from a case
        outcome = decide(shelf.get(self._case.procedure), self._case, answer, ENGINE, workflow.now())
        if isinstance(outcome, Decision):
            self._keep(outcome, answer, ENGINE, f"effect-{answer.effect}", "")
        else:
            workflow.logger.warning("result_not_taken", extra={"code": outcome.reasons[0].code})

    async def _keep_the_ledger(self) -> None:
        """What no door has promised to write, always in order: what gathers meanwhile goes with the next batch."""
        while True:
            await workflow.wait_condition(self._is_behind)
            assert self._case is not None  # noqa: S101 - entries come with a case
            batch = Batch(entries=tuple(self._pending[:BATCH]), case=self._case)
            await outside.record(batch)
            self._recorded(batch.entries[-1].seq)

    def _is_behind(self) -> bool:
        """Whether there are lines that the case itself has to write."""
        return bool(self._pending) and (self._pending[0].seq <= self._owes or len(self._pending) > BATCH)

    def _recorded(self, seq: int) -> None:
        """The ledger is known to have come to this line."""
        if self._pending and self._pending[0].seq <= seq:
            self._pending = [entry for entry in self._pending if entry.seq > seq]

    def _should_roll(self) -> bool:
        """Early and at a quiet moment; or, when the history grows long, as soon as the handlers are done."""
        if workflow.now() - self._born < YOUNGEST:
            return False
        if self._accepted >= ROLL_HARD or workflow.info().is_continue_as_new_suggested():
            return True
        quiet = not self._is_behind() and not self._effects and workflow.all_handlers_finished()
        return self._accepted >= ROLL_SOFT and quiet

    async def _roll(self) -> None:
        """The only place that continues as new; never while a handler runs, or its effect would be lost."""
        await workflow.wait_condition(workflow.all_handlers_finished)
        workflow.continue_as_new(
            Carried(
                case_id=self._case_id,
                case=self._case,
                recent=self._recent,
                pending=tuple(self._pending),
                owes=self._owes,
                effects=tuple(self._effects.values()),
            )
        )

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _refusal(refused: Refused) -> ApplicationError:
    """A refusal on the wire: its code as type (readable to the server), its reasons as encrypted details."""
    return ApplicationError("refused", refused, type=refused.code, non_retryable=True)
