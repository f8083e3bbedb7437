"""Histories of released versions replay on the workflow of today; a change that they do not survive is caught."""

import asyncio
import json
from pathlib import Path

import pytest
from temporalio import workflow
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner

from runtime.codec import data_converter
from sop import shelf
from sop.loader import load
from sop.procedure import compile_procedure
from workflows.carried import Carried
from workflows.case import CaseWorkflow
from workflows.containment import Containment
from workflows.sandbox import CaseRunner

HERE = Path(__file__).parent
RECORDED = sorted(HERE.glob("[0-9]*/*.json"))
TEST_KEY = bytes(32)


@pytest.fixture(scope="module", autouse=True)
def versions() -> None:
    """The versions that the recorded cases follow, under the hashes of their time."""
    for path in (HERE / "procedures").glob("*.json"):
        files = {name: text.encode() for name, text in json.loads(path.read_text()).items()}
        shelf.keep(compile_procedure(load(files), path.stem))


def history(path: Path) -> WorkflowHistory:
    return WorkflowHistory.from_json(path.stem, path.read_text())


def replayer(case: type, **more: object) -> Replayer:
    converter = data_converter(TEST_KEY)
    return Replayer(workflows=[case], interceptors=[Containment()], data_converter=converter, **more)


def test_there_are_histories() -> None:
    assert {path.stem for path in RECORDED} >= {"steps", "adopted", "repaired", "rolled_over", "clocks"}


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: f"{path.parent.name}-{path.stem}")
async def test_a_recorded_history_replays(path: Path) -> None:
    await replayer(CaseWorkflow, workflow_runner=CaseRunner()).replay_workflow(history(path))


@workflow.defn(name="Case")
class AnotherCase:
    """A workflow that does something else under the same name."""

    @workflow.run
    async def run(self, carried: Carried) -> None:
        await asyncio.sleep(1)
        await asyncio.sleep(1)


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: f"{path.parent.name}-{path.stem}")
async def test_an_incompatible_change_is_caught(path: Path) -> None:
    """The control: the workflow of today does something else, without a thought for running cases."""
    with pytest.raises(workflow.NondeterminismError):
        await replayer(AnotherCase, workflow_runner=UnsandboxedWorkflowRunner()).replay_workflow(history(path))
