"""From files to a definition: every problem of every file, or a whole procedure."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

from pydantic import ValidationError

from sop.checks import check
from sop.composing import compose
from sop.instruments import Instrument
from sop.model import Definition, Head, Sop
from sop.overlays import Overlay
from sop.problems import DefinitionInvalid, Path, Problem, Tree, did_you_mean
from sop.reader import read
from sop.shapes import Shape

HEAD = "procedure.yaml"
_Part = TypeVar("_Part", bound=Shape)


OVERLAYS, PROFILES = "overlays/", "profiles/"


def load(files: dict[str, bytes], overlay: str | None = None) -> Definition:
    """The definition in `files`: `procedure.yaml`, one file per SOP beside it, and `instruments/*.yaml`.

    `overlay` names what is put onto it: an overlay or a profile, or several with `+` between them (`rs+labour`).
    Names are relative, with `/`. Raises `DefinitionInvalid` with all problems; warnings alone do not stop it.
    """
    definition, problems = examine(files, overlay)
    if definition is None:
        raise DefinitionInvalid(problems)
    return definition


def examine(files: dict[str, bytes], overlay: str | None = None) -> tuple[Definition | None, list[Problem]]:
    """The definition where there is one, and every problem, warnings too, in the order of files and lines."""
    base = _base_of(files)
    if overlay is None or base.definition is None:
        return base.definition, list(base.problems)
    definition, problems = _composed(files, base, overlay)
    return definition, _in_file_order([*base.problems, *problems])


def examine_all(files: dict[str, bytes]) -> dict[str, tuple[Definition | None, list[Problem]]]:
    """The base, under an empty name, and every composition by its name, each with the problems of its own files.

    Where the base has errors nothing can be put onto it, and there are no compositions.
    """
    base = _base_of(files)
    found: dict[str, tuple[Definition | None, list[Problem]]] = {"": (base.definition, list(base.problems))}
    if base.definition is not None:
        found |= {name: _composed(files, base, name) for name in overlays_in(files)}
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
    kept = {name: content for name, content in files.items() if not name.startswith((OVERLAYS, PROFILES))}
    file = f"{OVERLAYS}{overlay}.yaml"
    if overlay is None or file not in files:
        return kept
    kept[file] = files[file]
    own = _read_overlay(file, files[file]).overlay
    profiles = [f"{PROFILES}{name}.yaml" for name in own.with_] if own else []
    return kept | {name: files[name] for name in profiles if name in files}


@dataclass(frozen=True)
class _Base:
    """The base as its files say it."""

    definition: Definition | None
    problems: tuple[Problem, ...]
    trees: dict[str, Tree]


def _base_of(files: dict[str, bytes]) -> _Base:
    names = sorted(n for n in files if n == HEAD or "/" not in n or n.startswith("instruments/"))
    return _read_base(tuple((name, files[name]) for name in names))


@lru_cache(maxsize=4)
def _read_base(files: tuple[tuple[str, bytes], ...]) -> _Base:
    """Kept, for every composition begins with it; the same files are the same base."""
    problems: list[Problem] = []
    if HEAD not in (name for name, _ in files):
        missing = Problem(code="no-procedure", file=HEAD, line=1, column=1, message="There is no procedure.yaml here.")
        return _Base(None, (missing,), {})
    trees: dict[str, Tree] = {}
    for name, content in files:
        found = read(name, content)
        if isinstance(found, Tree):
            trees[name] = found
        else:
            problems += found
    head = _part(Head, trees.get(HEAD), problems)
    sops: dict[str, Sop] = {}
    instruments: dict[str, Instrument] = {}
    for name, tree in trees.items():
        if name == HEAD:
            continue
        if name.startswith("instruments/"):
            _keep(instruments, _part(Instrument, tree, problems), tree, "instrument", problems)
        else:
            _keep(sops, _part(Sop, tree, problems), tree, "sop", problems)
    definition = None
    named: dict[str, Tree] = {}
    if head and not problems:
        definition = Definition(head=head, sops=_in_order(head, sops), instruments=instruments)
        named = _by_name(trees)
        problems += check(definition, named)
    if any(problem.severity == "error" for problem in problems):
        definition = None
    return _Base(definition, tuple(_in_file_order(problems)), named)


def _composed(files: dict[str, bytes], base: _Base, name: str) -> tuple[Definition | None, list[Problem]]:
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
        problems = [problem for problem in check(definition, trees, changed) if problem not in base.problems]
    if any(problem.severity == "error" for problem in problems):
        return None, _in_file_order(problems)
    return definition, _in_file_order(problems)


def _layers(files: dict[str, bytes], names: str, problems: list[Problem]) -> list[tuple[Overlay, Tree]]:
    """The overlays that a name means, each once: the profiles that they take with them first, a contingency last."""
    layers: dict[str, tuple[Overlay, Tree]] = {}
    for name in names.split("+"):
        file = next((f for f in (f"{OVERLAYS}{name}.yaml", f"{PROFILES}{name}.yaml") if f in files), None)
        if file is None:
            help_ = did_you_mean(name, set(overlays_in(files)))
            message = f"There is no overlay and no profile ‘{name}’."
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
                help_ = did_you_mean(profile, profiles)
                problems.append(found.tree.problem(("with", number), "no-such-overlay", message, help_))
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
    tree = read(file, content)
    if not isinstance(tree, Tree):
        return _Layer(None, None, tuple(tree))
    problems: list[Problem] = []
    overlay = _part(Overlay, tree, problems)
    if overlay is not None:
        name = file.rsplit("/", 1)[-1].removesuffix(".yaml")
        wanted = overlay.country.lower() if overlay.country else overlay.overlay
        folder = OVERLAYS if overlay.country else PROFILES
        if not overlay.overlay == name == wanted or not file.startswith(folder):
            message = f"The file is {folder}{wanted}.yaml and says `overlay: {wanted}`."
            problems.append(tree.problem(("overlay",), "overlay-name", message, "Rename the file, or the overlay."))
        if overlay.with_ and not overlay.country:
            message = "A profile takes no other profiles with it."
            problems.append(
                tree.problem(("with",), "overlay-name", message, "Name them in the overlay of the country.")
            )
    return _Layer(overlay, tree, tuple(problems))


def _in_file_order(problems: Iterable[Problem]) -> list[Problem]:
    return sorted(problems, key=lambda p: (p.file, p.line, p.column, p.code))


def content_hash(definition: Definition) -> str:
    """SHA-256 of what the definition says; comments, spacing and the order of keys do not count."""
    said = definition.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _in_order(head: Head, sops: dict[str, Sop]) -> dict[str, Sop]:
    listed = {name: sops[name] for name in head.sops if name in sops}
    return listed | sops


def _by_name(trees: dict[str, Tree]) -> dict[str, Tree]:
    """Trees by where a checker looks: `` for the head, the SOP's name, `instruments.<name>`."""
    named: dict[str, Tree] = {}
    for name, tree in trees.items():
        if name == HEAD:
            named[""] = tree
        elif name.startswith("instruments/"):
            named[f"instruments.{tree.value['instrument']}"] = tree
        else:
            named[str(tree.value["sop"])] = tree
    return named


def _keep(kept: dict[str, _Part], part: _Part | None, tree: Tree, key: str, problems: list[Problem]) -> None:
    if part is None:
        return
    name = str(getattr(part, key))
    if name in kept:
        problems.append(tree.problem((key,), "defined-twice", f"‘{name}’ is already defined in another file."))
    kept[name] = part


def _part(shape: type[_Part], tree: Tree | None, problems: list[Problem]) -> _Part | None:
    if tree is None:
        return None
    try:
        return shape.model_validate(tree.value)
    except ValidationError as error:
        problems += explain(tree, error)
        return None


def explain(tree: Tree, error: ValidationError) -> list[Problem]:
    """What pydantic found, in the words and at the places of the file."""
    details = error.errors(include_url=False, include_context=True, include_input=False)
    return list(dict.fromkeys(_explain(tree, dict(detail)) for detail in details))


def _explain(tree: Tree, detail: dict[str, Any]) -> Problem:
    path: Path = tuple(detail["loc"])
    kind = str(detail["type"])
    key = str(path[-1]) if path else ""
    if kind == "extra_forbidden":
        help_ = did_you_mean(key, _every_key())
        return tree.problem(path, "unknown-key", f"‘{key}’ is not a key that can stand here.", help_)
    if kind == "missing":
        return tree.problem(path[:-1], "missing-key", f"‘{key}’ is missing here.", f"Add `{key}:`.")
    if kind == "string_pattern_mismatch":
        return tree.problem(path, "bad-name", "A name has lower-case letters, digits and underscores, 64 at most.")
    if kind == "literal_error":
        return tree.problem(
            path, "bad-value", f"This is not one of the words allowed here: {detail['ctx']['expected']}."
        )
    if "-" in kind:
        return tree.problem(path, kind, _sentence(str(detail["msg"])))
    if kind == "value_error":
        return tree.problem(path, "bad-value", _sentence(str(detail["msg"]).removeprefix("Value error, ")))
    return tree.problem(path, "wrong-type", _sentence(str(detail["msg"])))


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".") + "."


def _every_key() -> set[str]:
    keys: set[str] = set()
    shapes: list[type[Shape]] = [Shape]
    while shapes:
        shape = shapes.pop()
        shapes += shape.__subclasses__()
        keys |= {field.alias or name for name, field in shape.model_fields.items()}
    return keys
