"""The invariants: what was acknowledged is applied, once and in order, and every copy of a case says the same."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import psycopg
from psycopg.rows import namedtuple_row

from bench.workload import Call, Secrets, actor
from sop.case import CLOCK, ENGINE, Actor, Case
from sop.changes import put_together
from sop.commands import Command, Tick
from sop.decision import Decision
from sop.effects import AssessRisk, Tell
from sop.events import Entry
from sop.machine import decide
from sop.procedure import Procedure
from workshop.playing import result_of


@dataclass
class Sent:
    """What became of one call. `unknown` counts the tries without an answer before the one that counts."""

    call: Call
    case: str
    status: int = 0
    body: bytes = b""
    seq: int = 0
    unknown: int = 0
    said: list[tuple[int, bytes]] = field(default_factory=list)
    """What later tries under the same key were answered with."""

    @property
    def acknowledged(self) -> bool:
        return 200 <= self.status < 300

    @property
    def refused(self) -> bool:
        """Refused for good: no try before it can have been accepted."""
        return 400 <= self.status < 500 and not self.unknown


@dataclass
class Kept:
    """What the database holds."""

    entries: dict[str, list[Entry]]
    cases: dict[str, Case]
    clocks: dict[str, dict[str, tuple[object, ...]]]
    told: dict[str, set[str]]


@dataclass
class Evidence:
    """Everything that the checks look at."""

    procedure: Procedure
    secrets: Secrets
    sent: list[Sent]
    kept: Kept
    views: dict[str, tuple[dict[str, Any], dict[str, Any]]]
    """Each case as the database and as the engine shows it."""


async def read(connection: psycopg.AsyncConnection[Any]) -> Kept:
    """All of the ledger, over a connection that may be in a transaction of its own."""
    kept = Kept(defaultdict(list), {}, defaultdict(dict), defaultdict(set))
    cursor = connection.cursor(row_factory=namedtuple_row)
    lines = "SELECT case_id, seq, at, actor, role, command, key, events, coalesce(changes::text, '') AS changes FROM entries"
    for row in await (await cursor.execute(f"{lines} ORDER BY case_id, seq")).fetchall():
        kept.entries[row.case_id].append(Entry.model_validate(row._asdict()))
    for row in await (await cursor.execute("SELECT case_id, snapshot::text AS said FROM cases")).fetchall():
        kept.cases[row.case_id] = Case.model_validate_json(row.said)
    columns = "run, status, anchor, due, missed_at"
    for row in await (await cursor.execute(f"SELECT case_id, clock, {columns} FROM clocks")).fetchall():
        kept.clocks[row.case_id][row.clock] = tuple(row)[2:]
    for row in await (await cursor.execute("SELECT case_id, id FROM outbox")).fetchall():
        kept.told[row.case_id].add(row.id)
    return kept


def violations(evidence: Evidence) -> list[str]:
    """Every promise that was broken, one sentence each; none where all were kept."""
    return [*_keys(evidence), *_copies(evidence), *_paths(evidence), *_answers(evidence)]


def _keys(evidence: Evidence) -> Iterator[str]:
    """Acknowledged ⊆ applied ⊆ acknowledged or unknown; each once, under its own seq; nothing that nobody sent."""
    applied = {
        case: Counter(entry.key.partition("#")[0] for entry in lines) for case, lines in evidence.kept.entries.items()
    }
    seqs = {(case, entry.key): entry.seq for case, lines in evidence.kept.entries.items() for entry in lines}
    expected: defaultdict[str, set[str]] = defaultdict(set)
    for sent in evidence.sent:
        call = sent.call
        key = evidence.secrets.key(call.role, call.method, call.path, call.key)
        times = applied.get(sent.case, Counter())[key]
        expected[sent.case].add(key)
        if sent.acknowledged and times == 0:
            yield f"lost: {call.key} on {sent.case} was acknowledged with seq {sent.seq} and is not in the ledger"
        if times > 1:
            yield f"double: {call.key} on {sent.case} was applied {times} times"
        if sent.refused and times:
            said = [status for status, _ in sent.said]
            yield f"ghost: {call.key} on {sent.case} was refused with {sent.status} (later {said}) and was applied"
        if sent.acknowledged and times == 1 and seqs.get((sent.case, key), -1) > sent.seq:
            yield f"order: {call.key} on {sent.case} was answered at seq {sent.seq}, before its own {seqs[sent.case, key]}"
    for case, lines in evidence.kept.entries.items():
        for entry in lines:
            own = entry.actor in (CLOCK.id, ENGINE.id)
            if not own and entry.key.partition("#")[0] not in expected[case]:
                yield f"stranger: seq {entry.seq} of {case} is a command that nobody sent"
        if [entry.seq for entry in lines] != list(range(1, len(lines) + 1)):
            yield f"gap: the ledger of {case} counts {_short([entry.seq for entry in lines])}"


def _copies(evidence: Evidence) -> Iterator[str]:
    """Snapshot, clock rows and both views say the same as one another, and so do the lines put together."""
    for case, lines in evidence.kept.entries.items():
        said = [entry.changes for entry in lines]
        if not all(said) or put_together(said) != evidence.kept.cases.get(case):
            yield f"changes: the lines of {case}, put together, are not the case"
    for case, views in evidence.views.items():
        recorded, fresh = (_in_order(view) for view in views)
        if recorded != fresh:
            differing = ", ".join(name for name in fresh if recorded.get(name) != fresh[name])
            yield f"copies: the database and the workflow differ on {case} in {differing}"
        snapshot = evidence.kept.cases.get(case)
        if snapshot is None:
            yield f"copies: {case} has no snapshot"
            continue
        if snapshot.seq != len(evidence.kept.entries.get(case, ())) or snapshot.seq != fresh["seq"]:
            yield f"copies: {case} stands at {snapshot.seq} in its snapshot, at {fresh['seq']} in its workflow"
        rows = {ref: (run.run, run.status, run.anchor, run.due, run.missed_at) for ref, run in snapshot.clocks.items()}
        for ref in sorted({*rows, *evidence.kept.clocks.get(case, {})}):
            if rows.get(ref) != evidence.kept.clocks.get(case, {}).get(ref):
                yield f"clocks: the row of {ref} of {case} differs from the case"
        for clock in fresh["clocks"]:
            if (ref := clock["name"]) in snapshot.clocks and _moment(clock["due"]) != snapshot.clocks[ref].due:
                yield f"clocks: {ref} of {case} is due at another moment in its workflow"


def _paths(evidence: Evidence) -> Iterator[str]:
    """Every case once more from its first command, by the ledger's order and times, through the pure decision."""
    commands: dict[tuple[str, str], tuple[Command, Actor]] = {}
    for sent in evidence.sent:
        call = sent.call
        key = evidence.secrets.key(call.role, call.method, call.path, call.key)
        digest = evidence.secrets.digest(call.body)
        commands[sent.case, key] = (call.command(evidence.secrets, key, digest), actor(call.role))
    for case, lines in evidence.kept.entries.items():
        yield from _path(evidence, case, lines, commands)


def _path(
    evidence: Evidence, case: str, lines: list[Entry], commands: dict[tuple[str, str], tuple[Command, Actor]]
) -> Iterator[str]:
    standing: Case | None = None
    asked: dict[str, AssessRisk] = {}
    told: set[str] = set()
    for entry in lines:
        command: Command
        if entry.actor == CLOCK.id:
            command, who = Tick(), CLOCK
            yield from _due(case, entry, standing)
        elif entry.actor == ENGINE.id and (effect := asked.pop(entry.key.removeprefix("effect-"), None)):
            command, who = result_of(evidence.procedure, effect), ENGINE
        elif (case, entry.key) in commands:
            command, who = commands[case, entry.key]
        else:
            yield f"path: seq {entry.seq} of {case} cannot be played again"
            return
        outcome = decide(evidence.procedure, standing, command, who, entry.at)
        if not isinstance(outcome, Decision):
            yield f"path: seq {entry.seq} of {case} ({entry.command}) is not allowed where it stands"
            return
        if outcome.events != entry.events or outcome.case.seq != entry.seq:
            yield f"path: seq {entry.seq} of {case} ({entry.command}) is recorded with other events than it has"
        standing = outcome.case
        asked |= {effect.id: effect for effect in outcome.effects if isinstance(effect, AssessRisk)}
        told |= {effect.id for effect in outcome.effects if isinstance(effect, Tell)}
    kept = evidence.kept.cases.get(case)
    if standing is not None and kept is not None and standing != kept:
        differing = [name for name in Case.model_fields if getattr(standing, name) != getattr(kept, name)]
        yield f"path: {case} is recorded otherwise than its commands lead to, in {', '.join(differing)}"
    if asked:
        yield f"effects: {len(asked)} assessments of {case} never came back"
    if told != evidence.kept.told.get(case, set()):
        yield f"effects: {len(told ^ evidence.kept.told.get(case, set()))} messages of {case} are missing or too many"


def _due(case: str, entry: Entry, before: Case | None) -> Iterator[str]:
    """What a clock does, it does not before its moment; its moment is worked out here from the anchor, in plain hours."""
    for event in entry.events:
        if event.kind not in ("clock_missed", "clock_expired"):
            continue
        run = before.clocks.get(event.clock) if before else None
        if event.due > entry.at:
            yield f"early: {event.clock} of {case} ran out at {entry.at}, before it was due at {event.due}"
        if run is None or run.missed_at is not None:
            yield f"double: {event.clock} of {case} ran out although it already had, or was never started"
        elif run.budget.seconds and not (run.budget.days or run.budget.months or run.budget.working_days):
            still = sum(((pause.until or entry.at) - pause.since for pause in run.pauses), timedelta())
            if not run.extensions and event.due != run.anchor + timedelta(seconds=run.budget.seconds) + still:
                yield f"due: {event.clock} of {case} was due at {event.due}, not where its anchor and length put it"


def _answers(evidence: Evidence) -> Iterator[str]:
    """The same key gets the same answer, byte for byte."""
    for sent in evidence.sent:
        for status, body in sent.said:
            if _passing(sent.status, sent.body) or _passing(status, body):
                continue  # the database was away: the whole answer comes under the same key later
            if sent.acknowledged and (status, body) != (sent.status, sent.body):
                yield f"answers: {sent.call.key} on {sent.case} was answered {sent.status}, then {status} with other words"
                break


def _passing(status: int | None, body: bytes) -> bool:
    return status == 202 and b'"recorded":false' in body


def lateness(evidence: Evidence) -> list[float]:
    """By how many seconds clocks acted after their moment."""
    return sorted(
        (entry.at - event.due).total_seconds()
        for lines in evidence.kept.entries.values()
        for entry in lines
        for event in entry.events
        if event.kind in ("clock_missed", "clock_expired")
    )


def _in_order(view: dict[str, Any]) -> dict[str, Any]:
    """Lists by their names: the database gives them in another order than the workflow."""
    names = {"measures": ("name", "number"), "clocks": ("name",), "consents": ("id",), "proposals": ("id",)}
    return view | {one: sorted(view[one], key=lambda e, by=by: [e[n] for n in by]) for one, by in names.items()}


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _short(numbers: list[int]) -> str:
    return f"{numbers[:3]} … {numbers[-3:]}, {len(numbers)} lines"
