"""Putting the shipped procedure and the demo users where the processes find them."""

from api.callers import write_demo_users
from cli.folders import SHIPPED, files_of
from cli.up import CannotStart
from runtime.settings import Settings
from sop.loader import content_hash, load
from sop.model import Definition
from sop.problems import DefinitionInvalid
from store.database import Database
from store.errors import VersionTaken
from store.procedures import Procedures

DEMO_USERS = "demo-users.json"


async def prepare(settings: Settings) -> None:
    """Publish the shipped procedure, unless this very version is there; write the demo users where they are wanted."""
    files = files_of(SHIPPED / "trm")
    try:
        definition = load(files)
    except DefinitionInvalid as invalid:
        raise CannotStart(f"the shipped procedure has {invalid}: run `caseway sop check`") from None
    database = Database.connect(settings.database, connections=1)
    try:
        await publish(Procedures(database), definition, files, by="caseway", why="the shipped procedure")
    except VersionTaken as taken:
        raise CannotStart(str(taken)) from None
    finally:
        await database.close()
    if settings.demo:
        write_demo_users(settings.data_dir / DEMO_USERS, users_of(definition))


async def publish(procedures: Procedures, definition: Definition, files: dict[str, bytes], by: str, why: str) -> str:
    """Publish a version for ever and give its hash."""
    digest = content_hash(definition)
    head = definition.head
    await procedures.publish(
        hash=digest,
        name=head.procedure,
        version=head.version,
        title=head.title,
        files={name: content.decode() for name, content in files.items()},
        by=by,
        why=why,
    )
    return digest


def users_of(definition: Definition) -> list[str]:
    """Every role of the procedure, and a second holder of it, so that steps for two persons can be tried."""
    roles = list(definition.head.roles)
    return [*roles, *(f"{role}#2" for role in roles)]
