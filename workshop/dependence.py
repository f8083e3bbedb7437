"""Which SOPs a step can matter to: whose conditions, or the conditions of what they need, read what the step changes."""

from collections.abc import Iterator

from sop.arrows import REOPEN
from sop.conditions import Consent, Done, Ended, Fact, Running, Settled, State, When
from sop.procedure import Procedure
from sop.walk import walk


def concerned(procedure: Procedure, asked: set[str]) -> dict[str, frozenset[str]]:
    """By step (a measure, `sop.transition`, `consent.purpose`): the SOPs to look at after it.

    A transition changes what its own SOP wants; a measure does so only where something there reads it.
    `asked` are facts on which the assumptions themselves depend.
    """
    reads = {sop: _read_by(procedure, sop) for sop in procedure.definition.sops}
    steps = {name: {name, f"in:{sop}"} for name, (sop, _) in procedure.measures.items()}
    steps |= {name: {f"in:{move.sop}"} for name, move in procedure.moves.items()}
    steps |= {f"consent.{purpose}": {f"consent.{purpose}"} for purpose in procedure.definition.head.consents}
    everywhere = frozenset(reads)
    moved = {name: move.sop for name, move in procedure.moves.items()}
    writers = _writers(procedure) | {ref.split(".")[0] for ref in asked}
    return {
        step: everywhere
        if step in writers
        else frozenset(sop for sop, read in reads.items() if read & changed or moved.get(step) == sop)
        for step, changed in steps.items()
    }


def _writers(procedure: Procedure) -> set[str]:
    """The measures that write facts of the case, or facts from which others follow."""
    found = {atom for condition in procedure.derived.values() for atom in _atoms(condition)}
    setting = {
        name
        for name, (_, measure) in procedure.measures.items()
        if any(field.sets for field in measure.fields.values())
    }
    return setting | (found & set(procedure.measures))


def _read_by(procedure: Procedure, sop: str) -> set[str]:
    """What the steps of the SOP read, and what the measures read that they need."""
    found: set[str] = set()
    left = [move.needs for move in procedure.moves.values() if move.sop == sop and move.name != REOPEN]
    left += [measure.needs for of, measure in procedure.measures.values() if of == sop]
    while left:
        for atom in _atoms(left.pop()):
            if atom not in found:
                found.add(atom)
                if atom in procedure.measures:
                    left.append(procedure.measures[atom][1].needs)
    return found


def _atoms(needs: object) -> Iterator[str]:
    for _, part in walk(needs):
        match part:
            case Done():
                yield from (part.done,) if isinstance(part.done, str) else part.done
            case Settled():
                yield part.settled
            case Fact():
                yield part.fact.split(".")[0]
            case When():
                yield from (ref.split(".")[0] for ref in part.when)
            case Consent():
                yield f"consent.{part.consent}"
            case State():
                yield from (f"in:{sop}" for sop in part.state)
            case Running():
                yield f"in:{part.running.split('.')[0]}"
            case Ended():
                yield f"in:{part.ended.split('.')[0]}"
