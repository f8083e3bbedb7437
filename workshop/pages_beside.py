"""Pages of the findings in the files beside the SOPs: rights, and the ways from earlier versions."""

from workshop.pages import Page

_RIGHT = """\
rights:
  heard_first:
    title: Nobody rests before the danger was looked at
    source: {law: Law on rest, article: "3", evidence: V}
"""

BESIDE = (
    Page(
        code="right-statement",
        what="A right that makes no statement, or more than one.",
        why="What it asks could not be told apart, so it could not be proved.",
        file="rights.yaml",
        wrong=f"{_RIGHT}    responsible: true\n    never-by-clock: {{entering: [care.resting]}}\n",
        right=f"{_RIGHT}    never-by-clock: {{entering: [care.resting]}}\n",
    ),
    Page(
        code="right-broken",
        what="A right that a story can break, or that cannot be proved; looked for with `--prove`.",
        why="What no path may break must not rest on everybody's good will. `caseway sop prove` tells the story.",
        file="rights.yaml",
        wrong=f"{_RIGHT}    whenever: {{entering: [care.resting]}}\n    needs: [{{done: talk}}]\n",
        right=f"{_RIGHT}    whenever: {{entering: [care.resting]}}\n    needs: [{{done: risk_check}}]\n",
    ),
    Page(
        code="migration-from-itself",
        what="A way that leads from a version to itself.",
        why="No case comes from there; the version that was meant has no way.",
        file="migrations/from_0_9.yaml",
        wrong='migration: from_0_9\nfrom: ["1.0"]\n',
        right='migration: from_0_9\nfrom: ["0.9"]\n',
    ),
    Page(
        code="migration-twice",
        what="Two ways from the same version.",
        why="A case could come over in two ways, and nobody would know by which.",
        file="migrations/from_0_9.yaml",
        wrong='migration: from_0_9\nfrom: ["0.9", "0.9"]\n',
        right='migration: from_0_9\nfrom: ["0.9", "0.8"]\n',
    ),
)
