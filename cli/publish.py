"""Putting the shipped procedure and the demo users where the processes find them."""

from datetime import UTC, datetime

from api.callers import demo_caller, write_demo_users
from api.pictures import pictures_of
from cli.folders import SHIPPED, files_of
from cli.up import CannotStart
from runtime.settings import Settings
from sop.compositions import OVERLAYS, overlays_in
from sop.loader import content_hash, files_of_composition, load
from sop.model import Definition
from sop.problems import DefinitionInvalid
from store.database import Database
from store.errors import VersionTaken
from store.people import EVERYWHERE, People, Person
from store.procedures import Procedures, PublishedProcedure

DEMO_USERS = "demo-users.json"


async def prepare(settings: Settings) -> None:
    """Publish the shipped procedure and its national adaptations, unless these very versions are there; write the demo
    users where they are wanted."""
    files = files_of(SHIPPED / "trm")
    try:
        definition, *national = compositions(files)
    except DefinitionInvalid as invalid:
        raise CannotStart(f"the shipped procedure has {invalid}: run `caseway sop check`") from None
    database = Database.connect(settings.database, connections=1)
    try:
        for each in (definition, *national):
            await publish(Procedures(database), each, files, by="caseway", why="the shipped procedure")
        if settings.demo:
            users = write_demo_users(settings.data_dir / DEMO_USERS, users_of(definition))
            await People(database, settings.keys.post).add_missing(demo_person(name) for name in users)
    except VersionTaken as taken:
        raise CannotStart(str(taken)) from None
    finally:
        await database.close()


def compositions(files: dict[str, bytes]) -> list[Definition]:
    """The base and its adaptation for every country that has an overlay; raises `DefinitionInvalid`."""
    countries = [name for name in overlays_in(files) if f"{OVERLAYS}{name}.yaml" in files]
    return [load(files), *(load(files, name) for name in countries)]


async def publish(procedures: Procedures, definition: Definition, files: dict[str, bytes], by: str, why: str) -> str:
    """Publish a version for ever, with its drawings and those of the files that it is made of, and give its hash."""
    digest, head, now = content_hash(definition), definition.head, datetime.now(UTC)
    if digest in await procedures.known_hashes():
        return digest
    made_of = files_of_composition(files, head.country.lower() if head.country else None)
    version = PublishedProcedure(
        hash=digest,
        name=head.procedure,
        version=head.version,
        title=head.title,
        country=head.country,
        files={name: content.decode() for name, content in made_of.items()},
        published_at=now,
        published_by=by,
        why=why,
        in_force_from=now,
    )
    await procedures.publish(version, await pictures_of(definition))
    return digest


def demo_person(name: str) -> Person:
    """How a demo user is reached: at an address that nobody can own, in every country."""
    caller = demo_caller(name)
    return Person(id=caller.id, roles=caller.roles, countries=(EVERYWHERE,), address=f"{caller.id}@caseway.invalid")


def users_of(definition: Definition) -> list[str]:
    """Every role of the procedure, and a second holder of it, so that steps for two persons can be tried."""
    roles = list(definition.head.roles)
    return [*roles, *(f"{role}#2" for role in roles)]
