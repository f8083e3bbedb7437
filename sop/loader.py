"""From files to a definition: every problem of every file, or a whole procedure."""

import hashlib
import json
from dataclasses import dataclass
from typing import TypeVar

from sop.calendars import Calendar
from sop.checks import check
from sop.instruments import Instrument
from sop.misfits import explain
from sop.model import Definition, Head, Sop
from sop.problems import DefinitionInvalid, Problem, Tree
from sop.reader import understand
from sop.salvage import HEAD_KINDS, SOP_KINDS, Salvaged, Understood, declared, untold
from sop.shapes import Shape

HEAD = "procedure.yaml"
_Part = TypeVar("_Part", bound=Shape)


def load(files: dict[str, bytes]) -> Definition:
    """The definition in `files`: `procedure.yaml`, one file per SOP beside it, and `instruments/*.yaml`.

    Names are relative, with `/`. Raises `DefinitionInvalid` with all problems; warnings alone do not stop it.
    """
    definition, problems = examine(files)
    if definition is None:
        raise DefinitionInvalid(problems)
    return definition


def examine(files: dict[str, bytes]) -> tuple[Definition | None, list[Problem]]:
    """The definition where there is one, and every problem, warnings too, in the order of files and lines."""
    found = look(files)
    return found.definition, found.problems


@dataclass(frozen=True)
class Found:
    """What `look` found. `trees` say where each part stands: the head under ``, a SOP under its name."""

    definition: Definition | None
    problems: list[Problem]
    trees: dict[str, Tree]


def look(files: dict[str, bytes]) -> Found:
    """As `examine`, with the places of everything.

    A mistake hides nothing that stands elsewhere: what could be understood of the files is checked all the same.
    Only what follows from something being absent is not said as long as a part of the files cannot be understood.
    """
    problems: list[Problem] = []
    trees: dict[str, Tree | None] = {HEAD: None}
    if HEAD not in files:
        message = "There is no procedure.yaml here."
        problems.append(Problem(code="no-procedure", file=HEAD, line=1, column=1, message=message))
    for name in sorted(n for n in files if n == HEAD or "/" not in n or n.startswith("instruments/")):
        trees[name], found = understand(name, files[name])
        problems += found
    understood = _understood(trees, problems)
    if understood is not None:
        problems += check(understood)
    broken = understood is None or any(problem.severity == "error" for problem in problems)
    return Found(
        definition=None if broken or understood is None else understood.definition,
        problems=sorted(problems, key=lambda p: (p.file, p.line, p.column, p.code)),
        trees=understood.trees if understood else {},
    )


def _understood(trees: dict[str, Tree | None], problems: list[Problem]) -> Understood | None:
    """Everything that the files say, as far as it can be told; None where there is not even one SOP."""
    head = _salvaged(Head, trees[HEAD], problems)
    sops: dict[str, Sop] = {}
    instruments: dict[str, Instrument] = {}
    places: dict[str, Tree] = {"": trees[HEAD] or Tree(HEAD, {}, {})}
    known = set(declared(places[""], HEAD_KINDS))
    unread = set(untold(trees[HEAD], HEAD_KINDS))
    whole = {""} if head and head.whole else set()
    all_whole = bool(whole)
    for name, tree in trees.items():
        if name == HEAD:
            continue
        if name.startswith("instruments/"):
            instrument = _salvaged(Instrument, tree, problems)
            if instrument and isinstance(tree, Tree) and isinstance(tree.value.get("instrument"), str):
                known.add(("instrument", str(tree.value["instrument"])))
            else:
                unread.add("instrument")
            if instrument and instrument.part:
                places[f"instruments.{instrument.part.instrument}"] = instrument.tree
                _keep(instruments, instrument.part, instrument.tree, "instrument", problems)
            all_whole &= bool(instrument and instrument.whole)
            continue
        sop = _salvaged(Sop, tree, problems)
        known |= set(declared(tree, SOP_KINDS)) if tree else set()
        unread |= set(untold(tree, SOP_KINDS))
        all_whole &= bool(sop and sop.whole)
        if sop and sop.part:
            places[sop.part.sop] = sop.tree
            whole |= {sop.part.sop} if sop.whole else set()
            _keep(sops, sop.part, sop.tree, "sop", problems)
    if not sops and not (head and head.part):
        return None
    return Understood(
        definition=Definition(
            head=(head.part if head else None) or _unread_head(sops),
            sops=_in_order(head.part, sops) if head and head.part else sops,
            instruments=instruments,
        ),
        trees=places,
        whole=frozenset(whole),
        all_whole=all_whole,
        known=frozenset(known),
        unread=frozenset(unread),
        has_head=bool(head and head.part),
    )


def _unread_head(sops: dict[str, Sop]) -> Head:
    """In the place of a head that cannot be read: it says nothing, and nothing is concluded from it."""
    names = tuple(sops)
    return Head(
        procedure="unread",
        version="0",
        title="Unread",
        sops=names[:20],
        starts_with=names[0],
        roles={"unread": "Unread"},
        opened_by=("unread",),
        calendars={"default": Calendar(zone="Etc/UTC")},
        facts={},
    )


def content_hash(definition: Definition) -> str:
    """SHA-256 of what the definition says; comments, spacing and the order of keys do not count."""
    said = definition.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _in_order(head: Head, sops: dict[str, Sop]) -> dict[str, Sop]:
    listed = {name: sops[name] for name in head.sops if name in sops}
    return listed | sops


def _keep(kept: dict[str, _Part], part: _Part | None, tree: Tree, key: str, problems: list[Problem]) -> None:
    if part is None:
        return
    name = str(getattr(part, key))
    if name in kept:
        problems.append(tree.problem((key,), "defined-twice", f"‘{name}’ is already defined in another file."))
    kept[name] = part


def _salvaged(shape: type[_Part], tree: Tree | None, problems: list[Problem]) -> Salvaged[_Part] | None:
    if tree is None:
        return None
    found = Salvaged(tree, shape)
    # what only the leaving out of parts made wrong is no finding: the first error alone speaks of the file as it is
    problems += [problem for error in found.errors[:1] for problem in explain(tree, error, shape)]
    return found
