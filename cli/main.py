"""The `caseway` command."""

import gc
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.lazy import group_of

if TYPE_CHECKING:
    from runtime.settings import Settings

MANY = 100_000
"""So many new objects before Python looks for cycles: what a command builds lives until its end anyway."""

COMMANDS = {
    "sop": "cli.sop:app",
    "cases": "cli.cases:app",
    "queue": "cli.queue:app",
    "reassign": "cli.reassign:reassign",
    "people": "cli.people:app",
    "post": "cli.post:app",
    "doctor": "cli.doctor:doctor",
    "rebuild": "cli.rebuild:rebuild",
}

app = typer.Typer(
    cls=group_of(COMMANDS),
    help="Carries cases through the Transnational Referral Mechanism.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.command()
def up(
    data: Annotated[Path | None, typer.Option(help="where everything is kept")] = None,
    port: Annotated[int | None, typer.Option(help="the port of the HTTP door")] = None,
    country: Annotated[str | None, typer.Option(help="the country in which this system serves")] = None,
    no_demo: Annotated[bool, typer.Option("--no-demo", help="without demo users")] = False,
) -> None:
    """Start the whole system on this machine, and keep it running until Ctrl-C."""
    # what servers need is loaded only where one is started: the coordinators' commands answer in a moment
    import asyncio

    from pydantic import ValidationError

    from cli.publish import prepare
    from cli.up import up as run_up
    from runtime.ending import end
    from runtime.logs import configure_logs
    from runtime.settings import Settings

    given = {"data_dir": data, "port": port, "country": country, "demo": False if no_demo else None}
    try:
        settings = Settings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_input=False, include_context=False):
            print(f"{'.'.join(str(part) for part in detail['loc']) or 'settings'}: {detail['msg']}")
        end(2)
    configure_logs("up")
    end(asyncio.run(run_up(settings, prepare, lambda url: _say_ready(settings, url))))


@app.command(name="prepare")
def prepare_() -> None:
    """Make the tables of the database and publish the shipped procedure: once before worker and API start."""
    import asyncio

    from runtime.ending import end
    from runtime.logs import configure_logs
    from runtime.settings import Settings

    settings = Settings()
    configure_logs("prepare")
    end(asyncio.run(_prepare(settings)))


async def _prepare(settings: "Settings") -> int:
    from cli.publish import prepare
    from cli.up import CannotStart
    from store.database import Database
    from store.errors import DatabaseUnavailable

    settings.keys.make()
    database = Database.connect(settings.database, connections=1)
    try:
        await database.migrate()
        await prepare(settings)
    except (CannotStart, DatabaseUnavailable) as reason:
        print(reason)
        return 1
    finally:
        await database.close()
    print("The tables are there and the procedure is published.")
    return 0


def _say_ready(settings: "Settings", url: str) -> None:
    print(f"ready {url}", flush=True)
    if settings.demo:
        from cli.publish import DEMO_USERS

        users = settings.data_dir / DEMO_USERS
        print(
            f"""
Take a first case forward (the demo users' tokens are in {users}):

  TOKEN=$(python3 -c "import json; print(json.load(open('{users}'))['first_point_of_notification'])")
  curl -s -X POST {url}/v1/cases -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" \\
       -d '{{"procedure": "trm", "country": "AT", "facts": {{}}, "particulars": {{}}}}'

README.md goes on from here. Ctrl-C stops everything; `make run` brings it back with all its cases.""",
            flush=True,
        )


def main() -> None:
    """Entry point of the installed command."""
    gc.set_threshold(MANY, 50, 50)
    app()


if __name__ == "__main__":
    main()
