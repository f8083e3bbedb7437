"""How many steps every story needs at least, whatever it tells: so that a story can be called the shortest."""

from functools import partial

from sop.conditions import Needs
from sop.procedure import Procedure, compile_procedure
from workshop.assignments import Goal, TooManyChoices, assignments
from workshop.finding import Finder, Token
from workshop.scenarios import Scenario
from workshop.verdicts import Verdict

MOST_TRIED = 50_000


Clause = list[frozenset[Token]]
"""Of these sets one at least must have happened as a whole."""


class Least:
    """The fewest steps without which nobody comes to a step: so many are in every story that ends with it."""

    def __init__(self, finder: Finder) -> None:
        self.finder = finder
        self.begun = finder.opened()
        self._clauses: dict[Token, Clause] = {}
        self._tried = 0
        self._best = 0

    def steps(self, step: str, broken: Needs, most: int) -> int | None:
        """At least so many steps of people, with the step itself, or `most`; None where that could not be found out."""
        self._tried, self._best = 0, most
        try:
            self._search(frozenset({step}), [self._ways(Goal(self.finder.asks(step), broken))])
        except TooManyChoices:
            return None
        return self._best

    def _search(self, sure: frozenset[Token], clauses: list[Clause]) -> None:
        """Choose, clause by clause, what has happened; keep the smallest number of steps that leaves nothing open."""
        self._tried += 1
        if self._tried > MOST_TRIED:
            raise TooManyChoices
        sure, open_ = self._followed(sure, clauses)
        if not all(open_):
            return  # something is asked for that nothing brings about
        fewest = max((min(self._more(one, sure) for one in clause) for clause in open_), default=0)
        if _steps_in(sure) + fewest >= self._best:
            return
        if not open_:
            self._best = _steps_in(sure)
            return
        clause = min(open_, key=len)
        rest = [other for other in open_ if other is not clause]
        for one in sorted(clause, key=lambda one: (self._more(one, sure), sorted(one))):
            if _steps_in(sure) + self._more(one, sure) < self._best:
                self._search(sure, [*rest, [one]])

    def _more(self, one: frozenset[Token], sure: frozenset[Token]) -> int:
        """How many more steps these take at least: those they are, and the moves without which no state is entered."""
        new = one - sure
        moves: dict[str, int] = {}
        for token in new:
            if token.startswith("enter:"):
                sop, state = token.removeprefix("enter:").split(".")
                sure_moves = sum(other.startswith(f"take:{sop}.") for other in sure | one)
                moves[sop] = max(moves.get(sop, 0), self.finder.moves_to(sop, state) - sure_moves)
        return _steps_in(new) + sum(more for more in moves.values() if more > 0)

    def _followed(self, sure: frozenset[Token], clauses: list[Clause]) -> tuple[frozenset[Token], list[Clause]]:
        """Whatever no choice can avoid has happened too, and brings its own clause; what is satisfied is left out."""
        open_, again = clauses, True
        while again:
            again, following = False, []
            for clause in open_:
                if any(one <= sure for one in clause):
                    continue
                new = frozenset.intersection(*clause) - sure if clause else frozenset()
                sure |= new
                following += [clause, *(self._clause(token) for token in sorted(new))]
                again = again or bool(new)
            open_ = following
        return sure, [clause for clause in open_ if not any(one <= sure for one in clause)]

    def _clause(self, token: Token) -> Clause:
        """What the token itself brings with it."""
        if token not in self._clauses:
            kind, name = token.split(":", 1)
            match kind:
                case "enter":
                    sop, state = name.split(".")
                    found = [frozenset({f"take:{sop}.{move}"}) for move in self.finder.first_to(sop, state)]
                case "start":
                    found = [frozenset({step}) for step in self.finder.starters(name)]
                case "consent":
                    found = [frozenset()]
                case _:
                    found = self._ways(Goal(self.finder.asks(token)))
            self._clauses[token] = found
        return self._clauses[token]

    def _ways(self, goal: Goal) -> Clause:
        """Every smallest set of things that must have happened for the goal to be reached."""
        assert self.begun is not None  # noqa: S101 - a story was found, so a case can be opened
        begun = self.begun
        seen = partial(self.finder.seen, begun)
        toll = partial(self.finder.toll, begun)
        return [toll(choice) for choice in assignments(self.finder.values, goal, seen, {}, self.finder.asked, toll)]


def _steps_in(tokens: frozenset[Token]) -> int:
    """How many of them are steps that somebody takes."""
    return sum(token.startswith(("take:", "do:", "consent:", "tell:")) for token in tokens)


def steps_of_people(story: Scenario) -> int:
    """The steps of a story that somebody takes, without waiting, confirming and looking."""
    return sum(bool(step.take or step.record or step.consent or step.event) for step in story.steps)


def is_shortest(procedure: Procedure, verdict: Verdict) -> bool:
    """Whether no story at all breaks the right in fewer steps of people. Where that was not found out, it is not said."""
    right, story = verdict.right, verdict.story
    if story is None or not verdict.doubted:
        return False
    least, most = Least(Finder(compile_procedure(procedure.definition, guarded=False))), steps_of_people(story)
    stated = (right.needs,) if right.whenever else (right.always, ())
    return least.begun is not None and all(
        least.steps(step, broken, most) == most for step in verdict.doubted for broken in stated
    )
