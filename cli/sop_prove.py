"""`caseway sop prove`: that no path of a procedure breaks a right, or the story that does."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal, NoReturn

import typer
from rich.console import Console
from rich.progress import Progress as Bar

from cli.folders import SHIPPED, files_of
from sop.base import Found, look
from sop.problems import Problem, Tree, did_you_mean
from sop.procedure import Procedure, compile_procedure
from workshop.bounds import is_shortest
from workshop.proof import Progress, prove
from workshop.proof_findings import step_place
from workshop.retelling import in_words, written
from workshop.verdicts import Verdict

Folder = Annotated[Path, typer.Argument(help="the folder of a procedure", show_default="the shipped procedure")]
Format = Annotated[Literal["full", "json"], typer.Option("--format", help="for people, or for programs")]
RIGHTS = "rights.yaml"


def sop_prove(
    folder: Folder = SHIPPED / "trm",
    right: Annotated[str | None, typer.Option(help="prove this right alone")] = None,
    format_: Format = "full",
    save: Annotated[Path | None, typer.Option(help="keep the story of the first broken right in this file")] = None,
) -> None:
    """Prove that no path breaks a right; exit 0 proved, 1 broken or not shown, 2 could not run."""
    files = files_of(folder) if folder.is_dir() else {}
    found = look(files)
    procedure = _procedure(folder, files, found)
    names = procedure.definition.rights
    if not names:
        _stop(f"{folder.name} states no rights: it has no {RIGHTS}.")
    if right is not None and right not in names:
        _stop(f"There is no right ‘{right}’. {did_you_mean(right, set(names))}")
    with _progress() as progress:
        verdicts = prove(procedure, progress, right)
    if format_ == "json":
        print(
            json.dumps(
                [_as_json(verdict, procedure, found.trees) for verdict in verdicts], indent=1, ensure_ascii=False
            )
        )
    else:
        for verdict in verdicts:
            print(_shown(verdict, procedure, found.trees))
        print(_in_short(verdicts))
    if save is not None:
        _keep(verdicts, save)
    raise typer.Exit(0 if all(verdict.outcome == "proved" for verdict in verdicts) else 1)


def _procedure(folder: Path, files: dict[str, bytes], found: Found) -> Procedure:
    """The procedure without its guard; exit 2 where the files are none."""
    if not files:
        _stop(f"There is no procedure in {folder.name}.")
    definition, problems = found.definition, found.problems
    if definition is None:
        for problem in problems:
            print(_at(problem), file=sys.stderr)
        _stop(f"{folder.name} has {len(problems)} problems: run `caseway sop check` first.")
    return compile_procedure(definition, guarded=False)


def _stop(message: str) -> NoReturn:
    print(message, file=sys.stderr)
    raise typer.Exit(2)


@contextmanager
def _progress() -> Iterator[Progress | None]:
    """A bar on a terminal; nothing where the output goes into a file."""
    if not sys.stderr.isatty():
        yield None
        return
    with Bar(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Proving", total=None)
        yield lambda done, total, name: bar.update(task, completed=done, total=total, description=name)


def _shown(verdict: Verdict, procedure: Procedure, trees: dict[str, Tree]) -> str:
    looked_at = f"{verdict.situations:,} situations" if verdict.situations else "by the text of the procedure"
    lines = [f"{verdict.outcome:8} {verdict.name}: {verdict.right.cited} [{looked_at}]"]
    if verdict.outcome == "proved":
        return lines[0]
    if verdict.why:
        lines.append(f"  {verdict.why}")
    if place := step_place(verdict, trees):
        lines.append(f"  {_at(place)}")
    if verdict.story is None:
        return "\n".join([*lines, "  No story was found that shows it on the engine."])
    told = in_words(procedure, verdict.story)
    lines += [f"  {number:>3}. {text}" for number, text in enumerate(told)]
    if is_shortest(procedure, verdict):
        lines.append("  No story breaks it in fewer steps of people.")
    return "\n".join([*lines, "  Where the right is enforced, this story is refused."])


def _in_short(verdicts: list[Verdict]) -> str:
    counts = {outcome: sum(v.outcome == outcome for v in verdicts) for outcome in ("proved", "broken", "unproved")}
    return ", ".join(f"{count} {outcome}" for outcome, count in counts.items() if count or outcome == "proved") + "."


def _at(problem: Problem) -> str:
    return f"{problem.file}:{problem.line}:{problem.column} {problem.code} {problem.message}"


def _as_json(verdict: Verdict, procedure: Procedure, trees: dict[str, Tree]) -> dict[str, object]:
    place = step_place(verdict, trees)
    return {
        "right": verdict.name,
        "title": verdict.right.title,
        "rule": verdict.right.rule,
        "source": verdict.right.source.model_dump(mode="json", by_alias=True, exclude_none=True),
        "statement": verdict.right.statement.replace("_", "-"),
        "outcome": verdict.outcome,
        "steps": list(verdict.steps),
        "situations": verdict.situations,
        "step": verdict.step,
        "why": verdict.why,
        "file": place.file if place else None,
        "line": place.line if place else None,
        "column": place.column if place else None,
        "shortest": is_shortest(procedure, verdict),
        "story": verdict.story and verdict.story.model_dump(mode="json", by_alias=True, exclude_defaults=True),
    }


def _keep(verdicts: list[Verdict], save: Path) -> None:
    told = [verdict for verdict in verdicts if verdict.story is not None]
    if not told:
        print("There is no story to keep.", file=sys.stderr)
        return
    story = told[0].story
    assert story is not None  # noqa: S101 - chosen so
    try:
        save.write_text(written(story), encoding="utf-8")
    except OSError as error:
        _stop(f"The story cannot be written to {save.name}: {error.strerror}.")
    print(f"The story of {told[0].name} is in {save.name}.", file=sys.stderr)
