"""Pages of the findings about clocks."""

from workshop.pages import Page

CLOCKS = (
    Page(
        code="clock-kind",
        what="A clock is none or several of `period`, `deadline`, `review`, or has keys of another kind.",
        why="What follows its end depends on the kind.",
        at="deadline: 24 hours",
        wrong="""\
deadline: 24 hours
    period: 3 days""",
        right="deadline: 24 hours",
    ),
    Page(
        code="clock-length",
        what="A length that is none or several of `fixed`, `at-least`, `at-most`, `range`, `per-case`, or out of order.",
        why="A clock counts one length.",
        at="period: {at-least: 30 days, set-by: talk.length}",
        wrong="period: {at-least: 30 days, at-most: 40 days, set-by: talk.length}",
        right="period: {range: {from: 30 days, to: 40 days}, set-by: talk.length}",
    ),
    Page(
        code="clock-trigger",
        what="A trigger with none or several of its keys.",
        why="Several triggers are written as a list; each of them alone is enough.",
        at="starts: {case: opened}",
        wrong="starts: {case: opened, entering: new}",
        right="starts: [{case: opened}, {entering: new}]",
    ),
    Page(
        code="clock-anchor",
        what="A clock counts from a fact that is neither a date nor a moment.",
        why="There is nothing to count from.",
        at="anchor: talk.begun_on",
        wrong="anchor: talk.length",
    ),
    Page(
        code="clock-never-starts",
        what="A clock that nothing starts.",
        why="Nobody would ever be reminded.",
        at="    starts: {case: opened}\n",
        wrong="",
    ),
    Page(
        code="clock-cannot-start",
        what="A clock whose start never happens, or whose `only-when` is never so.",
        why="Nobody would ever be reminded.",
        at="starts: {case: opened}",
        wrong="""\
starts: {case: opened}
    only-when: {case.child: true, case.age: 40}""",
        right="""\
starts: {case: opened}
    only-when: {case.wish: stay}""",
    ),
    Page(
        code="clock-never-met",
        what="A deadline or review without `met-by`.",
        why="It would be missed whatever people do.",
        at="    met-by: {done: talk}\n",
        wrong="",
    ),
    Page(
        code="clock-cannot-be-met",
        what="A deadline or review that nothing that ever happens can meet.",
        why="It would be missed whatever people do.",
        file="work.yaml",
        at="met-by: {done: contract}",
        wrong="met-by: {result: contract}",
    ),
    Page(
        code="trigger-never",
        what="One of several triggers that never happens.",
        why="Whoever reads it relies on it.",
        file="work.yaml",
        at="met-by: {done: contract}",
        wrong="met-by: [{done: contract}, {result: contract}]",
        severity="warning",
    ),
    Page(
        code="clock-unanswered",
        what="Nobody is told when a deadline or review is missed.",
        why="A deadline that nobody hears is none.",
        at="    when-missed: [{tell: supervisor}, {after: 2 days, tell: authority}]\n",
        wrong="",
    ),
    Page(
        code="at-end",
        what="The end of a period asks and takes something, or neither.",
        why="At its end either a person is asked, or one transition is taken.",
        at="at-end: {asks: verdict}",
        wrong="at-end: {asks: verdict, takes: decline}",
    ),
    Page(
        code="asked-too-late",
        what="What a period asks or takes at its end can no longer be done then.",
        why="Nobody answers the end of the period.",
        at="at-end: {asks: verdict}",
        wrong="at-end: {takes: rest}",
    ),
    Page(
        code="key-without-effect",
        what="A key that has no effect for this kind of clock.",
        why="Whoever wrote it relies on something that never happens.",
        at="met-by: {done: talk}",
        wrong="""\
met-by: {done: talk}
    at-end: {asks: talk}""",
        right="met-by: {done: talk}",
    ),
    Page(
        code="protection-cut-short",
        what="A statutory period that ends by `met-by` or `cancelled-by`.",
        why="What the law protects ends early only by an authority and a second person, with a reason: `ends-early`.",
        at="    statutory: true\n",
        wrong="""\
    statutory: true
    cancelled-by: {entering: declined}
""",
    ),
    Page(
        code="reminder-too-early",
        what="A reminder that would come before the clock starts.",
        why="It would never be sent.",
        at='remind: [10 days before, "80%"]',
        wrong="remind: [40 days before]",
        right="remind: [10 days before]",
    ),
    Page(
        code="told-twice",
        what="The same people are told the same thing twice at the same moment.",
        why="Often another role or another time was meant.",
        at='remind: [10 days before, "80%"]',
        wrong='remind: ["80%", "80%"]',
        severity="warning",
    ),
    Page(
        code="escalation-order",
        what="Escalations that are not in the order of time.",
        why="Readers take the last line for the last resort.",
        at="[{tell: supervisor}, {after: 2 days, tell: authority}]",
        wrong="[{after: 2 days, tell: authority}, {tell: supervisor}]",
        severity="warning",
    ),
    Page(
        code="too-short",
        what="A length below one hour.",
        why="Nobody can act in such a time; often another unit was meant.",
        at="deadline: 24 hours",
        wrong="deadline: 24 minutes",
        severity="warning",
    ),
    Page(
        code="mixed-length",
        what="A length in days and hours at once.",
        why="Days end at midnight and hours do not; the sum surprises everybody.",
        at="deadline: 24 hours",
        wrong="deadline: P1DT12H",
        right="deadline: 36 hours",
        severity="warning",
    ),
    Page(
        code="variant-never",
        what="A variant that never counts.",
        why="An earlier one fits whenever it would fit, so for example the shorter time for a child is never used.",
        at="      - {when: {case.child: true}, length: 4 hours}\n",
        wrong="""\
      - {when: {case.child: true}, length: 4 hours}
      - {when: {case.child: true, case.wish: stay}, length: 2 hours}
""",
        right="""\
      - {when: {case.child: true, case.wish: stay}, length: 2 hours}
      - {when: {case.child: true}, length: 4 hours}
""",
    ),
    Page(
        code="held-for-ever",
        what="A life event pauses the internal targets, and none lets them go on.",
        why="After it no deadline of the case would ever count again.",
        file="procedure.yaml",
        at="sets: {missing: false}, targets: resume}",
        wrong="sets: {missing: false}}",
    ),
)
