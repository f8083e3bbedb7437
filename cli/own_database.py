"""Commands that work on the system's own database: opened, checked, closed; whatever is missing is told in a sentence."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from pydantic import ValidationError

from cli.calling import cannot_run
from runtime.settings import Settings, SettingsInvalid

if TYPE_CHECKING:
    from store.database import Database

Result = TypeVar("Result")


def with_database(work: Callable[["Database", Settings], Awaitable[Result]]) -> Result:
    """Run `work` on the database of the settings; an end with exit code 2 where that cannot be done."""
    # what speaks to the database is loaded only here: the coordinators' commands answer in a moment
    from store.database import Database
    from store.errors import StoreError

    try:
        settings = Settings()
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        cannot_run(f"{f'CASEWAY_{place.upper()}: ' if place else ''}{first['msg']}")

    async def run() -> Result:
        database = Database.connect(settings.database, connections=1)
        try:
            if not await database.prepared():
                cannot_run("The database has no tables of this version yet: run `caseway up` or `caseway prepare`.")
            return await work(database, settings)
        finally:
            await database.close()

    try:
        return asyncio.run(run())
    except (SettingsInvalid, StoreError) as reason:
        cannot_run(f"{reason}.")
