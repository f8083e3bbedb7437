"""When a person may be reached: quiet hours and the time of the digest, both in the person's own zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from store.people import Person


def quiet_until(person: Person, now: datetime) -> datetime | None:
    """The end of the quiet hours in which this moment lies; None where it lies in none. They may span midnight."""
    begin, end = person.quiet_from, person.quiet_until
    if begin is None or end is None:
        return None
    zone = ZoneInfo(person.zone)
    local = now.astimezone(zone)
    at = local.time()
    within = begin <= at < end if begin < end else at >= begin or at < end
    if not within:
        return None
    day = local.date() if at < end else local.date() + timedelta(days=1)
    until = datetime.combine(day, end, zone).astimezone(UTC)
    # an end that the change to summer time leaves out, or repeats, must still lie ahead
    return max(until, now + timedelta(minutes=1))


def next_digest(person: Person, now: datetime) -> datetime | None:
    """The next moment of the digest after now; None for who wants none."""
    if person.digest_at is None:
        return None
    zone = ZoneInfo(person.zone)
    day = now.astimezone(zone).date()
    while True:
        at = datetime.combine(day, person.digest_at, zone).astimezone(UTC)
        if at > now:
            return at
        day += timedelta(days=1)
