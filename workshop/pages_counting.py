"""Pages of the findings about counting rules and calendars."""

from workshop.pages import Page

_HEAD = """\
overlay: rs
version: "1"
title: Serbia
country: RS
"""
_LIST = "source: {document: A list, evidence: K}"
_DEFAULT = "  default: {zone: Europe/Vienna, holidays: [2026-05-01]}"


def _with(covers: str) -> str:
    return f"  default: {{zone: Europe/Vienna, holidays: [2026-05-01], covers: {covers}}}"


COUNTING = (
    Page(
        code="counting-rule",
        what="A counting rule that contradicts itself.",
        why="What ends at the time of day of the event runs from that instant; its day cannot be counted as a whole.",
        file="procedure.yaml",
        at="consents:\n",
        wrong="""\
counting-rules:
  own:
    title: A national law
    ends: at-the-same-time
    day-of-the-event: counted
    source: {law: A law, evidence: K}
consents:
""",
        right="""\
counting-rules:
  own:
    title: A national law
    ends: with-the-last-hour
    day-of-the-event: counted
    source: {law: A law, evidence: K}
consents:
""",
    ),
    Page(
        code="no-such-counting-rule",
        what="A clock or a calendar names a counting rule that there is not.",
        why="Nobody could tell on which day it ends. Built in are `regulation-1182-71` and `plain`.",
        at="deadline: 24 hours",
        wrong="deadline: 24 hours\n    counting: regulation-1182",
        right="deadline: 24 hours\n    counting: regulation-1182-71",
    ),
    Page(
        code="no-such-calendar",
        what="A clock counts by a calendar that there is not, or by a fact that may name one that there is not.",
        why="Its working days would be guessed.",
        at="deadline: 24 hours",
        wrong="deadline: 24 hours\n    calendar-of: RS",
        right="deadline: 24 hours",
    ),
    Page(
        code="calendar-years",
        what="The last year that a calendar covers comes before the first.",
        why="Of no year would any holiday be known.",
        file="procedure.yaml",
        at=_DEFAULT,
        wrong=_with("{from: 2027, until: 2026}"),
        right=_with("{from: 2026, until: 2060}"),
    ),
    Page(
        code="calendar-runs-out",
        what="The holidays of a calendar are listed for less than two years ahead, or for less than a clock can reach.",
        why="Beyond the last year listed only weekends count, and an end that falls on a holiday comes a day too early.",
        file="procedure.yaml",
        at=_DEFAULT,
        wrong=_with("{from: 2026, until: 2026}"),
        right=_with("{from: 2026, until: 2060}"),
        severity="warning",
    ),
    Page(
        code="no-such-holiday",
        what="A part of a country is said not to keep a holiday that its country does not list.",
        why="The name is wrong, or the day counts already.",
        file="overlays/rs.yaml",
        wrong=f"""\
{_HEAD}calendar:
  zone: Europe/Belgrade
  holidays: {{Labour Day: [2026-05-01]}}
  parts:
    rs_north: {{title: The north, without: [Labor Day], {_LIST}}}
  {_LIST}
""",
        right=f"""\
{_HEAD}calendar:
  zone: Europe/Belgrade
  holidays: {{Labour Day: [2026-05-01]}}
  parts:
    rs_north: {{title: The north, without: [Labour Day], {_LIST}}}
  {_LIST}
""",
    ),
)
