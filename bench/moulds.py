"""Moulds of cases: what the simulator makes of the shipped procedure, as rows of every table with gaps for copies."""

import dataclasses
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from activities.ledger import write_of
from bench.simulate import shipped
from sop.case import CLOCK, Case
from sop.commands import Tick
from sop.decision import Decision
from sop.effects import Tell
from sop.events import Batch, Entry
from sop.machine import decide
from sop.procedure import Procedure
from store.cases import LedgerWrite
from workshop.caseload import Simulation
from workshop.simulating import Run

TABLES = {
    "cases": "case_id, procedure_hash, procedure_name, procedure_version, country, opened_at, closed_at, moved_at, seq, "
    "responsible, offered_to, snapshot, halted, awaits_since",
    "sop_states": "case_id, sop, state, since, open, country, responsible, stalls_at, roles",
    "clocks": "case_id, clock, sop, run, kind, statutory, status, anchor, due, missed_at, country, responsible, open, "
    "owes, partner, counterpart",
    "steps": "case_id, kind, sop, name, asked",
    "entries": "case_id, seq, at, actor, role, command, key, events",
    "outbox": "id, case_id, to_role, what, about, due, created_at, status",
}
"""Every table that a caseload fills, with its columns in the order of the rows."""

CASE, COUNTRY, RESPONSIBLE, OFFERED = "@case@", "@country@", "@responsible@", "@offered@"
_GAPS = (CASE, COUNTRY, RESPONSIBLE, OFFERED)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)")
_GAP = re.compile(f"({_MOMENT.pattern}|{'|'.join(_GAPS)})")
DAY, YEARS = 86_400.0, 5 * 365 * 86_400.0
"""How much older a copy of an open and of a closed case may be, in seconds."""
ENTRIES_OF_OPEN, ENTRIES_OF_CLOSED = 12, 4
"""So many of the last lines of a case are copied: the queues read none of them but those of offers."""


@dataclasses.dataclass(frozen=True, slots=True)
class Mould:
    """One case as text for COPY, by table: fragments, and what stands in each gap between them.

    A gap is 0 to 3 for case, country, responsible and offered, and from 4 on the number of a moment. `slack` is by how
    many seconds a copy may be older without a clock coming due that nothing has been done about.
    """

    moments: tuple[datetime, ...]
    texts: dict[str, tuple[tuple[str, ...], tuple[int, ...]]]
    slack: float

    def fill(self, values: Sequence[str]) -> Iterable[tuple[str, str]]:
        """Table and rows of a copy; `values` in the order of the gaps."""
        for table, (fragments, gaps) in self.texts.items():
            parts = [""] * (2 * len(gaps) + 1)
            parts[::2] = fragments
            parts[1::2] = [values[gap] for gap in gaps]
            yield table, "".join(parts)


@dataclasses.dataclass(frozen=True, slots=True)
class Moulds:
    """Open and closed ones, all as of the same moment."""

    procedure: Procedure
    at: datetime
    open: tuple[Mould, ...]
    closed: tuple[Mould, ...]


class _Recorded(Run):
    """A simulation that remembers the last lines of every case."""

    def __init__(self, procedure: Procedure, simulation: Simulation, seed: int) -> None:
        self.lines: defaultdict[int, list[Entry]] = defaultdict(list)
        self.cases: dict[int, Case] = {}
        super().__init__(procedure, simulation, seed)

    def _keep(self, life: Any, before: Case | None, decision: Decision, step: str = "") -> None:
        self.lines[life.number].append(_entry(decision, self._moment(), step or "tick"))
        super()._keep(life, before, decision, step)
        self.cases[life.number] = life.case


def _entry(decision: Decision, at: datetime, command: str) -> Entry:
    return Entry(
        case_id=decision.case.id,
        seq=decision.case.seq,
        at=at,
        actor="demo-case_manager",
        role="case_manager",
        command=command.rpartition(".")[2],
        key=f"k{decision.case.seq}",
        events=decision.events,
        tells=tuple(effect for effect in decision.effects if isinstance(effect, Tell)),
    )


def moulds(seeds: Iterable[int] = range(1, 4), length: str | None = None) -> Moulds:
    """Simulate the shipped settings once for each seed; as of the end, what was due has happened."""
    procedure, simulation = shipped()
    if length is not None:
        simulation = Simulation.model_validate(simulation.model_dump(by_alias=True) | {"lasts": length})
    open_, closed, at = [], [], None
    for seed in seeds:
        run = _Recorded(procedure, simulation, seed)
        run.advance(run.end)
        at = run._moment()
        for number, case in run.cases.items():
            case, lines = _caught_up(procedure, case, run.lines[number], at)
            if case.closed_at is None:
                open_.append(_mould(procedure, case, lines[-ENTRIES_OF_OPEN:], at, number))
            else:
                closed.append(_mould(procedure, case, lines[-ENTRIES_OF_CLOSED:], at, number))
    assert at is not None
    return Moulds(procedure, at, tuple(open_), tuple(closed))


def _caught_up(procedure: Procedure, case: Case, lines: list[Entry], at: datetime) -> tuple[Case, list[Entry]]:
    """The simulator passes over what changes nothing for its people; a real case does it."""
    done = decide(procedure, case, Tick(), CLOCK, at)
    if isinstance(done, Decision):
        return done.case, [*lines, _entry(done, at, "tick")]
    return case, lines


def _mould(procedure: Procedure, case: Case, lines: Sequence[Entry], at: datetime, number: int) -> Mould:
    write = write_of(procedure, Batch(entries=tuple(lines), case=case))
    offered = number % 50 == 0
    halted = "cannot_open" if number % 400 == 7 and case.closed_at is None else write.halted
    text = {table: _text(rows, case) for table, rows in _rows(write, offered, halted).items()}
    moments: dict[str, int] = {}
    texts = {}
    for table, whole in text.items():
        parts = _GAP.split(whole)
        gaps = [
            _GAPS.index(part) if part in _GAPS else len(_GAPS) + moments.setdefault(part, len(moments))
            for part in parts[1::2]
        ]
        texts[table] = (tuple(parts[::2]), tuple(gaps))
    wake = case.nearest_wake()
    slack = max((wake - at).total_seconds() - 1, 0) if wake else YEARS
    return Mould(
        tuple(datetime.fromisoformat(moment) for moment in moments), texts, min(slack, YEARS if case.closed_at else DAY)
    )


def _rows(write: LedgerWrite, offered: bool, halted: str | None) -> dict[str, list[tuple[Any, ...]]]:
    case = write.case
    is_open = case.closed_at is None
    # what is read of a closed case is its rows; the whole of it would be three quarters of a caseload
    trimmed = case if is_open else case.model_copy(update={"measures": {}, "clocks": {}, "consents": {}})
    said = json.loads(trimmed.model_dump_json())
    said["country"], said["responsible"]["id"] = COUNTRY, RESPONSIBLE
    said["responsible"]["offered_to"] = OFFERED if offered and is_open else None
    head = (CASE, case.procedure, write.procedure_name, write.procedure_version, COUNTRY, case.opened_at)
    states = [(name, standing, write.sops.get(name)) for name, standing in case.sops.items()]
    clocks = [(name, run, write.clocks[name]) for name, run in case.clocks.items()]
    tells = [(entry, tell) for entry in write.entries for tell in entry.tells]
    return {
        "cases": [
            (
                *(*head, case.closed_at, case.moved_at, case.seq, RESPONSIBLE, said["responsible"]["offered_to"], said),
                *(halted, write.awaits_since),
            )
        ],
        "sop_states": [
            (
                *(CASE, name, one.state, one.since, one.open, COUNTRY, RESPONSIBLE),
                *((meta.stalls_at, meta.roles) if meta else (None, None)),
            )
            for name, one, meta in states
        ],
        "clocks": [
            (
                *(CASE, name, meta.sop, run.run, meta.kind, meta.statutory, run.status, run.anchor, run.due),
                *(run.missed_at, COUNTRY, RESPONSIBLE, is_open, meta.owes, meta.partner, meta.counterpart),
            )
            for name, run, meta in clocks
        ],
        "steps": [(CASE, step.kind, step.sop, step.name, step.asked) for step in write.steps],
        "entries": [
            (
                *(CASE, entry.seq, entry.at, entry.actor, entry.role, entry.command, entry.key),
                json.loads(entry.model_dump_json())["events"],
            )
            for entry in write.entries
        ],
        "outbox": [
            (
                *(f"{CASE}{tell.id.removeprefix(case.id)}", CASE, tell.to, tell.what, tell.about, tell.due, entry.at),
                "delivered",
            )
            for entry, tell in tells
        ],
    }


def _text(rows: Sequence[tuple[Any, ...]], case: Case) -> str:
    return "".join("\t".join(_cell(cell) for cell in row) + "\n" for row in rows).replace(case.id, CASE)


def _cell(cell: Any) -> str:
    """A value as COPY reads it."""
    if cell is None:
        return "\\N"
    if isinstance(cell, bool):
        return "t" if cell else "f"
    if isinstance(cell, datetime):
        return cell.isoformat()
    if isinstance(cell, dict | list):
        cell = json.dumps(cell, ensure_ascii=False, separators=(",", ":"))
    return str(cell).replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")
