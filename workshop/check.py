"""Checking a procedure: every finding in all its files, from the first byte to the last dead end."""

from collections.abc import Iterator
from datetime import date

from sop.loader import found_of
from sop.model import Definition
from sop.problems import Problem, Tree
from sop.procedure import Procedure, compile_procedure
from sop.reader import understand
from workshop.clock_findings import clock_findings
from workshop.dead_ends import dead_ends
from workshop.glossary import glossary_in
from workshop.possible import Possible
from workshop.proof_findings import proof_findings
from workshop.running_out import running_out
from workshop.simulations import FOLDER as SIMULATIONS
from workshop.simulations import misshapen, simulation_in
from workshop.stories import FOLDER, scenarios_in
from workshop.twins import twins
from workshop.unused import unused
from workshop.wording import wording


def findings(
    files: dict[str, bytes],
    left_out: dict[str, str] | None = None,
    *,
    overlay: str | None = None,
    proving: bool = False,
    today: date | None = None,
) -> tuple[Definition | None, list[Problem]]:
    """The definition where there is one, and every finding in the order of files and lines.

    Mistakes of one file hide none of another. Dead ends, and names that nothing uses, are looked for as soon as the
    procedure has no errors: before that, what seems to be missing may stand in a part that nobody understands.
    `overlay` asks for what it makes of the base. With `proving` the rights are proved too, which takes seconds.
    With `today` calendars are told that soon list no more holidays.
    `left_out` are files of the folder that are not read, each with its code: `link` or `wrong-ending`.
    """
    found = found_of(files, overlay)
    problems = [*found.problems, *_left_out(left_out or {})]
    problems += glossary_in(files, found.definition)[1]
    for tree in found.trees.values():
        problems += wording(tree)
    if found.definition:
        problems += meaning_findings(found.definition, found.trees)
        problems += proof_findings(found.definition, found.trees) if proving else []
        problems += running_out(found.definition, found.trees, today) if today else []
        procedure = compile_procedure(found.definition)
        problems += scenarios_in(files, procedure)[1]
        problems += _of_simulations(files, procedure)
    else:
        problems += [p for name in sorted(files) if name.startswith(FOLDER) for p in understand(name, files[name])[1]]
        problems += [p for name in sorted(files) if name.startswith(SIMULATIONS) for p in misshapen(name, files[name])]
    return found.definition, sorted(dict.fromkeys(problems), key=lambda p: (p.file, p.line, p.column, p.code))


def _of_simulations(files: dict[str, bytes], procedure: Procedure) -> Iterator[Problem]:
    for name in sorted(name for name in files if name.startswith(SIMULATIONS)):
        read = simulation_in(name, files[name], procedure)
        yield from read if isinstance(read, list) else ()


def meaning_findings(definition: Definition, trees: dict[str, Tree]) -> list[Problem]:
    """What is wrong with a definition that can be loaded; `trees` say where its parts stand (`sop.loader.look`).

    An adapted procedure is one more definition: its findings stand where the parts that it took over stand.
    """
    possible = Possible(definition)
    return [
        *dead_ends(possible, trees),
        *clock_findings(possible, trees),
        *unused(definition, trees),
        *twins(definition, trees),
    ]


def _left_out(names: dict[str, str]) -> Iterator[Problem]:
    for name, why in names.items():
        if why == "link":
            message, help_ = "This is a link, and links are not followed.", "Put the file itself into the folder."
            yield Problem(code="link", file=name, line=1, column=1, message=message, help=help_)
        else:
            message, help_ = "This file is not read: its name does not end in .yaml.", "Rename it."
            yield Problem(
                code="wrong-ending", severity="warning", file=name, line=1, column=1, message=message, help=help_
            )
