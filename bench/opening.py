"""Opens cases on a running system, and takes some of them into the reflection period: something for plans to move."""

import argparse
import asyncio
import json
from collections.abc import Mapping

import httpx
from rich.console import Console
from rich.progress import Progress

from cli.calling import address_of
from runtime.ending import end
from runtime.settings import Settings

AT_ONCE = 16
FACTS = {"age_group": "adult", "nationality": "AL", "own_national": False}
_RISK = {"answers": {"e3": "no", "e4": "no", "e6": "yes"}, "safety_plan": "Invented"}
INTO_REFLECTION = (
    ("first_point_of_notification", "transitions/find_reasonable_grounds", {}),
    ("first_responder", "measures/early_risk_assessment", {"fields": _RISK}),
    ("competent_authority", "measures/recovery_and_reflection", {"fields": {"explained": True}}),
    ("competent_authority", "transitions/grant_reflection", {}),
)
"""The steps of identification from a new case to a running reflection period: role, step, body."""


async def open_cases(address: str, tokens: Mapping[str, str], country: str, cases: int, reflecting: int) -> list[str]:
    """Open so many cases in a country, the first `reflecting` of them with a reflection period that runs; their codes."""
    opened: list[str] = []
    left = iter(range(cases))
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(f"Opening cases in {country}", total=cases)
        async with httpx.AsyncClient(base_url=address, timeout=60, trust_env=False) as client:

            async def call(role: str, path: str, body: object) -> dict[str, object]:
                answer = await client.post(path, json=body, headers={"Authorization": f"Bearer {tokens[role]}"})
                if answer.is_error:
                    raise RuntimeError(f"{path}: {answer.text}")
                return dict(answer.json())

            async def caller() -> None:
                for number in left:
                    opening = {"procedure": "trm", "country": country, "facts": FACTS}
                    case = str((await call("first_responder", "/v1/cases", opening))["id"])
                    for role, step, body in INTO_REFLECTION if number < reflecting else ():
                        await call(role, f"/v1/cases/{case}/identification/{step}", body)
                    opened.append(case)
                    progress.advance(task)

            await asyncio.gather(*(caller() for _ in range(AT_ONCE)))
    return opened


async def main(country: str, cases: int, reflecting: int) -> int:
    settings = Settings()
    tokens = json.loads((settings.data_dir / "demo-users.json").read_text())
    opened = await open_cases(address_of(settings), tokens, country, cases, reflecting)
    print(f"{len(opened)} cases in {country}, {reflecting} of them in the reflection period")
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--country", default="AT")
    parser.add_argument("--cases", type=int, default=1_000)
    parser.add_argument("--reflecting", type=int, default=0)
    given = parser.parse_args()
    end(asyncio.run(main(given.country, given.cases, given.reflecting)))
