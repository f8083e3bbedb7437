"""`caseway sop prove`: that no path of a procedure breaks a right, or the story that does."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, NoReturn

import typer

from cli.bars import bar_of
from cli.folders import SHIPPED, files_of
from cli.sop_folder import composition_named
from sop.compositions import overlays_in
from sop.loader import found_of
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
FEW = 8
"""So many adaptations are named one by one."""


def sop_prove(
    folder: Folder = SHIPPED / "trm",
    right: Annotated[str | None, typer.Option(help="prove this right alone")] = None,
    overlay: Annotated[
        str | None,
        typer.Option(help="prove this adaptation alone, or several put onto each other: rs+labour", show_default="all"),
    ] = None,
    format_: Format = "full",
    save: Annotated[Path | None, typer.Option(help="keep the story of the first broken right in this file")] = None,
) -> None:
    """Prove that no path of the base and of any adaptation breaks a right.

    Exit 0 proved, 1 broken or not shown, 2 could not run.
    """
    files = files_of(folder) if folder.is_dir() else {}
    if not files:
        _stop(f"There is no procedure in {folder.name}.")
    with bar_of("Proving") as bar:
        compositions = _compositions(folder, files, overlay, bar)
        _known(folder, compositions, right)
        proofs = _proved(compositions, right, bar)
    if format_ == "json":
        print(json.dumps([_as_json(*proof) for proof in proofs], indent=1, ensure_ascii=False))
    else:
        for same in _groups(proofs):
            print(_shown(same, compositions))
        print(_in_short(proofs, compositions))
    if save is not None:
        _keep(proofs, save)
    raise typer.Exit(0 if all(verdict.outcome == "proved" for _, verdict in proofs) else 1)


@dataclass(frozen=True)
class _Composition:
    """The base, under the name None, or what an overlay makes of it; without its guard."""

    name: str | None
    procedure: Procedure
    trees: dict[str, Tree]


Proof = tuple[_Composition, Verdict]


def _compositions(folder: Path, files: dict[str, bytes], overlay: str | None, bar: Progress) -> list[_Composition]:
    """The base and every adaptation, or the one that is asked for; exit 2 where the files are none."""
    names = [composition_named(files, overlay)] if overlay is not None else [None, *overlays_in(files)]
    read = []
    for number, name in enumerate(names):
        bar(number, len(names), f"reading {name or 'the base'}")
        found = found_of(files, name)
        if found.definition is None:
            for problem in found.problems:
                print(_at(problem), file=sys.stderr)
            where = f"{folder.name} with {name}" if name else folder.name
            _stop(f"{where} has {len(found.problems)} problems: run `caseway sop check` first.")
        read.append(_Composition(name, compile_procedure(found.definition, guarded=False), found.trees))
    return read


def _known(folder: Path, compositions: list[_Composition], right: str | None) -> None:
    """Exit 2 where there are no rights, or not this one."""
    names = compositions[0].procedure.definition.rights
    if not names:
        _stop(f"{folder.name} states no rights: it has no {RIGHTS}.")
    if right is not None and right not in names:
        _stop(f"There is no right ‘{right}’. {did_you_mean(right, set(names))}")


def _proved(compositions: list[_Composition], right: str | None, bar: Progress) -> list[Proof]:
    """Every verdict, right by right, that on the base first."""
    proofs: list[Proof] = []
    former: dict[str, Verdict] = {}
    for number, one in enumerate(compositions):

        def told(done: int, of: int, name: str, number: int = number, what: str = one.name or "the base") -> None:
            bar(number * of + done, len(compositions) * of, f"{what}: {name}")

        verdicts = prove(one.procedure, told, right, former)
        former = former or {verdict.name: verdict for verdict in verdicts}
        proofs += [(one, verdict) for verdict in verdicts]
    order = list(former)
    return sorted(proofs, key=lambda proof: order.index(proof[1].name))


def _groups(proofs: list[Proof]) -> list[list[Proof]]:
    """Those that say the same of the same right together."""
    groups: dict[object, list[Proof]] = {}
    for proof in proofs:
        verdict = proof[1]
        story = verdict.story.model_dump_json() if verdict.story else None
        groups.setdefault((verdict.name, verdict.outcome, verdict.step, verdict.why, story), []).append(proof)
    return list(groups.values())


def _stop(message: str) -> NoReturn:
    print(message, file=sys.stderr)
    raise typer.Exit(2)


def _shown(same: list[Proof], compositions: list[_Composition]) -> str:
    first, verdict = same[0]
    whom = f" – for {_named([one for one, _ in same])}" if len(compositions) > 1 else ""
    lines = [f"{verdict.outcome:8} {verdict.name}: {verdict.right.cited} [{_looked_at(same)}]{whom}"]
    if verdict.outcome == "proved":
        return lines[0]
    if verdict.why:
        lines.append(f"  {verdict.why}")
    if place := step_place(verdict, first.trees):
        lines.append(f"  {_at(place)}")
    if verdict.story is None:
        return "\n".join([*lines, "  No story was found that shows it on the engine."])
    told = in_words(first.procedure, verdict.story)
    lines += [f"  {number:>3}. {text}" for number, text in enumerate(told)]
    if is_shortest(first.procedure, verdict):
        lines.append("  No story breaks it in fewer steps of people.")
    return "\n".join([*lines, "  Where the right is enforced, this story is refused."])


def _looked_at(same: list[Proof]) -> str:
    """In how many situations, from the fewest to the most of the compositions."""
    counts = sorted({verdict.situations for _, verdict in same})
    if counts == [0]:
        return "by the text of the procedure"
    return f"{' to '.join(f'{count:,}' for count in dict.fromkeys((counts[0], counts[-1])))} situations"


def _named(compositions: list[_Composition]) -> str:
    """Few adaptations by name, many by their number."""
    names = [one.name for one in compositions if one.name]
    said = [", ".join(names) if len(names) < FEW else f"{len(names)} adaptations"] if names else []
    return " and ".join([*(["the base"] if any(one.name is None for one in compositions) else []), *said])


def _in_short(proofs: list[Proof], compositions: list[_Composition]) -> str:
    """How many rights are proved everywhere, and how many are broken or not shown somewhere."""
    by_right: dict[str, set[str]] = {}
    for _, verdict in proofs:
        by_right.setdefault(verdict.name, set()).add(verdict.outcome)
    worst = [next(one for one in ("broken", "unproved", "proved") if one in found) for found in by_right.values()]
    counts = {outcome: worst.count(outcome) for outcome in ("proved", "broken", "unproved")}
    said = ", ".join(f"{count} {outcome}" for outcome, count in counts.items() if count or outcome == "proved")
    return f"{said}{f' for {_named(compositions)}' if len(compositions) > 1 else ''}."


def _at(problem: Problem) -> str:
    return f"{problem.file}:{problem.line}:{problem.column} {problem.code} {problem.message}"


def _as_json(one: _Composition, verdict: Verdict) -> dict[str, object]:
    place = step_place(verdict, one.trees)
    return {
        "composition": one.name,
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
        "shortest": is_shortest(one.procedure, verdict),
        "story": verdict.story and verdict.story.model_dump(mode="json", by_alias=True, exclude_defaults=True),
    }


def _keep(proofs: list[Proof], save: Path) -> None:
    told = next(((one, verdict, verdict.story) for one, verdict in proofs if verdict.story is not None), None)
    if told is None:
        print("There is no story to keep.", file=sys.stderr)
        return
    one, verdict, story = told
    try:
        save.write_text(written(story), encoding="utf-8")
    except OSError as error:
        _stop(f"The story cannot be written to {save.name}: {error.strerror}.")
    of = f", told with {one.name}," if one.name else ""
    print(f"The story of {verdict.name}{of} is in {save.name}.", file=sys.stderr)
