"""From files to a definition: the base, or what overlays make of it; every problem of every file."""

import hashlib
import json
from functools import lru_cache

from sop.base import ASIDE, FOLDERS, Found, look
from sop.compositions import OVERLAYS, PROFILES, Compositions, layer_in, overlays_in
from sop.model import Definition
from sop.overlays import Overlay
from sop.problems import DefinitionInvalid, Problem


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
    composed = Compositions(files, base).of(overlay)
    problems = sorted([*base.problems, *composed.problems], key=lambda p: (p.file, p.line, p.column, p.code))
    return Found(composed.definition, problems, composed.trees)


def examine_all(files: dict[str, bytes]) -> dict[str, tuple[Definition | None, list[Problem]]]:
    """The base, under an empty name, and every composition by its name, each with the problems of its own files.

    Where the base has errors nothing can be put onto it, and there are no compositions.
    """
    base = base_of(files)
    found: dict[str, tuple[Definition | None, list[Problem]]] = {"": (base.definition, list(base.problems))}
    if base.definition is not None:
        compositions = Compositions(files, base)
        composed = {name: compositions.of(name) for name in overlays_in(files)}
        found |= {name: (one.definition, one.problems) for name, one in composed.items()}
    return found


def overlay_in(files: dict[str, bytes], name: str) -> Overlay | None:
    """What one overlay or profile says by itself; None where there is none of this name, or its file is not right."""
    layer = layer_in(files, name)
    return layer.overlay if layer else None


def files_of_composition(files: dict[str, bytes], overlay: str | None) -> dict[str, bytes]:
    """What a published composition keeps: the base with its stories, the overlay, and the profiles that it takes."""
    kept = {
        name: content for name, content in files.items() if not name.startswith((OVERLAYS, PROFILES, "simulations/"))
    }
    file = f"{OVERLAYS}{overlay}.yaml"
    if overlay is None or file not in files:
        return kept
    kept[file] = files[file]
    own = overlay_in(files, overlay)
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


def content_hash(definition: Definition) -> str:
    """SHA-256 of what the definition says; comments, spacing and the order of keys do not count."""
    said = definition.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
