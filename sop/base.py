"""From the files of the base to what they say: every problem of every file, and the places of everything."""

from dataclasses import dataclass
from typing import TypeVar

from sop.calendars import Calendar
from sop.checks import check
from sop.instruments import Instrument
from sop.migration import Migration
from sop.migration_checks import migration_problems
from sop.misfits import explain
from sop.model import Definition, Head, Sop
from sop.problems import Problem, Tree
from sop.reader import understand
from sop.right_checks import RIGHTS, right_problems
from sop.rights import Rights
from sop.salvage import HEAD_KINDS, SOP_KINDS, Salvaged, Understood, declared, untold
from sop.shapes import Shape

HEAD = "procedure.yaml"
ASIDE = frozenset({"glossary.yaml"})
"""Files beside the SOPs that no case depends on: others read them."""
FOLDERS = ("instruments/", "migrations/")
_Part = TypeVar("_Part", bound=Shape)


@dataclass(frozen=True)
class Found:
    """What `look` found. `trees` say where each part stands: the head under ``, a SOP under its name."""

    definition: Definition | None
    problems: list[Problem]
    trees: dict[str, Tree]


def look(files: dict[str, bytes]) -> Found:
    """What the files of the base say; overlays and profiles are not looked at.

    A mistake hides nothing that stands elsewhere: what could be understood of the files is checked all the same.
    Only what follows from something being absent is not said as long as a part of the files cannot be understood.
    """
    problems: list[Problem] = []
    trees: dict[str, Tree | None] = {HEAD: None}
    if HEAD not in files:
        message = "There is no procedure.yaml here."
        problems.append(Problem(code="no-procedure", file=HEAD, line=1, column=1, message=message))
    for name in sorted(n for n in files if n not in ASIDE and ("/" not in n or n.startswith(FOLDERS))):
        trees[name], found = understand(name, files[name])
        problems += found
    understood = _understood(trees, problems)
    if understood is not None:
        problems += check(understood)
        problems += right_problems(understood)
        problems += migration_problems(understood)
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
    places: dict[str, Tree] = {"": trees[HEAD] or Tree(HEAD, {}, {})}
    known = set(declared(places[""], HEAD_KINDS))
    unread = set(untold(trees[HEAD], HEAD_KINDS))
    whole = {""} if head and head.whole else set()
    all_whole = bool(whole)
    rights = _salvaged(Rights, trees.get(RIGHTS), problems)
    if RIGHTS in trees:
        places[RIGHTS] = trees[RIGHTS] or Tree(RIGHTS, {}, {})
        all_whole &= bool(rights and rights.whole)
    instruments, each_whole = _beside(Instrument, "instrument", trees, places, problems)
    migrations, every_whole = _beside(Migration, "migration", trees, places, problems)
    all_whole &= each_whole and every_whole
    for name, tree in trees.items():
        if name.startswith("instruments/"):
            told = isinstance(tree, Tree) and isinstance(tree.value.get("instrument"), str)
            known |= {("instrument", str(tree.value["instrument"]))} if tree and told else set()
            unread |= set() if told else {"instrument"}
        if name in (HEAD, RIGHTS) or "/" in name:
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
            rights=rights.part.rights if rights and rights.part else {},
            migrations=migrations,
        ),
        trees=places,
        whole=frozenset(whole),
        all_whole=all_whole,
        known=frozenset(known),
        unread=frozenset(unread),
        has_head=bool(head and head.part),
    )


def _beside(
    shape: type[_Part], key: str, trees: dict[str, Tree | None], places: dict[str, Tree], problems: list[Problem]
) -> tuple[dict[str, _Part], bool]:
    """The parts that lie in a folder of their own, by name, and whether nothing of them had to be left out."""
    kept: dict[str, _Part] = {}
    whole = True
    for name, tree in trees.items():
        if not name.startswith(f"{key}s/"):
            continue
        found = _salvaged(shape, tree, problems)
        whole &= bool(found and found.whole)
        if found and found.part:
            places[f"{key}s.{getattr(found.part, key)}"] = found.tree
            _keep(kept, found.part, found.tree, key, problems)
    return kept, whole


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
