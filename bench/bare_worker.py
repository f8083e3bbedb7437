"""Serves the yardstick in a process of its own: the same server, the same client options, the same worker options."""

import asyncio
import signal
import sys
from datetime import timedelta
from pathlib import Path

from temporalio.worker import Worker

from bench.bare import BareWorkflow
from runtime.ending import end
from runtime.settings import Settings
from runtime.temporal import connect

QUEUE = "bare"


async def serve(folder: Path) -> None:
    """Until told to stop; says `ready` once."""
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    client = await connect(Settings(data_dir=folder), "bare-worker")
    async with Worker(
        client,
        task_queue=QUEUE,
        workflows=[BareWorkflow],
        max_cached_workflows=5_000,
        max_concurrent_workflow_task_polls=20,
        nonsticky_to_sticky_poll_ratio=0.5,
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=2),
        identity="bare-worker",
    ):
        print("ready", flush=True)
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
    end(0)
