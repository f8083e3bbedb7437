"""Where a case stands, as pictures show it: the states in which it is and was, and the steps that are open to it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sop.case import Case
from sop.decision import Step
from sop.events import Entry
from sop.machine import options
from sop.procedure import Procedure

HERE, BEEN, OPEN = "here", "been", "open"
"""What a part of a picture can be marked as: the case stands here, was here before, or may take this step now."""

MARK_WORDS = {HERE: "the case is here", BEEN: "was here", OPEN: "possible now"}
"""The same in words, for those who see no colours."""


@dataclass(frozen=True, slots=True)
class Standing:
    """`here` and `been` name states as `sop.state`, `transitions` the open ones as `sop.name`; `measures` by SOP."""

    here: frozenset[str]
    been: frozenset[str]
    transitions: frozenset[str]
    measures: dict[str, tuple[str, ...]]

    def of_state(self, ref: str) -> str | None:
        """The mark of a state; None where the case has never been there."""
        return HERE if ref in self.here else BEEN if ref in self.been else None

    def of_transition(self, ref: str) -> str | None:
        return OPEN if ref in self.transitions else None


def standing(procedure: Procedure, case: Case, past: Iterable[Entry], now: datetime) -> Standing:
    """The standing of a case whose ledger is `past`: whoever knows no ledger gives none, and no past is marked."""
    here = frozenset(f"{name}.{one.state}" for name, one in case.sops.items())
    been = {
        f"{event.sop}.{state}"
        for entry in past
        for event in entry.events
        if event.kind == "state_entered"
        for state in (event.source, event.target)
        if state
    }
    possible = options(procedure, case, now).open
    return Standing(
        here=here,
        been=frozenset(been) - here,
        transitions=frozenset(f"{step.sop}.{step.name}" for step in possible if step.kind == "transition"),
        measures={sop: _measures(possible, sop) for sop in procedure.definition.sops},
    )


def _measures(possible: tuple[Step, ...], sop: str) -> tuple[str, ...]:
    return tuple(step.name for step in possible if step.kind == "measure" and step.sop == sop)
