"""`caseway sop repair`: one case is put right by hand, with a reason; a second person confirms it or drops it."""

import sys
from typing import Annotated, Any

import typer

from cli.calling import Refused, call, cannot_run, door

Case = Annotated[str, typer.Argument(help="the case")]


def repair(
    case: Case,
    state: Annotated[str | None, typer.Option(help="sop.state: where the SOP is to stand")] = None,
    clock: Annotated[str | None, typer.Option(help="sop.clock; without --anchor and --length it is taken away")] = None,
    anchor: Annotated[str | None, typer.Option(help="the moment it counts from, as 2026-03-02T09:00:00Z")] = None,
    length: Annotated[str | None, typer.Option(help="how long it counts, as '30 days'")] = None,
) -> None:
    """Ask, as a supervisor, for a repair of one case. The reason is asked for, or read from standard input.

    It is no option: it may name the person, and what stands on a command line is seen by others and kept by the shell.
    Exit 0 it waits for the second person, 1 refused, 2 could not run.
    """
    body = _body(state, clock, anchor, length) | {"why": _why()}
    said = _sent("supervisor", f"/v1/cases/{_own(case)}/repair", body)
    print(f"It waits for a second person: caseway sop repair-confirm {case} {said['proposal']}")


def repair_confirm(
    case: Case,
    proposal: Annotated[str, typer.Argument(help="what waits, as `caseway sop repair` says it")],
    drop: Annotated[bool, typer.Option("--drop", help="drop it instead; nothing is repaired")] = False,
) -> None:
    """Confirm a repair, as a supervisor or coordinator who has not asked for it.

    Exit 0 it is done, 1 refused, 2 could not run.
    """
    way = "drop" if drop else "confirm"
    said = _sent("coordinator", f"/v1/cases/{_own(case)}/proposals/{_own(proposal)}/{way}", {})
    print("Dropped; nothing was repaired." if drop else f"Repaired. The case is at line {said['seq']} of its timeline.")


def _body(state: str | None, clock: str | None, anchor: str | None, length: str | None) -> dict[str, Any]:
    if (state is None) is (clock is None) or (state is not None and (anchor or length)):
        cannot_run("Name a state, --state sop.state; or a clock, --clock sop.clock, with --anchor and --length.")
    if state is None:
        return {"clock": clock, "anchor": anchor, "length": length}
    sop, _, name = state.partition(".")
    if not sop or not name:
        cannot_run("Write the state as sop.state, for example identification.reflecting.")
    return {"sop": sop, "state": name}


def _why() -> str:
    why = str(typer.prompt("Why", err=True)) if sys.stdin.isatty() else sys.stdin.read()
    if not why.strip():
        cannot_run("Give the reason: type it when asked, or send it to standard input.")
    return why.strip()


def _own(name: str) -> str:
    if not name.replace("-", "").replace("_", "").isalnum() or not name.isascii():
        cannot_run("There is no case and no proposal with this id.")
    return name


def _sent(role: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    with door(role) as client:
        try:
            return call(client, "POST", path, body)
        except Refused as refused:
            print(refused.sentence)
            raise typer.Exit(1) from None
