"""The yardstick: a workflow that does nothing but answer an update."""

from temporalio import workflow


@workflow.defn(name="Bare")
class BareWorkflow:
    """Open for ever; every update is answered at once and changes nothing."""

    @workflow.run
    async def run(self) -> None:
        await workflow.wait_condition(lambda: False)

    @workflow.update
    async def submit(self, word: str) -> str:
        return word
