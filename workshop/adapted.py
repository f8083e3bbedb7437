"""What is wrong with the adaptations of a procedure: each finding once, in the file from which it comes."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date

from sop.base import Found
from sop.compositions import Composition, Compositions, layer_in, overlays_in
from sop.overlays import Overlay
from sop.problems import Path, Problem, did_you_mean
from sop.procedure import compile_procedure
from sop.reader import understand
from workshop.analysis import Analysis
from workshop.running_out import running_out
from workshop.stories import OF_OVERLAYS, overlay_of, scenarios_in, stories_of, told_overlays
from workshop.wording import wording

_Layers = tuple[str, ...]
_ADDED = ("roles", "facts", "consents", "rules", "measures", "clocks")


class Adapted:
    """The compositions of a base without errors; `analysis` is that of the base."""

    def __init__(self, files: dict[str, bytes], base: Found, analysis: Analysis) -> None:
        self._files = files
        self._base, self._trees = base.definition, base.trees
        self._compositions = Compositions(files, base)
        self._analyses: dict[_Layers, Analysis] = {(): analysis}
        self._told: dict[_Layers, dict[Problem, Problem]] = {(): {p: p for p in (*base.problems, *analysis.problems)}}

    def problems(self) -> list[Problem]:
        """Everything that is wrong with any composition and not with the base; each says with which ones it holds."""
        found: dict[Problem, dict[str, _Layers]] = {}
        for name in _named(self._files):
            layers = self._compositions.of(name).layers
            for problem in self.of(name):
                found.setdefault(problem, {})[name] = layers
        return [p.model_copy(update={"only_with": _shortest(named)}) for p, named in found.items()]

    def of(self, name: str, *, with_base: bool = False) -> list[Problem]:
        """Everything that is wrong with one composition; only `with_base` also what is wrong with the base already."""
        composition = self._compositions.of(name)
        if composition.definition is None:
            return [*self._placed(composition.problems, composition).values(), *self._stories(name)]
        told, of_base = self._told_of(composition), self._told[()]
        return [*(to for p, to in told.items() if with_base or p not in of_base), *self._stories(name)]

    def running_out(self, today: date) -> Iterator[Problem]:
        """The calendars that overlays bring, where they soon list no more holidays."""
        for name in overlays_in(self._files):
            composition = self._compositions.of(name)
            if composition.definition is not None:
                yield from running_out(composition.definition, composition.trees, today, self._base)

    def broken_rights(self, progress: Callable[[int, int, str], None] | None = None) -> list[Problem]:
        """The rights that are not proved of the base, and those that are not proved of a composition that has no errors."""
        from workshop.proof_findings import findings_everywhere  # loads what plays cases, which nothing else here needs

        assert self._base is not None  # noqa: S101 - asked by the callers
        compositions = {name: self._compositions.of(name) for name in _named(self._files)}
        read = [(name, one.definition, one.trees) for name, one in compositions.items() if one.definition is not None]
        problems, named = findings_everywhere(self._base, self._trees, read, progress)
        layers = {name: one.layers for name, one in compositions.items()}
        return problems + [
            problem.model_copy(update={"only_with": _shortest({name: layers[name] for name in names})})
            for problem, names in named.items()
        ]

    def analysis(self, composition: Composition) -> Analysis:
        """That of one composition, which has no errors, on top of that of what it was put onto."""
        layers = composition.layers
        if layers not in self._analyses:
            assert composition.definition is not None  # noqa: S101 - asked by the callers
            beside = self._beside(composition)
            self._analyses[layers] = Analysis(composition.definition, composition.trees, beside)
        return self._analyses[layers]

    def _beside(self, composition: Composition) -> Analysis:
        onto = self._compositions.with_layers(composition.beside) if composition.beside else None
        return self.analysis(onto) if onto and onto.definition else self._analyses[()]

    def _told_of(self, composition: Composition) -> dict[Problem, Problem]:
        """Every finding of the composition, and how it is told: in the file of the overlay that brought it about."""
        layers = composition.layers
        if layers not in self._told:
            found = [*composition.problems, *self.analysis(composition).problems]
            before = self._told[()]
            if composition.beside:
                before = before | self._told_of(self._compositions.with_layers(composition.beside))
            new = self._placed([problem for problem in found if problem not in before], composition)
            self._told[layers] = {problem: new.get(problem) or before[problem] for problem in found}
        return self._told[layers]

    def _placed(self, problems: list[Problem], composition: Composition) -> dict[Problem, Problem]:
        """What is new with the last layer and stands in another file is told where that layer brings it about."""
        layer = layer_in(self._files, composition.layers[-1]) if composition.layers else None
        if layer is None or layer.overlay is None or layer.tree is None:
            return {problem: problem for problem in problems}
        placed = {problem: problem for problem in problems if problem.file.startswith(("overlays/", "profiles/"))}
        if len(placed) == len(problems):
            return placed
        without = {path: self._without(composition, less) for path, less in _with_less(layer.overlay)}
        for problem in problems:
            if problem not in placed:
                at = next((path for path, found in without.items() if problem not in found), ("overlay",))
                message = f"{problem.message} ({problem.file}, line {problem.line})"
                warning = problem.severity == "warning"
                placed[problem] = layer.tree.problem(at, problem.code, message, problem.help, warning=warning)
        return placed

    def _without(self, composition: Composition, less: Overlay) -> set[Problem]:
        """What is wrong where the last layer says less."""
        tried = self._compositions.with_last(composition.layers, less)
        found = set(tried.problems)
        return found if tried.definition is None else found | {*Analysis(tried.definition, tried.trees).problems}

    def _stories(self, name: str) -> list[Problem]:
        stories = stories_of(self._files, name)
        definition = self._compositions.of(name).definition
        if definition is None:
            return [problem for file, content in stories.items() for problem in understand(file, content)[1]]
        if not stories:
            return []
        return scenarios_in(stories, compile_procedure(definition, "not published", guarded=False), OF_OVERLAYS)[1]


def beside_the_compositions(files: dict[str, bytes]) -> Iterator[Problem]:
    """The texts of overlays and profiles, and stories of none of them."""
    names = overlays_in(files)
    for name in names:
        layer = layer_in(files, name)
        if layer and layer.tree:
            yield from wording(layer.tree)
    for file in sorted(files):
        if file.startswith(OF_OVERLAYS) and overlay_of(file, names) is None:
            message = "This story begins with the name of no overlay and no profile, so it is never told."
            help_ = did_you_mean(file.removeprefix(OF_OVERLAYS).split("_")[0], names)
            yield Problem(code="no-such-overlay", file=file, line=1, column=1, message=message, help=help_)


def unadapted(files: dict[str, bytes]) -> Iterator[Problem]:
    """What is wrong with the files of overlays and their stories by themselves, where the base has errors."""
    for name in overlays_in(files):
        layer = layer_in(files, name)
        yield from layer.problems if layer else ()
    for file in sorted(files):
        if file.startswith(OF_OVERLAYS):
            yield from understand(file, files[file])[1]


def _named(files: Mapping[str, bytes]) -> list[str]:
    """Every overlay and profile, and the compositions of several of which stories are told."""
    return list(dict.fromkeys([*overlays_in(files), *told_overlays(files)]))


def _shortest(named: Mapping[str, _Layers]) -> tuple[str, ...]:
    """The names of the compositions that hold none of the others: what takes a profile with it need not be named too."""
    return tuple(name for name, layers in named.items() if not any(set(o) < set(layers) for o in named.values()))


def _with_less(overlay: Overlay) -> Iterator[tuple[Path, Overlay]]:
    """The overlay without each single thing that it says, and where that stands in its file."""
    for key in ("transitions", "measures", "clocks", "states"):
        said = getattr(overlay, key)
        for ref in said:
            yield (key, ref), overlay.model_copy(update={key: {k: v for k, v in said.items() if k != ref}})
    for key in _ADDED:
        added = getattr(overlay.adds, key)
        for ref in added:
            less = overlay.adds.model_copy(update={key: {k: v for k, v in added.items() if k != ref}})
            yield ("adds", key, ref), overlay.model_copy(update={"adds": less})
    for key in ("measures", "clocks"):
        dropped = getattr(overlay.drops, key)
        for number, ref in enumerate(dropped):
            fewer = overlay.drops.model_copy(update={key: tuple(one for one in dropped if one != ref)})
            yield ("drops", key, number), overlay.model_copy(update={"drops": fewer})
