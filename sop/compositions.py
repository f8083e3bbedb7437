"""Compositions: what overlays and profiles make of the base, each checked beside what it was put onto."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from pydantic import ValidationError

from sop.base import HEAD, Found
from sop.checks import check
from sop.composing import Composed, compose
from sop.migration_checks import migration_problems
from sop.misfits import explain
from sop.model import Definition
from sop.overlays import Overlay
from sop.problems import Problem, Tree, did_you_mean
from sop.reader import understand
from sop.right_checks import right_problems
from sop.salvage import Understood

OVERLAYS, PROFILES = "overlays/", "profiles/"


def overlays_in(files: Iterable[str]) -> list[str]:
    """The names of the overlays, then of the profiles."""
    names = [
        name.removeprefix(folder).removesuffix(".yaml")
        for folder in (OVERLAYS, PROFILES)
        for name in sorted(files)
        if name.startswith(folder) and name.endswith(".yaml") and name.count("/") == 1
    ]
    return list(dict.fromkeys(names))


@dataclass(frozen=True)
class Composition:
    """What one or more overlays make of the base. `problems` are those of its own, not those of the base."""

    definition: Definition | None
    """None where there is an error."""
    problems: list[Problem]
    trees: dict[str, Tree]
    beside: tuple[str, ...]
    """The layers of what it was put onto: all but the last; none where that is the base."""
    layers: tuple[str, ...]
    """The overlays and profiles in the order in which they were put on."""


@dataclass(frozen=True)
class Layer:
    """One overlay or profile as its file says it."""

    overlay: Overlay | None
    tree: Tree | None
    problems: tuple[Problem, ...]


class Compositions:
    """The compositions of one base. What two of them begin with alike is put together and checked once."""

    def __init__(self, files: dict[str, bytes], base: Found) -> None:
        assert base.definition is not None  # noqa: S101 - nothing can be put onto a base with errors
        self.files = files
        self._base = base
        self._definition = base.definition
        self._put: dict[tuple[str, ...], Composed] = {}
        self._known: dict[tuple[str, ...], Composition] = {}

    def of(self, names: str) -> Composition:
        """The composition of a name, or of several with `+` between them."""
        problems: list[Problem] = []
        layers = tuple(self._layers(names, problems))
        if problems:
            problems += self._composed(layers).problems
            return Composition(None, _in_file_order(problems), self._base.trees, (), layers)
        return self.with_layers(layers)

    def with_layers(self, names: tuple[str, ...]) -> Composition:
        """The composition of these layers, in this order."""
        if names not in self._known:
            composed = self._composed(names)
            beside = names[:-1]
            problems = composed.problems
            if not problems:
                onto = self.with_layers(beside) if beside else None
                if onto and onto.problems:  # what is wrong there is right here perhaps, so it is looked at again
                    beside = ()
                put = [self._composed(names[:end]) for end in range(len(beside) + 1, len(names) + 1)]
                onto_it = None if any(one.lost for one in put) else self._composed(beside).definition
                problems = self._checked(composed, onto_it)
            errors = any(problem.severity == "error" for problem in problems)
            definition = None if errors else composed.definition
            self._known[names] = Composition(definition, _in_file_order(problems), composed.trees, beside, names)
        return self._known[names]

    def with_last(self, names: tuple[str, ...], overlay: Overlay) -> Composition:
        """The composition of these layers with `overlay` in the place of the last one; nothing of it is kept."""
        onto, layer = self._composed(names[:-1]), layer_in(self.files, names[-1])
        if layer is None or layer.tree is None:
            raise KeyError(names[-1])
        put = compose(onto.definition, onto.trees, overlay, layer.tree)
        put.problems = [*onto.problems, *put.problems] or self._checked(put, None)
        errors = any(problem.severity == "error" for problem in put.problems)
        return Composition(None if errors else put.definition, put.problems, put.trees, (), names)

    def _composed(self, names: tuple[str, ...]) -> Composed:
        if not names:
            return Composed(self._definition, self._base.trees, False)
        if names not in self._put:
            onto = self._composed(names[:-1])
            layer = layer_in(self.files, names[-1])
            if layer is None or layer.overlay is None or layer.tree is None:
                return onto  # said of the layer already
            put = compose(onto.definition, onto.trees, layer.overlay, layer.tree)
            self._put[names] = Composed(put.definition, put.trees, put.lost, [*onto.problems, *put.problems])
        return self._put[names]

    def _checked(self, composed: Composed, beside: Definition | None) -> list[Problem]:
        understood = Understood(
            definition=composed.definition,
            trees=composed.trees,
            whole=frozenset(composed.trees),
            all_whole=True,
            known=frozenset(),
            unread=frozenset(),
            has_head=True,
            beside=beside,
        )
        found = [*check(understood), *right_problems(understood), *migration_problems(understood)]
        return [problem for problem in found if problem not in self._base.problems]

    def _layers(self, names: str, problems: list[Problem]) -> list[str]:
        """The layers that a name means, each once: the profiles that they take with them first, a contingency last."""
        layers: dict[str, Overlay] = {}
        for name in names.split("+"):
            found = layer_in(self.files, name)
            if found is None:
                message = f"There is no overlay and no profile ‘{name}’."
                help_ = did_you_mean(name, set(overlays_in(self.files)))
                lost = Problem(code="no-such-overlay", file=HEAD, line=1, column=1, message=message, help=help_)
                problems.append(lost)
                continue
            problems += found.problems
            if found.overlay is None or found.tree is None:
                continue
            for number, profile in enumerate(found.overlay.with_):
                taken = layer_in(self.files, profile) if f"{PROFILES}{profile}.yaml" in self.files else None
                if taken is None:
                    profiles = {one for one in overlays_in(self.files) if f"{PROFILES}{one}.yaml" in self.files}
                    message = f"There is no profile ‘{profile}’."
                    missing = found.tree.problem(("with", number), "no-such-overlay", message, name=(profile, profiles))
                    problems.append(missing)
                    continue
                problems += taken.problems
                if taken.overlay:
                    layers.setdefault(profile, taken.overlay)
            layers.setdefault(name, found.overlay)
        return sorted(layers, key=lambda name: layers[name].from_ is not None)


def layer_in(files: dict[str, bytes], name: str) -> Layer | None:
    """What one overlay or profile says by itself, and what is wrong with it; None where there is none of this name."""
    file = next((f for f in (f"{OVERLAYS}{name}.yaml", f"{PROFILES}{name}.yaml") if f in files), None)
    return _read(file, files[file]) if file else None


@lru_cache(maxsize=64)
def _read(file: str, content: bytes) -> Layer:
    tree, problems = understand(file, content)
    if tree is None or tree.broken:
        return Layer(None, tree, tuple(problems))
    try:
        overlay = Overlay.model_validate(tree.value)
    except ValidationError as error:
        return Layer(None, tree, tuple(explain(tree, error, Overlay)))
    name = file.rsplit("/", 1)[-1].removesuffix(".yaml")
    wanted = overlay.country.lower() if overlay.country else overlay.overlay
    folder = OVERLAYS if overlay.country else PROFILES
    if not overlay.overlay == name == wanted or not file.startswith(folder):
        message = f"The file is {folder}{wanted}.yaml and says `overlay: {wanted}`."
        problems.append(tree.problem(("overlay",), "overlay-name", message, "Rename the file, or the overlay."))
    if overlay.with_ and not overlay.country:
        message = "A profile takes no other profiles with it."
        problems.append(tree.problem(("with",), "overlay-name", message, "Name them in the overlay of the country."))
    return Layer(overlay, tree, tuple(problems))


def _in_file_order(problems: Iterable[Problem]) -> list[Problem]:
    return sorted(problems, key=lambda p: (p.file, p.line, p.column, p.code))
