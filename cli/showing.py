"""What every coordinator's command shows alike: findings with their place, and why it could not run."""

from pathlib import Path

from cli.calling import cannot_run
from cli.folders import files_of
from cli.sop_folder import composition_named
from sop.loader import examine
from sop.procedure import Procedure, compile_procedure
from workshop.reports import shown


def files_in(folder: Path) -> dict[str, bytes]:
    """The files of the procedure in this folder; ends the command where there is no such folder."""
    if not folder.is_dir():
        cannot_run(f"There is no folder {folder.name}.")
    return files_of(folder)


def procedure_in(folder: Path, overlay: str | None = None) -> Procedure:
    """The procedure in this folder, or what the overlay makes of it; ends the command with every finding where there is
    none."""
    files = files_in(folder)
    definition, problems = examine(files, composition_named(files, overlay) if overlay else None)
    if definition is None:
        cannot_run("\n".join(shown(problem, files) for problem in problems))
    return compile_procedure(definition)
