"""Pages of the findings about shapes: keys, values, lengths, conditions, fields, instruments."""

from workshop.pages import Page

SHAPES = (
    Page(
        code="unknown-key",
        what="A key that has no meaning in this place.",
        why="A key with a typing error would be ignored, and with it what you meant.",
        at="""\
    title: First talk
    what: The person is heard
""",
        wrong="""\
    title: First talk
    remark: Two of us
    what: The person is heard
""",
    ),
    Page(
        code="missing-key",
        what="A key that must be there is missing.",
        why="Without it the part cannot work, or people cannot understand it.",
        at="    when: At once\n",
        wrong="",
    ),
    Page(
        code="wrong-type",
        what="A value of another type than the one that belongs here.",
        why="A list that is meant as a list is written in brackets; text that looks like a number is put in quotes.",
        file="procedure.yaml",
        at='version: "1.0"',
        wrong="version: 1.10",
    ),
    Page(
        code="bad-value",
        what="A value that is none of those allowed here.",
        why="The engine knows a closed list of words in this place.",
        at="activity: assess_risk",
        wrong="activity: assess_riks",
    ),
    Page(
        code="bad-name",
        what="A name that is no plain name, or that the engine needs for itself.",
        why="Names go into addresses, events and lists; they have small letters, digits and underscores.",
        at="      remarks: {type",
        wrong="      Remarks: {type",
    ),
    Page(
        code="bad-duration",
        what="A length of time that cannot be understood, that is nothing, or that is longer than 100 years.",
        why="A clock that ends at once or never is no clock. Months and days are not turned into each other.",
        at="deadline: 24 hours",
        wrong="deadline: P1.5M",
        right="deadline: 45 days",
    ),
    Page(
        code="bad-reminder",
        what="A reminder that is neither `10 days before` nor `80%` (1% to 99%).",
        why="Nobody would know when to remind.",
        at='remind: [10 days before, "80%"]',
        wrong="remind: [10 days after]",
        right="remind: [10 days before]",
    ),
    Page(
        code="bad-condition",
        what="A condition that asks nothing, asks several things at once, or is written in code.",
        why="Every condition must be able to say in plain words why it does not hold.",
        at="{fact: verdict.in_favour, is: true}",
        wrong="{fact: verdict.in_favour}",
    ),
    Page(
        code="field-kind",
        what="A field that is of no kind, of two kinds, or that leaves nothing to choose.",
        why="A field is exactly one of `type`, `one-of`, `many-of`, `instrument`.",
        at="remarks: {type: text, title: Remarks}",
        wrong="remarks: {title: Remarks}",
    ),
    Page(
        code="fact-identifies",
        what="A fact of the case that is free text or marked as sensitive.",
        why="Facts are read by conditions and travel through the engine; what names a person belongs into the vault.",
        file="procedure.yaml",
        at="  age: {type: number, title: Age}",
        wrong="""\
  nickname: {type: text, title: Nickname}
  age: {type: number, title: Age}""",
        right="  age: {type: number, title: Age}",
    ),
    Page(
        code="bad-fact-value",
        what="A value that the fact can never have.",
        why="The condition would never hold, and nobody would notice until a person waits.",
        at="{fact: case.wish, is: go}",
        wrong="{fact: case.wish, is: og}",
    ),
    Page(
        code="activity-without-instrument",
        what="A measure whose activity has no answers to score.",
        why="The activity `assess_risk` scores the answers to exactly one questionnaire.",
        at="answers: {instrument: danger}",
        wrong="answers: {type: text}",
    ),
    Page(
        code="bad-country",
        what="A calendar for something that is no country code.",
        why="Countries are two capital letters, for example `RS`; deadlines count the working days of that country.",
        file="procedure.yaml",
        at="  default: {zone: Europe/Vienna, holidays",
        wrong="""\
  at: {zone: Europe/Vienna}
  default: {zone: Europe/Vienna, holidays""",
        right="""\
  AT: {zone: Europe/Vienna}
  default: {zone: Europe/Vienna, holidays""",
    ),
    Page(
        code="unknown-zone",
        what="A time zone that is not known, or that is an offset or an old abbreviation.",
        why="Deadlines end at midnight of a place, and its summer time must be known.",
        file="procedure.yaml",
        at="zone: Europe/Vienna, holidays",
        wrong="zone: CET, holidays",
    ),
    Page(
        code="level-never",
        what="A level of a questionnaire that no answers can reach, or that every answer reaches.",
        why="A danger would be scored milder than meant, or everybody as being in the gravest.",
        file="instruments/danger.yaml",
        at="{level: grave, critical: 1}",
        wrong="{level: grave, critical: 2}",
    ),
    Page(
        code="bar-ignored",
        what="A bar on the last level of a questionnaire.",
        why="The last level is the result where no other is reached; whoever wrote a bar there meant something else.",
        file="instruments/danger.yaml",
        at="{level: slight}",
        wrong="{level: slight, major: 1}",
        severity="warning",
    ),
    Page(
        code="source-unnamed",
        what="A source that names neither a law nor a document.",
        why="Law is data with a source; a mark of evidence alone proves nothing.",
        at='source: {law: Law on rest, article: "2", evidence: V}',
        wrong='source: {article: "2", evidence: V}',
    ),
    Page(
        code="source-dates",
        what="A source that ends before it begins.",
        why="Laws change while cases run; which one is in force must be certain.",
        at='article: "2", evidence: V}',
        wrong='article: "2", evidence: V, in-force-from: 2026-03-01, until: 2026-02-01}',
        right='article: "2", evidence: V, in-force-from: 2026-03-01}',
    ),
    Page(
        code="law-without-source",
        what="A clock that is called statutory and names no law, or names our own default.",
        why="A default is never presented as law.",
        at='    source: {law: Law on rest, article: "2", evidence: V}\n',
        wrong='    source: {law: Law on rest, article: "2", evidence: D}\n',
    ),
    Page(
        code="scenario-step",
        what="A step of a story that has no verb, or more than one.",
        why="A story is read and played step by step.",
        file="scenarios/declines.yaml",
        at="- record: talk",
        wrong="- {record: talk, take: care.decline}",
    ),
    Page(
        code="unfinished-text",
        what="A text that still says that it has to be written.",
        why="Case managers would read it in front of a person.",
        at="how: [Listen]",
        wrong="how: [TODO]",
        severity="warning",
    ),
    Page(
        code="placeholder",
        what="A text with a placeholder such as `{case.name}`.",
        why="Nothing is ever filled into a text; people would read the placeholder as it stands.",
        at="what: The person is heard",
        wrong='what: "{case.name} is heard"',
        severity="warning",
    ),
    Page(
        code="mixed-alphabets",
        what="A word in which letters of two alphabets are mixed.",
        why="Letters that look alike are different; searching does not find the word, and a name can pretend to be another.",
        at="what: The person is heard",
        wrong="what: The p\u0435rson is heard",
        severity="warning",
    ),
)
