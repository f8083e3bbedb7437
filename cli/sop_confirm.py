"""`caseway sop confirm`: a second person lets a published version count."""

from typing import Annotated

import typer

from cli.calling import Refused, call, cannot_run, door


def confirm(
    version: Annotated[str, typer.Argument(help="name@version, as `caseway sop publish` says it")],
) -> None:
    """Let a version count that waits for a second person: a coordinator or a supervisor who has not published it.

    Exit 0 it counts, 1 refused, 2 could not run.
    """
    name, _, number = version.partition("@")
    if not name or not number or "/" in version:
        cannot_run("Write the version as name@version, for example trm@1.1.")
    with door("supervisor") as client:
        try:
            found = call(client, "GET", f"/v1/procedures/{name}/{number}")
        except Refused as refused:
            cannot_run(refused.sentence)
        if not found["waits_for_second"]:
            print(f"{version} counts already; nobody has to confirm it.")
            return
        try:
            said = call(client, "POST", f"/v1/procedures/{found['hash']}/confirm", {})
        except Refused as refused:
            print(refused.sentence)
            raise typer.Exit(1) from None
    print(f"{version} counts. New cases begin with it from {said['in_force_from']} on.")
