"""What differs between two folders in what their overlays and profiles make of the base: each change with its country."""

from dataclasses import dataclass, field
from typing import Literal

from sop.compositions import OVERLAYS, PROFILES, Compositions, layer_in, overlays_in
from sop.loader import base_of
from sop.model import Definition
from workshop.diff import diff
from workshop.differences import Difference

Files = dict[str, bytes]
Standing = Literal["changed", "added", "removed", "not_compared"]


@dataclass(frozen=True)
class Adaptation:
    """One overlay or profile of which something differs. `not_compared` says that one of its two sides has errors."""

    name: str
    title: str
    standing: Standing
    differences: tuple[Difference, ...] = field(default=())


def national_differences(before: Files, after: Files) -> tuple[Adaptation, ...]:
    """Every overlay and profile, in the order of the files, in which something differs that differs neither in the base
    nor in a profile that it takes. Both bases have no errors."""
    sides = [(files, base_of(files)) for files in (before, after)]
    was, now = (Compositions(files, base) for files, base in sides)
    common = _without_version(_of_two(sides[0][1].definition, sides[1][1].definition))
    names = list(dict.fromkeys([*overlays_in(after), *overlays_in(before)]))
    of_each: dict[str, tuple[Difference, ...]] = {}
    found: list[Adaptation] = []
    for name in sorted(names, key=lambda name: f"{PROFILES}{name}.yaml" not in after):
        old, new = layer_in(before, name), layer_in(after, name)
        title = next((one.overlay.title for one in (new, old) if one and one.overlay), name)
        if old is None or new is None:
            found.append(Adaptation(name, title, "added" if old is None else "removed"))
            continue
        pair = (was.of(name), now.of(name))
        if pair[0].definition is None or pair[1].definition is None:
            if pair[0].definition is not pair[1].definition or _file_of(before, name) != _file_of(after, name):
                found.append(Adaptation(name, title, "not_compared"))
            continue
        every = _of_two(pair[0].definition, pair[1].definition)
        own_version = old.overlay and new.overlay and old.overlay.version != new.overlay.version
        of_each[name] = every if own_version else _without_version(every)
        taken = [profile for side in pair for profile in side.layers if profile != name]
        known = {*map(_said, common), *(_said(one) for profile in taken for one in of_each.get(profile, ()))}
        if own := tuple(one for one in of_each[name] if _said(one) not in known):
            found.append(Adaptation(name, title, "changed", own))
    return tuple(sorted(found, key=lambda one: names.index(one.name)))


def _said(difference: Difference) -> tuple[str, str, str, str]:
    """The difference without its source: the law of the country stands beside what the base or a profile changes too."""
    return difference.kind, difference.where, difference.was, difference.now


def _file_of(files: Files, name: str) -> bytes | None:
    return files.get(f"{OVERLAYS}{name}.yaml") or files.get(f"{PROFILES}{name}.yaml")


def _of_two(before: Definition | None, after: Definition | None) -> tuple[Difference, ...]:
    return diff(before, after) if before and after else ()


def _without_version(differences: tuple[Difference, ...]) -> tuple[Difference, ...]:
    """The version of a composition holds those of all its layers; it is no change of each of them."""
    return tuple(one for one in differences if one.where != "head.version")
