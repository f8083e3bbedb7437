"""Which arrow leads where: the state machines of `transitions`, one per SOP and version, shared by all cases.

The only module that knows `transitions`. Its string callbacks import and call what they name, so no text of a
definition reaches it but names of states and transitions that the loader has checked against a pattern. A machine
holds no case: it is fired on a bare token, and the token's state is the answer.
"""

from transitions import Machine, MachineError

from sop.model import ANY, Sop

OPEN, REOPEN = "open", "reopen"
NOT_OPEN = "not_open"

MEASURE_ARROWS = {
    "planned": ("in_progress", "done", "declined", "not_applicable", "cancelled"),
    "in_progress": ("done", "declined", "not_applicable", "cancelled"),
    "declined": ("planned", "in_progress", "done"),
    "not_applicable": ("planned", "in_progress", "done"),
    "done": (),
    "cancelled": (),
}


class _Token:
    """What a machine moves: nothing but a state."""

    __slots__ = ("state",)

    def __init__(self, state: str) -> None:
        self.state = state


class Arrows:
    """The moves of one machine."""

    def __init__(self, states: list[str], moves: list[tuple[str, str, str]]) -> None:
        self._machine = Machine(model=None, states=states, initial=states[0], auto_transitions=False, send_event=False)
        for trigger, source, target in moves:
            self._machine.add_transition(trigger, source, target)
        self._sources: dict[str, tuple[str, ...]] = {}
        self._found: dict[tuple[str, str], str | None] = {}
        for trigger, source, _ in moves:
            self._sources[trigger] = (*self._sources.get(trigger, ()), source)

    def sources(self, trigger: str) -> tuple[str, ...]:
        """The states from which the move leads on."""
        return self._sources.get(trigger, ())

    def follow(self, state: str, trigger: str) -> str | None:
        """The state after the move, or None where the move does not leave this state.

        The machine answers the same every time, for it knows no case: it is asked once, and the answer is kept.
        """
        if (state, trigger) not in self._found:
            self._found[state, trigger] = self._fire(state, trigger)
        return self._found[state, trigger]

    def _fire(self, state: str, trigger: str) -> str | None:
        if state not in self._sources.get(trigger, ()):
            return None
        token = _Token(state)
        try:
            self._machine.events[trigger].trigger(token)
        except MachineError:
            return None
        return token.state


def arrows_of(sop: Sop) -> Arrows:
    """The machine of a SOP: its states and `not_open`, its transitions, and `open` and `reopen` where it has them."""
    lively = [name for name, state in sop.states.items() if not state.final]
    final = [name for name, state in sop.states.items() if state.final]
    moves = [(OPEN, NOT_OPEN, sop.initial)]
    if sop.reopens:
        moves += [(REOPEN, name, sop.initial) for name in final]
    for name, move in sop.transitions.items():
        sources = lively if ANY in move.from_ else list(move.from_)
        moves += [(name, source, move.to) for source in sources if source != move.to]
    return Arrows([NOT_OPEN, *sop.states], moves)


def measure_arrows() -> Arrows:
    """The life of one measure instance; the move is named for the status that it leads to."""
    moves = [(target, source, target) for source, targets in MEASURE_ARROWS.items() for target in targets]
    return Arrows(list(MEASURE_ARROWS), moves)
