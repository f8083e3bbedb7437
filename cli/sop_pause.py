"""`caseway sop pause` and `caseway sop resume`: a plan stops for everybody, and goes on."""

from typing import Annotated, Any

import typer

from cli.calling import Refused, call, cannot_run, door

Plan = Annotated[str, typer.Argument(help="the id of a plan, as `caseway sop plan` says it")]


def pause(plan: Plan) -> None:
    """Stop a plan for the moment, whoever is carrying it out. Exit 0 paused, 2 could not run."""
    _turn(plan, "pause")
    print(f"Paused. No case is moved by it until it goes on: caseway sop resume {plan}")


def resume(plan: Plan) -> None:
    """Let a paused plan go on. Exit 0 it may go on, 2 could not run."""
    waiting = sum(line["status"] == "waiting" for line in _turn(plan, "resume")["lines"])
    print(f"{waiting} cases wait to be moved: caseway sop apply {plan}")


def _turn(plan: str, how: str) -> dict[str, Any]:
    with door("coordinator") as client:
        try:
            return call(client, "POST", f"/v1/plans/{plan}/{how}", {})
        except Refused as refused:
            cannot_run(refused.sentence)
