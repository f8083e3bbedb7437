"""Reading the scenarios beside a procedure, and how much of the procedure they cover."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import ValidationError

from sop.compositions import overlays_in
from sop.loader import load
from sop.misfits import explain
from sop.problems import Problem
from sop.procedure import Procedure, compile_procedure
from sop.reader import understand
from workshop.references import lost
from workshop.scenarios import Scenario

if TYPE_CHECKING:
    from workshop.coverage import Coverage
    from workshop.playing import Player

FOLDER = "scenarios/"
OF_OVERLAYS = "overlays/scenarios/"
"""Stories of what an overlay makes of the base; their files begin with the name of the overlay and `_`."""


@dataclass(frozen=True)
class Told:
    """All stories of a procedure, played: the players by file, and what they cover."""

    players: "dict[str, Player]"
    problems: list[Problem]
    coverage: "Coverage"

    @property
    def failed(self) -> bool:
        wrong = any(problem.severity == "error" for problem in self.problems)
        return wrong or any(player.failures for player in self.players.values())


def scenarios_in(
    files: dict[str, bytes], procedure: Procedure | None = None, folder: str = FOLDER
) -> tuple[dict[str, Scenario], list[Problem]]:
    """The scenarios by file name, and every problem of the files; names that `procedure` does not know are problems."""
    found: dict[str, Scenario] = {}
    problems: list[Problem] = []
    for name in sorted(n for n in files if n.startswith(folder)):
        tree, badly_read = understand(name, files[name])
        problems += badly_read
        if tree is None or tree.broken:
            continue
        try:
            scenario = Scenario.model_validate(tree.value)
        except ValidationError as error:
            problems += explain(tree, error, Scenario)
            continue
        unknown = lost(procedure, scenario, tree) if procedure else []
        problems += unknown
        if not unknown:
            found[name] = scenario
    return found, problems


def overlay_of(file: str, overlays: Iterable[str]) -> str | None:
    """The composition whose story this file tells: the longest name that it begins with; None where there is none.

    That of several overlays together begins with their names and `+` between them, as in `rs+labour_wages.yaml`.
    """
    name, known = file.removeprefix(OF_OVERLAYS), set(overlays)
    begins = (name[:end] for end in range(len(name) - 1, 0, -1) if name[end] == "_")
    return next((begin for begin in begins if known.issuperset(begin.split("+"))), None)


def stories_of(files: dict[str, bytes], overlay: str) -> dict[str, bytes]:
    """The stories of a composition, by file name."""
    names = overlays_in(files)
    stories = {name: content for name, content in files.items() if name.startswith(OF_OVERLAYS)}
    return {name: content for name, content in stories.items() if overlay_of(name, names) == overlay}


def told_overlays(files: Iterable[str]) -> list[str]:
    """The compositions of which stories are told, in the order of their files."""
    names = overlays_in(files)
    found = (overlay_of(file, names) for file in sorted(files) if file.startswith(OF_OVERLAYS))
    return list(dict.fromkeys(name for name in found if name))


def tell_overlay(files: dict[str, bytes], overlay: str) -> Told:
    """Play the stories of a composition on the base with its overlays on it. Raises `DefinitionInvalid`."""
    return tell_all(compile_procedure(load(files, overlay)), stories_of(files, overlay), OF_OVERLAYS)


def tell_all(procedure: Procedure, files: dict[str, bytes], folder: str = FOLDER) -> Told:
    """Play every story in the folder."""
    from workshop.coverage import coverage  # who only reads stories needs no engine
    from workshop.playing import play

    scenarios, problems = scenarios_in(files, procedure, folder)
    players = {name: play(procedure, scenario) for name, scenario in scenarios.items()}
    return Told(players, problems, coverage(procedure, {name: player.visited for name, player in players.items()}))
