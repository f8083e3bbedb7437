"""Pages of the findings in national adaptations and in simulations."""

from workshop.pages import Page

_FILE = "overlays/rs.yaml"
_HEAD = """\
overlay: rs
version: "1"
title: Serbia
country: RS
calendar: {zone: Europe/Belgrade, source: {document: A list, evidence: K}}
"""
_CLOCK = f"{_HEAD}clocks:\n  care.rest:\n"


def _law(length: str = "90 days", dates: str = "") -> str:
    return f"    - {{period: {{at-least: {length}}}, source: {{law: A law, evidence: K{dates}}}}}\n"


_RIGHT = _CLOCK + _law()

_SIMULATION = """\
simulation: An invented caseload
assumptions: Every number is invented.
country: RS
from: 2026-01-05T00:00:00+01:00
lasts: 30 days
arrivals-every: {exponential: 60 hours}
otherwise: %s
"""

OVERLAYS = (
    Page(
        code="below-floor",
        what="An adaptation that gives less than the base.",
        why="A country may lengthen and add; what the base promises it may not take away.",
        file=_FILE,
        wrong=_CLOCK + _law("10 days"),
        right=_RIGHT,
    ),
    Page(
        code="law-dates",
        what="A law that ends before it begins.",
        why="It would never be in force.",
        file=_FILE,
        wrong=_CLOCK + _law(dates=", in-force-from: 2027-01-01, until: 2026-01-01"),
        right=_CLOCK + _law(dates=", in-force-from: 2026-01-01, until: 2027-01-01"),
    ),
    Page(
        code="law-overlaps",
        what="Two laws of one clock that are in force on the same day.",
        why="Nobody could tell which of them counts.",
        file=_FILE,
        wrong=_CLOCK + _law() + _law("60 days"),
        right=_CLOCK + _law(dates=", until: 2026-06-30") + _law("60 days", ", in-force-from: 2026-07-01"),
    ),
    Page(
        code="law-gap",
        what="Days between two laws of one clock on which neither is in force.",
        why="On those days the base counts, which is seldom meant.",
        file=_FILE,
        wrong=_CLOCK + _law(dates=", until: 2026-05-31") + _law("60 days", ", in-force-from: 2026-07-01"),
        right=_CLOCK + _law(dates=", until: 2026-06-30") + _law("60 days", ", in-force-from: 2026-07-01"),
        severity="warning",
    ),
    Page(
        code="overlay-name",
        what="A file that is not called as its overlay.",
        why="An adaptation is found by its name.",
        file=_FILE,
        wrong=_RIGHT.replace("overlay: rs", "overlay: serbia"),
        right=_RIGHT,
    ),
    Page(
        code="overlay-calendar",
        what="A country without its calendar, or a profile with one.",
        why="Periods end by the holidays of the country, and a profile belongs to none.",
        file=_FILE,
        wrong='overlay: rs\nversion: "1"\ntitle: Serbia\ncountry: RS\n',
        right=_RIGHT,
    ),
    Page(
        code="overlay-dates",
        what="A contingency without its first and last day.",
        why="A minimum service package must end by itself.",
        file=_FILE,
        wrong=f"{_HEAD}keeps: [talk, risk_check, verdict, contract]\n",
        right=_RIGHT,
    ),
    Page(
        code="no-such-overlay",
        what="A profile, or an overlay of which a story is told, that does not exist.",
        why="What it was to say is missing, and the story is never told.",
        file=_FILE,
        wrong=f"{_HEAD}with: [labour]\n",
        right=_RIGHT,
    ),
    Page(
        code="bad-language",
        what="A language that is no language code.",
        why="Nobody would be shown these titles.",
        file=_FILE,
        wrong=f"{_HEAD}texts: {{serbian: {{status: draft, titles: {{care: Нега}}}}}}\n",
        right=f"{_HEAD}texts: {{sr: {{status: draft, titles: {{care: Нега}}}}}}\n",
    ),
    Page(
        code="no-such-name",
        what="A title for something that does not exist.",
        why="It would never be shown; the name is misspelt.",
        file=_FILE,
        wrong=f"{_HEAD}texts: {{sr: {{status: draft, titles: {{careful: Нега}}}}}}\n",
        right=f"{_HEAD}texts: {{sr: {{status: draft, titles: {{care: Нега}}}}}}\n",
    ),
    Page(
        code="bad-spread",
        what="How long something takes, said in two ways or in the wrong order.",
        why="No numbers can be drawn from it.",
        file="simulations/invented.yaml",
        wrong=_SIMULATION % "{fixed: 2 hours, exponential: 3 hours}",
        right=_SIMULATION % "{fixed: 2 hours}",
    ),
)
