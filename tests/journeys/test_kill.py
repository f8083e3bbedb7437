"""Every part is killed while clients work: nothing acknowledged is lost, nothing is done twice, no clock is early."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bench import kill
from bench.system import PARTS, running

pytestmark = pytest.mark.system

SHORT = kill.Options(commands=200, seed=2026, kills=5, clients=6, cases=6)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def after_the_kills() -> AsyncIterator[kill.Run]:
    """The system when the load and the kills are over and all is quiet again."""
    async with running() as system:
        yield await kill.drive(system, SHORT, print)


async def test_nothing_is_lost_doubled_or_early(after_the_kills: kill.Run) -> None:
    found, broken = await kill.judged(after_the_kills)
    print("\n".join(kill.summary(after_the_kills, found, broken)))
    assert broken == []
    assert {part for _, part, _ in after_the_kills.kills} == set(PARTS)
    assert sum(sent.acknowledged for sent in found.sent) >= 150


@pytest.mark.parametrize(
    ("fault", "named"),
    [
        ("lost", ("lost", "gap")),
        ("double", ("double",)),
        ("order", ("path",)),
        ("clock", ("clocks",)),
        ("state", ("path",)),
        ("message", ("effects",)),
    ],
)
async def test_a_planted_fault_is_found(after_the_kills: kill.Run, fault: str, named: tuple[str, ...]) -> None:
    _, before = await kill.judged(after_the_kills)
    _, after = await kill.judged(after_the_kills, fault)
    new = set(after) - set(before)
    assert {violation.partition(":")[0] for violation in new} >= set(named)
