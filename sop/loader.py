"""From files to a definition: every problem of every file, or a whole procedure."""

import hashlib
import json
from typing import Any, TypeVar

from pydantic import ValidationError

from sop.checks import check
from sop.instruments import Instrument
from sop.migration import Migration
from sop.model import Definition, Head, Sop
from sop.problems import DefinitionInvalid, Path, Problem, Tree, did_you_mean
from sop.reader import read
from sop.shapes import Shape

HEAD = "procedure.yaml"
_Part = TypeVar("_Part", bound=Shape)


def load(files: dict[str, bytes]) -> Definition:
    """The definition in `files`: `procedure.yaml`, one file per SOP beside it, `instruments/` and `migrations/`.

    Names are relative, with `/`. Raises `DefinitionInvalid` with all problems; warnings alone do not stop it.
    """
    definition, problems = examine(files)
    if definition is None:
        raise DefinitionInvalid(problems)
    return definition


def examine(files: dict[str, bytes]) -> tuple[Definition | None, list[Problem]]:
    """The definition where there is one, and every problem, warnings too, in the order of files and lines."""
    problems: list[Problem] = []
    if HEAD not in files:
        missing = Problem(code="no-procedure", file=HEAD, line=1, column=1, message="There is no procedure.yaml here.")
        return None, [missing]
    trees: dict[str, Tree] = {}
    for name in sorted(n for n in files if n == HEAD or "/" not in n or n.startswith(("instruments/", "migrations/"))):
        found = read(name, files[name])
        if isinstance(found, Tree):
            trees[name] = found
        else:
            problems += found
    head = _part(Head, trees.get(HEAD), problems)
    sops: dict[str, Sop] = {}
    instruments: dict[str, Instrument] = {}
    migrations: dict[str, Migration] = {}
    for name, tree in trees.items():
        if name == HEAD:
            continue
        if name.startswith("instruments/"):
            _keep(instruments, _part(Instrument, tree, problems), tree, "instrument", problems)
        elif name.startswith("migrations/"):
            _keep(migrations, _part(Migration, tree, problems), tree, "migration", problems)
        else:
            _keep(sops, _part(Sop, tree, problems), tree, "sop", problems)
    definition = None
    if head and not problems:
        ordered = _in_order(head, sops)
        definition = Definition(head=head, sops=ordered, instruments=instruments, migrations=migrations)
        problems += check(definition, _by_name(trees))
    if any(problem.severity == "error" for problem in problems):
        definition = None
    return definition, sorted(problems, key=lambda p: (p.file, p.line, p.column, p.code))


def content_hash(definition: Definition) -> str:
    """SHA-256 of what the definition says; comments, spacing and the order of keys do not count."""
    said = definition.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _in_order(head: Head, sops: dict[str, Sop]) -> dict[str, Sop]:
    listed = {name: sops[name] for name in head.sops if name in sops}
    return listed | sops


def _by_name(trees: dict[str, Tree]) -> dict[str, Tree]:
    """Trees by where a checker looks: `` for the head, the SOP's name, `instruments.<name>`, `migrations.<name>`."""
    named: dict[str, Tree] = {}
    for name, tree in trees.items():
        if name == HEAD:
            named[""] = tree
        elif name.startswith("instruments/"):
            named[f"instruments.{tree.value['instrument']}"] = tree
        elif name.startswith("migrations/"):
            named[f"migrations.{tree.value['migration']}"] = tree
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
