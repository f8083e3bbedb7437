"""From files to a definition: the base, or what overlays make of it; every problem of every file."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from pydantic import ValidationError

from sop.base import ASIDE, FOLDERS, HEAD, Found, look
from sop.checks import check
from sop.composing import compose
from sop.migration_checks import migration_problems
from sop.misfits import explain
from sop.model import Definition
from sop.overlays import Overlay
from sop.problems import DefinitionInvalid, Problem, Tree, did_you_mean
from sop.reader import understand
from sop.right_checks import right_problems
from sop.salvage import Understood

OVERLAYS, PROFILES = "overlays/", "profiles/"


def load(files: dict[str, bytes], overlay: str | None = None) -> Definition:
    """The definition in `files`: `procedure.yaml`, one file per SOP and `rights.yaml` beside it, `instruments/`, `migrations/`.

    `overlay` names what is put onto it: an overlay or a profile, or several with `+` between them (`rs+labour`).
    Names are relative, with `/`. Raises `DefinitionInvalid` with all problems; warnings alone do not stop it.
    """
    definition, problems = examine(files, overlay)
    if definition is None:
        raise DefinitionInvalid(problems)
    return definition


def examine(files: dict[str, bytes], overlay: str | None = None) -> tuple[Definition | None, list[Problem]]:
    """The definition where there is one, and every problem, warnings too, in the order of files and lines."""
    found = found_of(files, overlay)
    return found.definition, found.problems


def found_of(files: dict[str, bytes], overlay: str | None = None) -> Found:
    """As `examine`, with the places of everything."""
    base = base_of(files)
    if overlay is None or base.definition is None:
        return base
    composed = _composed(files, base, overlay)
    return Found(composed.definition, _in_file_order([*base.problems, *composed.problems]), composed.trees)


def examine_all(files: dict[str, bytes]) -> dict[str, tuple[Definition | None, list[Problem]]]:
    """The base, under an empty name, and every composition by its name, each with the problems of its own files.

    Where the base has errors nothing can be put onto it, and there are no compositions.
    """
    base = base_of(files)
    found: dict[str, tuple[Definition | None, list[Problem]]] = {"": (base.definition, list(base.problems))}
    if base.definition is not None:
        composed = {name: _composed(files, base, name) for name in overlays_in(files)}
        found |= {name: (one.definition, one.problems) for name, one in composed.items()}
    return found


def overlays_in(files: dict[str, bytes]) -> list[str]:
    """The names of the overlays, then of the profiles."""
    names = [
        name.removeprefix(folder).removesuffix(".yaml")
        for folder in (OVERLAYS, PROFILES)
        for name in sorted(files)
        if name.startswith(folder) and name.endswith(".yaml") and name.count("/") == 1
    ]
    return list(dict.fromkeys(names))


def overlay_in(files: dict[str, bytes], name: str) -> Overlay | None:
    """What one overlay or profile says by itself; None where there is none of this name, or its file is not right."""
    file = next((f for f in (f"{OVERLAYS}{name}.yaml", f"{PROFILES}{name}.yaml") if f in files), None)
    return _read_overlay(file, files[file]).overlay if file else None


def files_of_composition(files: dict[str, bytes], overlay: str | None) -> dict[str, bytes]:
    """What a published composition keeps: the base with its stories, the overlay, and the profiles that it takes."""
    kept = {
        name: content for name, content in files.items() if not name.startswith((OVERLAYS, PROFILES, "simulations/"))
    }
    file = f"{OVERLAYS}{overlay}.yaml"
    if overlay is None or file not in files:
        return kept
    kept[file] = files[file]
    own = _read_overlay(file, files[file]).overlay
    profiles = [f"{PROFILES}{name}.yaml" for name in own.with_] if own else []
    return kept | {name: files[name] for name in profiles if name in files}


@lru_cache(maxsize=4)
def _look(files: tuple[tuple[str, bytes], ...]) -> Found:
    """Kept, for every composition begins with it; the same files are the same base."""
    return look(dict(files))


def base_of(files: dict[str, bytes]) -> Found:
    """What the files of the base say, with the places of everything; overlays and profiles are not looked at."""
    names = sorted(n for n in files if n not in ASIDE and ("/" not in n or n.startswith(FOLDERS)))
    return _look(tuple((name, files[name]) for name in names))


def _composed(files: dict[str, bytes], base: Found, name: str) -> Found:
    """One composition: profiles first, then the overlay itself, each put onto what came before."""
    assert base.definition is not None  # noqa: S101 - asked by the callers
    problems: list[Problem] = []
    layers = _layers(files, name, problems)
    definition, trees = base.definition, base.trees
    changed: set[str] | None = set()
    for overlay, tree in layers:
        composed = compose(definition, trees, overlay, tree)
        problems += composed.problems
        definition, trees = composed.definition, composed.trees
        changed = None if changed is None or composed.changed is None else changed | composed.changed
    if not problems:
        problems = [problem for problem in _checked(definition, trees, changed) if problem not in base.problems]
    if any(problem.severity == "error" for problem in problems):
        return Found(None, _in_file_order(problems), trees)
    return Found(definition, _in_file_order(problems), trees)


def _checked(definition: Definition, trees: dict[str, Tree], changed: set[str] | None) -> list[Problem]:
    composed = Understood(
        definition=definition,
        trees=trees,
        whole=frozenset(trees),
        all_whole=True,
        known=frozenset(),
        unread=frozenset(),
        has_head=True,
        only=None if changed is None else frozenset(changed),
    )
    return [*check(composed), *right_problems(composed), *migration_problems(composed)]


def _layers(files: dict[str, bytes], names: str, problems: list[Problem]) -> list[tuple[Overlay, Tree]]:
    """The overlays that a name means, each once: the profiles that they take with them first, a contingency last."""
    layers: dict[str, tuple[Overlay, Tree]] = {}
    for name in names.split("+"):
        file = next((f for f in (f"{OVERLAYS}{name}.yaml", f"{PROFILES}{name}.yaml") if f in files), None)
        if file is None:
            message = f"There is no overlay and no profile ‘{name}’."
            help_ = did_you_mean(name, set(overlays_in(files)))
            problems.append(Problem(code="no-such-overlay", file=HEAD, line=1, column=1, message=message, help=help_))
            continue
        found = _read_overlay(file, files[file])
        problems += found.problems
        if found.overlay is None or found.tree is None:
            continue
        for number, profile in enumerate(found.overlay.with_):
            inner = f"{PROFILES}{profile}.yaml"
            if inner not in files:
                profiles = {one for one in overlays_in(files) if f"{PROFILES}{one}.yaml" in files}
                message = f"There is no profile ‘{profile}’."
                lost = found.tree.problem(("with", number), "no-such-overlay", message, name=(profile, profiles))
                problems.append(lost)
                continue
            taken = _read_overlay(inner, files[inner])
            problems += taken.problems
            if taken.overlay and taken.tree:
                layers.setdefault(profile, (taken.overlay, taken.tree))
        layers.setdefault(name, (found.overlay, found.tree))
    return sorted(layers.values(), key=lambda layer: layer[0].from_ is not None)


@dataclass(frozen=True)
class _Layer:
    """One overlay as its file says it."""

    overlay: Overlay | None
    tree: Tree | None
    problems: tuple[Problem, ...]


@lru_cache(maxsize=64)
def _read_overlay(file: str, content: bytes) -> _Layer:
    tree, problems = understand(file, content)
    if tree is None or tree.broken:
        return _Layer(None, None, tuple(problems))
    try:
        overlay = Overlay.model_validate(tree.value)
    except ValidationError as error:
        return _Layer(None, tree, tuple(explain(tree, error, Overlay)))
    name = file.rsplit("/", 1)[-1].removesuffix(".yaml")
    wanted = overlay.country.lower() if overlay.country else overlay.overlay
    folder = OVERLAYS if overlay.country else PROFILES
    if not overlay.overlay == name == wanted or not file.startswith(folder):
        message = f"The file is {folder}{wanted}.yaml and says `overlay: {wanted}`."
        problems.append(tree.problem(("overlay",), "overlay-name", message, "Rename the file, or the overlay."))
    if overlay.with_ and not overlay.country:
        message = "A profile takes no other profiles with it."
        problems.append(tree.problem(("with",), "overlay-name", message, "Name them in the overlay of the country."))
    return _Layer(overlay, tree, tuple(problems))


def _in_file_order(problems: Iterable[Problem]) -> list[Problem]:
    return sorted(problems, key=lambda p: (p.file, p.line, p.column, p.code))


def content_hash(definition: Definition) -> str:
    """SHA-256 of what the definition says; comments, spacing and the order of keys do not count."""
    said = definition.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
