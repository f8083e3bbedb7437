"""The situations of the proof are never one too few: whatever the engine did in any story, the proof has looked at."""

import random

import pytest

from bench.engine import Taken, recorded
from cli.folders import SHIPPED, files_of
from sop.influence import read_by, steps_of
from sop.loader import load
from sop.procedure import compile_procedure
from workshop.paths import Paths, TooMany, Where
from workshop.slices import Slices
from workshop.values import Values

FILES = files_of(SHIPPED / "trm")
DEFINITION = load(FILES)
PROCEDURE = compile_procedure(DEFINITION)
VALUES = Values(DEFINITION)
SLICES = Slices(PROCEDURE, VALUES)
RIGHTS = [name for name, right in DEFINITION.rights.items() if right.whenever or right.always]


@pytest.fixture(scope="module")
def lived() -> list[Taken]:
    return recorded(PROCEDURE, FILES)


def looked_at(variables: set[str], *, exact: bool) -> set[tuple[object, ...]]:
    paths = Paths(SLICES.of(variables, exact=exact))
    return {tuple(where[v] for v in sorted(variables)) for where in paths.situations(100_000)}


def lived_through(lived: list[Taken], variables: set[str]) -> set[tuple[object, ...]]:
    return {tuple(VALUES.seen(PROCEDURE, one.after, one.now, v) for v in sorted(variables)) for one in lived}


def every_variable() -> list[str]:
    found: set[str] = set()
    for step, reach in steps_of(DEFINITION).items():
        found |= reach.reads | {f"state:{reach.sop}"} if not step.startswith("tell:") else reach.reads
    return sorted(found)


@pytest.mark.parametrize("name", RIGHTS)
def test_every_situation_of_every_story_is_among_those_of_a_right(lived: list[Taken], name: str) -> None:
    right = DEFINITION.rights[name]
    variables = {v for need in (*right.needs, *right.always) for v in read_by(need, DEFINITION)}
    assert lived_through(lived, variables) <= looked_at(variables, exact=False)


@pytest.mark.parametrize("seed", range(12))
def test_following_every_record_misses_nothing_that_happened_either(lived: list[Taken], seed: int) -> None:
    variables = set(random.Random(seed).sample(every_variable(), 4))
    print(sorted(variables))
    reached = looked_at(variables, exact=True)
    assert lived_through(lived, variables) <= reached
    assert reached <= looked_at(variables, exact=False), "and the quick look has everything that the close look has"


@pytest.mark.parametrize("seed", range(40, 46))
def test_every_command_of_every_story_is_a_step_of_the_proof(lived: list[Taken], seed: int) -> None:
    variables = set(random.Random(seed).sample(every_variable(), 4))
    paths = Paths(SLICES.of(variables, exact=True))
    for one in lived:
        if one.case is None or one.command.kind == "tick":  # many things may happen at one moment
            continue
        before: Where = {v: VALUES.seen(PROCEDURE, one.case, one.now, v) for v in variables}
        after: Where = {v: VALUES.seen(PROCEDURE, one.after, one.now, v) for v in variables}
        reached = [before, *(where for _, where in paths.onward(before))]
        for where in reached:
            reached += [later for later in paths.meanwhile(where) if later not in reached]
        assert after in reached, (one.command, before, after)


def test_without_the_passing_of_time_the_proof_would_miss_what_happened(
    lived: list[Taken], monkeypatch: pytest.MonkeyPatch
) -> None:
    variables = {"clock:identification.reflection", "done:return_risk_assessment"}
    assert lived_through(lived, variables) <= looked_at(variables, exact=True)
    monkeypatch.setattr(Paths, "meanwhile", lambda self, known: iter(()))
    assert not lived_through(lived, variables) <= looked_at(variables, exact=True)


def test_a_situation_that_no_path_leads_to_is_not_among_them() -> None:
    variables = {"state:identification", "clock:identification.reflection"}
    for exact in (False, True):
        reached = looked_at(variables, exact=exact)
        assert ("idle", "presumed") in reached
        assert ("idle", "reflecting") not in reached, "who is in reflection has its clock"


def test_beyond_the_limit_nothing_is_said() -> None:
    with pytest.raises(TooMany):
        Paths(SLICES.of(every_variable(), exact=False)).explore(1000)
