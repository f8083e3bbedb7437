"""Reading the scenarios beside a procedure, and how much of the procedure they cover."""

from dataclasses import dataclass

from pydantic import ValidationError

from sop.misfits import explain
from sop.problems import Problem
from sop.procedure import Procedure
from sop.reader import understand
from workshop.coverage import Coverage, coverage
from workshop.playing import Player, play
from workshop.references import lost
from workshop.scenarios import Scenario

FOLDER = "scenarios/"


@dataclass(frozen=True)
class Told:
    """All stories of a procedure, played: the players by file, and what they cover."""

    players: dict[str, Player]
    problems: list[Problem]
    coverage: Coverage

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


def tell_all(procedure: Procedure, files: dict[str, bytes], folder: str = FOLDER) -> Told:
    """Play every story in the folder; a folder may end within a name, as in `overlays/scenarios/rs_`."""
    scenarios, problems = scenarios_in(files, procedure, folder)
    players = {name: play(procedure, scenario) for name, scenario in scenarios.items()}
    return Told(players, problems, coverage(procedure, {name: player.visited for name, player in players.items()}))
