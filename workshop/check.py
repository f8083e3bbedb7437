"""Checking a procedure: every finding in all its files, from the first byte to the last dead end."""

from collections.abc import Callable, Iterator
from datetime import date

from sop.loader import base_of, found_of
from sop.model import Definition
from sop.problems import Problem, Tree
from sop.procedure import Procedure, compile_procedure
from sop.reader import understand
from workshop.adapted import Adapted, beside_the_compositions, unadapted
from workshop.analysis import Analysis
from workshop.glossary import glossary_in
from workshop.running_out import running_out
from workshop.stories import FOLDER, scenarios_in
from workshop.wording import wording

SIMULATIONS = "simulations/"

Progress = Callable[[int, int, str], None]
"""How many steps are done, of how many, and what is done now."""


def findings(
    files: dict[str, bytes],
    left_out: dict[str, str] | None = None,
    *,
    overlay: str | None = None,
    proving: bool = False,
    today: date | None = None,
) -> tuple[Definition | None, list[Problem]]:
    """One definition where there is one, and every finding in the order of files and lines.

    Mistakes of one file hide none of another. Dead ends, and names that nothing uses, are looked for as soon as the
    procedure has no errors: before that, what seems to be missing may stand in a part that nobody understands.
    `overlay` asks for what it makes of the base. With `proving` the rights are proved too, which takes seconds.
    With `today` calendars are told that soon list no more holidays.
    `left_out` are files of the folder that are not read, each with its code: `link` or `wrong-ending`.
    """
    if overlay is None:
        definition, problems, _ = _of_base(files, left_out or {}, proving=proving, today=today)
        return definition, _in_order(problems)
    _, problems, analysis = _of_base(files, left_out or {}, proving=False)
    if analysis is None:
        return None, _in_order([*problems, *unadapted(files)])
    found = found_of(files, overlay)
    if found.definition:  # what an adaptation sets right is no finding of it
        problems = [problem for problem in problems if problem not in set(analysis.problems)]
    problems += Adapted(files, base_of(files), analysis).of(overlay, with_base=True)
    if found.definition and proving:
        problems += proof_of(found.definition, found.trees)
    if found.definition and today:
        problems += running_out(found.definition, found.trees, today)
    return found.definition, _in_order(problems)


def all_findings(
    files: dict[str, bytes],
    left_out: dict[str, str] | None = None,
    *,
    proving: bool = False,
    today: date | None = None,
    progress: Progress | None = None,
) -> tuple[Definition | None, list[Problem]]:
    """The base where there is one, and every finding: its own, and those of each overlay and profile put onto it.

    A finding that the base does not have names the overlays and profiles with which it holds. With `proving` the rights
    are proved of all of them, and `progress` is told how far that is.
    """
    definition, problems, analysis = _of_base(files, left_out or {}, proving=False, today=today)
    problems += beside_the_compositions(files)
    if analysis is None:
        return definition, _in_order([*problems, *unadapted(files)])
    adapted = Adapted(files, base_of(files), analysis)
    problems += adapted.problems()
    problems += adapted.running_out(today) if today else ()
    problems += adapted.broken_rights(progress) if proving else ()
    return definition, _in_order(problems)


def _of_base(
    files: dict[str, bytes], left_out: dict[str, str], *, proving: bool, today: date | None = None
) -> tuple[Definition | None, list[Problem], Analysis | None]:
    found = base_of(files)
    problems = [*found.problems, *_left_out(left_out)]
    problems += glossary_in(files, found.definition)[1]
    for tree in found.trees.values():
        problems += wording(tree)
    if found.definition is None:
        problems += [p for name in sorted(files) if name.startswith(FOLDER) for p in understand(name, files[name])[1]]
        problems += _misshapen_simulations(files)
        return None, problems, None
    analysis = Analysis(found.definition, found.trees)
    problems += analysis.problems
    problems += running_out(found.definition, found.trees, today) if today else ()
    problems += proof_of(found.definition, found.trees) if proving else []
    procedure = compile_procedure(found.definition, "not published", guarded=False)
    problems += scenarios_in(files, procedure)[1]
    problems += _of_simulations(files, procedure)
    return found.definition, problems, analysis


def proof_of(definition: Definition, trees: dict[str, Tree]) -> list[Problem]:
    """What the proof of the rights finds; it is loaded only where somebody asks for it."""
    from workshop.proof_findings import proof_findings

    return list(proof_findings(definition, trees))


def _in_order(problems: list[Problem]) -> list[Problem]:
    return sorted(dict.fromkeys(problems), key=lambda p: (p.file, p.line, p.column, p.code))


def _misshapen_simulations(files: dict[str, bytes]) -> Iterator[Problem]:
    names = sorted(name for name in files if name.startswith(SIMULATIONS))
    if names:
        from workshop.simulations import misshapen
    for name in names:
        yield from misshapen(name, files[name])


def _of_simulations(files: dict[str, bytes], procedure: Procedure) -> Iterator[Problem]:
    names = sorted(name for name in files if name.startswith(SIMULATIONS))
    if names:
        from workshop.simulations import simulation_in  # loads what plays cases, which nothing else here needs
    for name in names:
        read = simulation_in(name, files[name], procedure)
        yield from read if isinstance(read, list) else ()


def meaning_findings(definition: Definition, trees: dict[str, Tree]) -> list[Problem]:
    """What is wrong with a definition that can be loaded; `trees` say where its parts stand (`sop.loader.look`)."""
    return Analysis(definition, trees).problems


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
