"""Pages of the findings about a file as such: its bytes, its YAML."""

from workshop.pages import Page

READING = (
    Page(
        code="no-procedure",
        what="The folder has no `procedure.yaml`.",
        why="Everything else hangs on it: which SOPs there are, who may do what, which facts are asked.",
        file="procedure.yaml",
        at="procedure: example\n",
        wrong="(the file is missing)",
        right="procedure: example\n",
    ),
    Page(
        code="wrong-ending",
        what="A file of the folder ends in `.yml`, and so is not read.",
        why="Whoever edits it sees no change and no error: the case follows other files.",
        file="care.yml",
        wrong="sop: care",
        severity="warning",
    ),
    Page(
        code="link",
        what="A file of the folder is a link to another place.",
        why="A link can lead out of the folder, and what it leads to can change unseen. Links are not followed.",
        file="care.yaml",
        wrong="(a link to ../elsewhere.yaml)",
        right="sop: care",
    ),
    Page(
        code="empty",
        what="The file is empty.",
        why="An empty file in the folder is usually one that was not saved.",
        file="work.yaml",
        wrong="\n",
    ),
    Page(
        code="too-large",
        what="The file is larger than 300 KB.",
        why="Nobody can read such a file with care, and reading it would keep the engine busy.",
        file="work.yaml",
        wrong="# " + "much " * 70_000,
    ),
    Page(
        code="too-deep",
        what="The file is nested more than 40 deep, or holds more than 15,000 parts.",
        why="Files like that come from mistakes or from somebody who wants to stop the engine.",
        file="work.yaml",
        at="""\
by: [case_manager]
    needs:""",
        wrong="by: " + "[" * 45 + "case_manager" + "]" * 45 + "\n    needs:",
    ),
    Page(
        code="too-long",
        what="One text has more than 10,000 characters.",
        why="What people must read before they act has to be short.",
        file="work.yaml",
        at="what: The contract is read",
        wrong="what: " + "word " * 2_100,
    ),
    Page(
        code="not-utf8",
        what="The file is not written in UTF-8.",
        why="Names with accents or in Cyrillic would come out as nonsense.",
        file="work.yaml",
        at="title: Work\n",
        wrong="title: Work\udce9\n",
    ),
    Page(
        code="hidden-character",
        what="There is a character that nobody can see.",
        why="Two names can look alike and be different, and a text can be shown in another order than it is written.",
        file="work.yaml",
        at="title: Work\n",
        wrong="title: Wo\u200brk\n",
    ),
    Page(
        code="not-yaml",
        what="The file is not YAML, often because of a tab or a bracket that is never closed.",
        why="Nothing of the file can be understood before that is mended.",
        file="work.yaml",
        at="""\
opens: {by: [case_manager]}
reopens""",
        wrong="""\
opens: {by: [case_manager}
reopens""",
    ),
    Page(
        code="not-a-mapping",
        what="The file holds a list or a text instead of keys with values.",
        why="Every file of a procedure says by its keys what it defines.",
        file="work.yaml",
        wrong="- sop: work",
    ),
    Page(
        code="two-documents",
        what="A `---` splits the file into two documents.",
        why="Only one of the two would count, and nobody could see which.",
        file="work.yaml",
        at="""\
measures:
  contract""",
        wrong="""\
---
measures:
  contract""",
    ),
    Page(
        code="directive",
        what="The file begins with a directive such as `%YAML 1.1`.",
        why="It would change what `NO`, `on` or `12:30` mean.",
        file="work.yaml",
        at="sop: work\n",
        wrong="""\
%YAML 1.1
---
sop: work
""",
    ),
    Page(
        code="anchor",
        what="An anchor (`&name`) gives a part a second name.",
        why="A change in one place would silently change another.",
        file="work.yaml",
        at="""\
opens: {by: [case_manager]}
reopens""",
        wrong="""\
opens: &who {by: [case_manager]}
reopens""",
    ),
    Page(
        code="alias",
        what="An alias (`*name`) repeats a part from elsewhere.",
        why="A reader does not see what stands there, and nested aliases can grow without end.",
        file="work.yaml",
        at="reopens: {by: [case_manager]}\n",
        wrong="reopens: *who\n",
    ),
    Page(
        code="merge-key",
        what="A merge key (`<<`) mixes in a part from elsewhere.",
        why="A reader does not see which keys there are.",
        file="work.yaml",
        at="hired: {title: Hired, final: true}",
        wrong="hired: {<<: {final: true}, title: Hired}",
    ),
    Page(
        code="tag",
        what="A tag (`!name`) asks for a special type.",
        why="Tags can make a program run code; this language needs none.",
        file="work.yaml",
        at="title: Work\n",
        wrong="title: !!str Work\n",
    ),
    Page(
        code="duplicate-key",
        what="A key is there twice, or two keys differ only in writing.",
        why="One of the two would be lost without a word.",
        file="work.yaml",
        at="initial: looking\n",
        wrong="""\
initial: looking
initial: hired
""",
        right="initial: looking\n",
    ),
    Page(
        code="bad-key",
        what="A key is no text: a number, `true`, a list, nothing.",
        why="Parts are called by their names.",
        file="work.yaml",
        at="  hired: {title",
        wrong="""\
  1: {title: First}
  hired: {title""",
    ),
    Page(
        code="empty-value",
        what="A key has no value, or the value is `null`.",
        why="It is either not finished, or it was meant to be taken out.",
        file="work.yaml",
        at="title: Work\n",
        wrong="title:\n",
    ),
    Page(
        code="odd-number",
        what="A number is written in a form that is easily misread: `012`, `1_000`, `1e3`, `0x1F`.",
        why="Programs read `012` as ten, as twelve or as text.",
        file="procedure.yaml",
        at="at-most: 17}",
        wrong="at-most: 017}",
    ),
    Page(
        code="yaml-trap",
        what="A bare word or time that programs with older YAML read as something else: `NO`, `on`, `yes`, `12:30`.",
        why="Norway becomes `false`, and half past twelve becomes 750. Quotes make it text for everybody.",
        file="procedure.yaml",
        at="  default: {zone: Europe/Vienna, holidays",
        wrong="""\
  NO: {zone: Europe/Oslo}
  default: {zone: Europe/Vienna, holidays""",
        right="""\
  "NO": {zone: Europe/Oslo}
  default: {zone: Europe/Vienna, holidays""",
        severity="warning",
    ),
)
