"""To whom a message for a role goes, and when its mail may leave."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from post.hours import next_digest, quiet_until
from sop.handing import RESPONSIBLE
from store.notices import SUPERVISOR, Address, Addressed, Parcel, Waiting
from store.people import Person

GATHER = timedelta(seconds=60)
"""How long a mail waits for what else there is to say to the same person about the same case."""


def addressing(now: datetime, gather: timedelta = GATHER) -> Address:
    """How messages are addressed at this moment."""

    def address(waiting: Waiting, people: Sequence[Person]) -> Addressed:
        told, held = receivers(waiting, people)
        return Addressed(parcels=tuple(_parcel(waiting, person, now, gather) for person in told), held=held)

    return address


def receivers(waiting: Waiting, people: Sequence[Person]) -> tuple[list[Person], bool]:
    """Who is told, and whether they hold the role: the responsible if they do, else everybody who does in that country.

    Who acts for the responsible one now is told beside them. Where nobody who can be reached holds the role, the
    supervisors of the country. Who proposed a step cannot confirm it, so they are not asked to.
    """
    reachable = [person for person in people if person.reachable]
    if waiting.what == "proposal":
        reachable = [person for person in reachable if person.id != waiting.actor]
    acting = [person for person in reachable if person.id in (waiting.responsible, waiting.cover)]
    holders = [person for person in reachable if person.holds(waiting.to_role, waiting.country)]
    if acting and (waiting.to_role == RESPONSIBLE or any(person.id == waiting.responsible for person in holders)):
        return acting, True
    if holders:
        return holders, True
    return [person for person in reachable if person.holds(SUPERVISOR, waiting.country)], False


def urgent(waiting: Waiting) -> bool:
    """What goes at any hour and never waits for a digest: what the law demands and was missed, and every life event.

    A person who has gone missing at ten in the evening is not looked for at seven in the morning.
    """
    return waiting.what == "life_event" or (waiting.what == "missed" and waiting.statutory)


def _parcel(waiting: Waiting, person: Person, now: datetime, gather: timedelta) -> Parcel:
    at, digest = now + gather, None
    if not urgent(waiting):
        digest = next_digest(person, now)
        at = digest or quiet_until(person, at) or at
    return Parcel(
        person=person.id, send_at=at, digest=digest is not None, urgent=urgent(waiting), mail=person.address is not None
    )
