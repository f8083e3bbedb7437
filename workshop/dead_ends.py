"""Dead ends: steps that can never be taken, conditions that can never hold, states from which no path leads to an end."""

from collections.abc import Iterator
from functools import partial

from sop import conditions as c
from sop.model import Derived, LifeEvent, Sop
from sop.problems import Path, Problem, Tree
from sop.walk import walk
from workshop.kept import Kept, shape_of
from workshop.logic import ALWAYS, Among, Every, Formula
from workshop.possible import Possible
from workshop.stuck import stuck_states

Trees = dict[str, Tree]
TOGETHER = "its conditions can never hold together"
_LOOK = "Look for two conditions that exclude each other, or for one that waits for what can never come."


def dead_ends(possible: Possible, trees: Trees, kept: Kept) -> Iterator[Problem]:
    """Every dead end of the procedure."""
    head = possible.definition.head
    for sop in possible.definition.sops.values():
        yield from _of_sop(possible, sop, trees[sop.sop], kept)
        ways = (shape_of(sop, kept), head.life_events)
        yield from kept.in_case(("closing", sop.sop), ways, partial(_never_closed, possible, sop, trees[sop.sop]))
    for name, event in head.life_events.items():
        yield from kept.in_case(("event", name), event, partial(_event, possible, name, event, trees[""]))
    for name, derived in head.derived.items():
        yield from kept.in_case(("derived", name), derived, partial(_derived, possible, name, derived, trees[""]))
    yield from kept.in_case("closing", head.life_events, partial(_closing, possible, trees[""]))


def _of_sop(possible: Possible, sop: Sop, tree: Tree, kept: Kept) -> Iterator[Problem]:
    for name, move in sop.transitions.items():
        yield from kept.in_case(("move", sop.sop, name), move, partial(_move, possible, sop, name, tree))
    for name, measure in sop.measures.items():
        yield from kept.in_case(("measure", sop.sop, name), measure, partial(_measure, possible, sop, name, tree))
    openings = (sop.opens, sop.reopens)
    yield from kept.in_case(("openings", sop.sop), openings, partial(_openings, possible, sop, tree))
    ways = shape_of(sop, kept)
    yield from kept.in_case(("stuck", sop.sop), ways, partial(_stuck, possible, sop, tree))


def _move(possible: Possible, sop: Sop, name: str, tree: Tree) -> Iterator[Problem]:
    move, at = sop.transitions[name], ("transitions", name)
    leaving = possible.leaving(sop, move)
    given = Among(f"state:{sop.sop}", frozenset(leaving))
    never = [source for source in leaving if (sop.sop, name, source) not in possible.moves]
    itself = _never(possible, f"take:{sop.sop}.{name}", move.needs, given) if leaving else ""
    if itself or (never and len(never) == len(leaving)):
        why = itself or (TOGETHER if move.by else "no clock ever takes it, and nobody may")
        message = f"‘{name}’ can never be taken: {why}."
        yield tree.problem(at, "transition-never", message, _LOOK)
    elif never:
        message = f"From ‘{'’, ‘'.join(never)}’ the step ‘{name}’ can never be taken."
        yield tree.problem((*at, "from"), "source-never", message, "Take it out of `from`.", warning=True)
    yield from _needs(possible, tree, (*at, "needs"), move.needs, given)


def _measure(possible: Possible, sop: Sop, name: str, tree: Tree) -> Iterator[Problem]:
    measure, at = sop.measures[name], ("measures", name)
    where = possible.where(sop, measure)
    given = Among(f"state:{sop.sop}", where)
    if not where:
        message = f"‘{name}’ can never be recorded: no path leads to a state in which it belongs."
        yield tree.problem(at, "measure-never", message, "Correct `in`.")
    elif (why := _never(possible, f"do:{name}", measure.needs, given)) or not possible.can_do(name):
        message = f"‘{name}’ can never be done: {why or TOGETHER}."
        yield tree.problem(at, "measure-never", message, _LOOK)
    yield from _needs(possible, tree, (*at, "needs"), measure.needs, given)


def _event(possible: Possible, name: str, event: LifeEvent, tree: Tree) -> Iterator[Problem]:
    at: Path = ("life-events", name, "needs")
    why = _never(possible, f"tell:{name}", event.needs)
    if why or f"event:{name}" not in possible.happened:
        message = f"‘{name}’ can never happen: {why or TOGETHER}."
        yield tree.problem(at, "event-never", message, "Take out the condition that stands alone.")
    yield from _needs(possible, tree, at, event.needs, Every(()))


def _never(possible: Possible, step: str, needs: c.Needs, given: Formula = ALWAYS) -> str:
    """Why what the step asks for can never be so, whatever happens before; empty where it can."""
    if possible.contradicts_itself(needs, given):
        return TOGETHER
    demanded = possible.contradicts_itself(possible.needs(step, needs), given)
    return "its conditions can never hold together with what a right asks for before it" if demanded else ""


def _openings(possible: Possible, sop: Sop, tree: Tree) -> Iterator[Problem]:
    first = sop.sop == possible.definition.head.starts_with
    ended = Among(f"state:{sop.sop}", frozenset(name for name, state in sop.states.items() if state.final))
    if not first and sop.opens is None:
        message = f"Nobody can open ‘{sop.sop}’, and the case does not start with it."
        yield tree.problem((), "opening-never", message, "Add `opens:` with the roles that may.")
    for key, opening, given in (("opens", sop.opens, Every(())), ("reopens", sop.reopens, ended)):
        verb = "opened" if key == "opens" else "opened again"
        moved = any(owner == sop.sop and name == key.removesuffix("s") for owner, name, _ in possible.moves)
        if opening is None or (key == "opens" and first):
            continue
        why = _never(possible, f"take:{sop.sop}.{key.removesuffix('s')}", opening.needs, given)
        if why or not moved:
            message = f"‘{sop.sop}’ can never be {verb}: {why or TOGETHER}."
            yield tree.problem((key,), "opening-never", message, _LOOK)
    for key, opening in (("opens", sop.opens), ("reopens", sop.reopens)):
        if opening:
            yield from _needs(possible, tree, (key, "needs"), opening.needs, Every(()))


def _stuck(possible: Possible, sop: Sop, tree: Tree) -> Iterator[Problem]:
    for state, waits in stuck_states(possible, sop):
        if waits:
            message = (
                f"From ‘{state}’ an end is reached only with ‘{'’, ‘'.join(waits)}’, recorded in an earlier state."
            )
        else:
            message = f"From ‘{state}’ an end can no longer be reached."
        help_ = "See which conditions of the steps that leave it can never hold from here."
        yield tree.problem(("states", state), "stuck-state", message, help_)


def _needs(possible: Possible, tree: Tree, at: Path, needs: c.Needs, given: Formula) -> Iterator[Problem]:
    """Conditions of one list that ask nothing, and alternatives in them that never hold beside the others."""
    formulas = [possible.meaning.holds(condition) for condition in needs]
    if not possible.can(given, *formulas):
        return  # said of the step as a whole
    for number, condition in enumerate(needs):
        path: Path = (*at, number)
        if not possible.can(given, possible.meaning.never(formulas[number])):
            message = "This condition always holds, so it asks nothing."
            yield tree.problem(path, "always-holds", message, "Take it out, or correct what it asks.", warning=True)
            continue
        others = [given, *(formula for other, formula in enumerate(formulas) if other != number)]
        for inner_path, part in walk(condition, path):
            yield from _alternatives(possible, tree, inner_path, part, others)


def _alternatives(possible: Possible, tree: Tree, path: Path, part: object, others: list[Formula]) -> Iterator[Problem]:
    if isinstance(part, c.AnyOf):
        for number, inner in enumerate(part.any_):
            if not possible.can(*others, possible.meaning.holds(inner)):
                message = "This alternative can never hold here."
                help_ = "Take it out, or correct what it asks."
                yield tree.problem((*path, "any", number), "branch-never", message, help_, warning=True)
    if isinstance(part, c.When) and not possible.can(*others, possible.meaning.applies(part.when)):
        message = "What stands in ‘when’ can never be so here, so ‘then’ is never asked."
        yield tree.problem((*path, "when"), "when-never", message, "Take it out, or correct the values.", warning=True)


def _derived(possible: Possible, name: str, derived: Derived, tree: Tree) -> Iterator[Problem]:
    if (value := possible.meaning.constant.get(f"case.{name}")) is not None:
        message = f"‘{name}’ is always {str(value).lower()}."
        help_ = "Correct its conditions; a fact that never changes decides nothing."
        yield tree.problem(("derived", name), "derived-constant", message, help_)
        return
    for path, part in walk(derived.when, ("derived", name, "when")):
        yield from _alternatives(possible, tree, path, part, [])


def _closing(possible: Possible, tree: Tree) -> Iterator[Problem]:
    """A life event closes the case, and another one opens it again."""
    events = possible.definition.head.life_events.values()
    if not any(event.closes for event in events):
        message = "No life event closes the case, so it stays open for ever."
        yield tree.problem((), "no-closing", message, "Add a life event with `closes: true`.")
    elif not any(event.reopens for event in events):
        message = "No life event opens a closed case again: who comes back has to begin anew."
        help_ = "Add a life event with `reopens: true`."
        yield tree.problem(("life-events",), "no-reopening", message, help_, warning=True)


def _never_closed(possible: Possible, sop: Sop, tree: Tree) -> Iterator[Problem]:
    """The case can be closed wherever the SOP stands, perhaps after some more steps."""
    closing = {name: event for name, event in possible.definition.head.life_events.items() if event.closes}
    closed = [possible.meaning.needs(possible.needs(f"tell:{name}", event.needs)) for name, event in closing.items()]
    for state in sop.states if closing else ():
        if state not in possible.states(sop.sop):
            continue
        ahead = possible.ahead(sop, {state})
        if sop.reopens and any(sop.states[name].final for name in ahead):
            ahead |= possible.ahead(sop, {sop.initial})
        here = Among(f"state:{sop.sop}", frozenset(ahead))
        if not any(possible.can(here, formula) for formula in closed):
            message = f"Once ‘{sop.sop}’ has come to ‘{state}’, the case can never be closed."
            help_ = "See the conditions of the life events that close it."
            yield tree.problem(("states", state), "closing-never", message, help_)
