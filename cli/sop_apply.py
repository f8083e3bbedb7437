"""`caseway sop apply`: the cases of a plan are moved as it foresees, a few at a time; it may be stopped and run again."""

import asyncio
import signal
import time
from collections import Counter
from typing import Annotated, Any

import httpx
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from cli.calling import Refused, call, cannot_run, door

PATIENCE = 40
"""So often a case is tried again while a part of the system is away, with a pause of at most `LONGEST_PAUSE` seconds."""
LONGEST_PAUSE = 3.0
PASSING = ("version_not_arrived",)


def apply(
    plan: Annotated[str, typer.Argument(help="the id of a plan, as `caseway sop plan` says it")],
    at_once: Annotated[int, typer.Option(min=1, max=32, help="how many cases are under way at once")] = 8,
) -> None:
    """Move the cases of a plan. Ctrl-C stops after those under way; run it again and it goes on where it was.

    Exit 0 every case that moves has moved, 1 some have not, 2 could not run.
    """
    with door("coordinator") as client:
        made = _read(client, plan)
        if made["paused_by"]:
            cannot_run(f"The plan is paused; let it go on first: caseway sop resume {plan}")
        waiting = [line["case_id"] for line in made["lines"] if line["status"] == "waiting"]
        mover = _Mover(plan, str(client.base_url), dict(client.headers), at_once)
        asyncio.run(mover.move(waiting))
        made = _read_after(client, plan, mover.moved)
    for case_id, sentence in mover.troubles.items():
        print(f"{case_id}: {sentence}")
    raise typer.Exit(_say(made, mover.stopped))


def _read(client: httpx.Client, plan: str) -> dict[str, Any]:
    try:
        return call(client, "GET", f"/v1/plans/{plan}")
    except Refused as refused:
        cannot_run(refused.sentence)


def _read_after(client: httpx.Client, plan: str, moved: set[str]) -> dict[str, Any]:
    """The plan once the database knows of every case that was moved; it may come behind, or be away for a moment."""
    for attempt in range(PATIENCE):
        try:
            answer = client.get(f"/v1/plans/{plan}")
        except httpx.HTTPError:
            answer = httpx.Response(503)
        if answer.is_success:
            made: dict[str, Any] = answer.json()
            if not any(line["case_id"] in moved and line["status"] == "waiting" for line in made["lines"]):
                return made
        elif answer.status_code < 500:
            break
        time.sleep(min(LONGEST_PAUSE, 0.2 * 2**attempt))
    return _read(client, plan)


def _say(made: dict[str, Any], stopped: bool) -> int:
    """How far the plan has come, in one line; the exit code."""
    counts = Counter(line["status"] for line in made["lines"])
    print(
        f"{len(made['lines'])} cases: {counts['moved']} follow {made['procedure']['version']}, "
        f"{counts['waiting']} wait, {counts['moved_on']} have changed since the plan, {counts['cannot']} cannot."
    )
    if made["paused_by"]:
        print(f"The plan was paused. Let it go on, then run this again: caseway sop resume {made['id']}")
    elif stopped:
        print("Stopped. Run it again to go on.")
    elif counts["moved_on"]:
        print("Make a new plan for those that have changed since.")
    return 1 if counts["waiting"] or counts["moved_on"] else 0


class _Mover:
    """Sends one call for each case. The key of plan and case makes a call that is sent twice count once."""

    def __init__(self, plan: str, address: str, headers: dict[str, str], at_once: int) -> None:
        self._plan = plan
        self._address, self._headers = address, {"Authorization": headers["authorization"]}
        self._at_once = at_once
        self.stopped = False
        self.troubles: dict[str, str] = {}
        self.moved: set[str] = set()

    async def move(self, cases: list[str]) -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, self._stop)
        loop.add_signal_handler(signal.SIGTERM, self._stop)
        columns = (TextColumn("moving"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        left = iter(cases)
        with Progress(*columns, console=Console(stderr=True)) as progress:
            task = progress.add_task("", total=len(cases))
            async with httpx.AsyncClient(
                base_url=self._address, headers=self._headers, timeout=30, trust_env=False
            ) as client:

                async def work() -> None:
                    for case_id in left:
                        if self.stopped:
                            return
                        await self._one(client, case_id)
                        progress.advance(task)

                await asyncio.gather(*(work() for _ in range(self._at_once)))

    def _stop(self) -> None:
        self.stopped = True

    async def _one(self, client: httpx.AsyncClient, case_id: str) -> None:
        refused = None
        for attempt in range(PATIENCE):
            refused = await self._sent(client, case_id)
            if refused is None or not _passes(refused) or self.stopped:
                break
            await asyncio.sleep(min(LONGEST_PAUSE, 0.2 * 2**attempt))
        if refused is None:
            self.moved.add(case_id)
        elif refused.code == "plan_paused":
            self.stopped = True
        elif refused.code != "stale":
            self.troubles[case_id] = refused.sentence

    async def _sent(self, client: httpx.AsyncClient, case_id: str) -> Refused | None:
        headers = {"Idempotency-Key": f"{self._plan}:{case_id}"}
        try:
            answer = await client.post(f"/v1/cases/{case_id}/adopt", json={"plan": self._plan}, headers=headers)
        except httpx.HTTPError:
            return Refused(httpx.Response(503, text="{}"))
        return Refused(answer) if answer.is_error else None


def _passes(refused: Refused) -> bool:
    """Whether waiting helps: a part is away, a case is busy, the version has not reached the worker yet."""
    if refused.status in (429, 502, 503, 504):
        return True
    return any(reason["code"] in PASSING for reason in refused.problem.get("reasons", ()))
