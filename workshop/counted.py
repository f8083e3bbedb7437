"""One end, counted and told: which day the length alone gives, and what moved it."""

from datetime import date, datetime, timedelta

from sop.counting import CountingRule, Way, by_weekends_only, end_of
from sop.durations import Duration
from workshop.phrases import cited


def told(anchor: datetime, length: Duration, way: Way) -> list[str]:
    """The steps of the counting, a line each, the end last. `anchor` is aware."""
    calendar, rule = way
    local = anchor.astimezone(calendar.tz)
    lines = [
        f"Counted by {rule.title}.",
        f"Source: {cited(rule.source)}.",
        f"The event: {_moment(local)}, {calendar.zone}.",
    ]
    end = end_of(anchor, length, *way)
    if length.in_hours:
        begins = end - timedelta(seconds=length.seconds)
        if rule.hour_of_the_event == "not-counted":
            lines.append(f"Its hour does not count; {length} from {_moment(begins.astimezone(calendar.tz))}.")
    else:
        lines += _days(anchor, length, way)
    if by_weekends_only(end, length, *way):
        lines.append(
            f"The holidays of {end.astimezone(calendar.tz).year} are not listed: only weekends were looked at."
        )
    return [*lines, f"Ends {_moment(end.astimezone(calendar.tz))}, which is {end:%Y-%m-%d %H:%M} UTC."]


def _days(anchor: datetime, length: Duration, way: Way) -> list[str]:
    calendar, rule = way
    counts = "is the first" if rule.day_of_the_event == "counted" else "does not count"
    lines = [f"The day of the event {counts}."] if rule.ends == "with-the-last-hour" else []
    unmoved = rule.model_copy(update={"last_day_off": "stays", "working_days_within": 0})
    held = rule.model_copy(update={"last_day_off": "stays"})

    def last(by: CountingRule) -> date:
        end = end_of(anchor, length, calendar, by) - timedelta(seconds=length.seconds)
        return (end - timedelta(microseconds=1)).astimezone(calendar.tz).date()

    alone, within, final = last(unmoved), last(held), last(rule)
    lines.append(f"By the length alone it ends on {_day(alone)}.")
    if within != alone:
        lines.append(f"At least {rule.working_days_within} working days lie within it, so it ends on {_day(within)}.")
    if final != within:
        lines.append(f"{_day(within)} is no working day, so it ends on {_day(final)}.")
    return lines


def _day(day: date) -> str:
    return f"{day:%A} {day:%Y-%m-%d}"


def _moment(local: datetime) -> str:
    return f"{local:%A %Y-%m-%d %H:%M} (UTC{local:%z})"
