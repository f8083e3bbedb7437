"""A small procedure without findings: the pages of the findings change one place of it, first wrongly, then rightly."""

from workshop.pages import Page

HEAD = """\
procedure: example
version: "1.0"
title: An example
sops: [care, work]
starts-with: care
roles: {case_manager: Case manager, supervisor: Supervisor, authority: Authority}
opened-by: [case_manager]
calendars:
  default: {zone: Europe/Vienna, holidays: [2026-05-01]}
facts:
  age: {type: number, title: Age}
  wish: {one-of: {stay: To stay, go: To go}, title: Wish}
  missing: {type: yes-no, asked: false, title: The person is missing}
derived:
  child: {title: Treated as a child, when: {fact: case.age, at-most: 17}}
consents:
  help: {title: To be helped}
life-events:
  went_missing: {title: Gone missing, by: [case_manager], sets: {missing: true}, targets: pause, tells: [supervisor]}
  found: {title: Found, by: [case_manager], sets: {missing: false}, targets: resume}
  closed: {title: Close the case, by: [supervisor], closes: true}
  reopened: {title: Open the case again, by: [supervisor], reopens: true}
rules:
  R1: {title: Help needs consent, source: {law: Law on help, article: "1", evidence: V}}
never-reads:
  - {sops: [work], facts: [verdict.in_favour], because: Work does not depend on the verdict}
"""
CARE = """\
sop: care
title: Care
initial: new
states:
  new: {title: New}
  resting: {title: Resting}
  decided: {title: Decided, final: true}
  declined: {title: Declined, final: true}
measures:
  talk:
    title: First talk
    what: The person is heard
    when: At once
    who: [case_manager]
    how: [Listen]
    fields:
      begun_on: {type: date, title: Rest begun on}
      length: {type: duration, title: Length of the rest}
      remarks: {type: text, title: Remarks}
  risk_check:
    title: Risk check
    what: Whether there is danger
    when: At once and again
    who: [case_manager]
    how: [Ask]
    repeatable: true
    valid-for: 30 days
    activity: assess_risk
    fields:
      answers: {instrument: danger}
    results:
      level: {one-of: [grave, slight]}
  verdict:
    title: Verdict
    what: The authority decides
    when: At the end
    who: [authority]
    how: [Decide]
    in: [resting]
    fields:
      in_favour: {type: yes-no, title: In favour}
transitions:
  rest:
    title: Begin to rest
    from: new
    to: resting
    by: [authority, case_manager]
    needs:
      - {done: risk_check}
      - {consent: help, rule: R1}
    starts: [rest]
  decide:
    title: Decide
    from: resting
    to: decided
    by: [authority]
    needs:
      - {fact: verdict.in_favour, is: true}
      - when: {case.missing: true}
        then: [{fact: case.wish, is: go}]
  decline: {title: Decline, from: any, to: declined, by: [case_manager]}
clocks:
  rest:
    title: Time to rest
    period: {at-least: 30 days, set-by: talk.length}
    anchor: talk.begun_on
    statutory: true
    source: {law: Law on rest, article: "2", evidence: V}
    remind: [10 days before, "80%"]
    at-end: {asks: verdict}
  talk_due:
    title: First talk
    deadline: 24 hours
    variants:
      - {when: {case.child: true}, length: 4 hours}
    starts: {case: opened}
    met-by: {done: talk}
    when-missed: [{tell: supervisor}, {after: 2 days, tell: authority}]
"""
WORK = """\
sop: work
title: Work
initial: looking
opens: {by: [case_manager]}
reopens: {by: [case_manager]}
states:
  looking: {title: Looking for work}
  hired: {title: Hired, final: true}
measures:
  contract:
    title: Contract
    what: The contract is read
    when: Before the first day
    who: [case_manager]
    how: [Read it with the person]
transitions:
  hire:
    title: Hire
    from: looking
    to: hired
    by: [case_manager]
    needs:
      - {settled: contract}
clocks:
  visits:
    title: Visits
    review: {at: [1 month, 2 months], then-every: 3 months}
    starts: {entering: looking}
    met-by: {done: contract}
    cancelled-by: {entering: hired}
    when-missed: [{tell: supervisor}]
"""
DANGER = """\
instrument: danger
version: "1"
title: Danger
source: Our own
levels: [{level: grave, critical: 1}, {level: slight}]
floor-while: {near: grave}
items:
  near: {ask: Is the danger near?, weight: critical}
  debt: {ask: Is a debt claimed?, weight: minor}
"""
STORY = """\
scenario: A person who declines
story: The person listens and then declines.
given: {country: AT, at: 2026-03-02T09:00:00Z}
steps:
  - record: talk
  - take: care.decline
  - expect: {states: {care: declined}}
"""
BASE = {
    "procedure.yaml": HEAD,
    "care.yaml": CARE,
    "work.yaml": WORK,
    "instruments/danger.yaml": DANGER,
    "scenarios/declines.yaml": STORY,
}


def example(page: Page, text: str) -> dict[str, bytes]:
    """The files of the example with `text` in the place that the page is about; without a text for a whole file, as is."""
    files = dict(BASE)
    if page.at:
        assert files[page.file].count(page.at) == 1, f"{page.code}: {page.at!r} is not there exactly once"  # noqa: S101 - data of this room
        files[page.file] = files[page.file].replace(page.at, text)
    elif text:
        files[page.file] = text
    return {name: content.encode("utf-8", "surrogateescape") for name, content in files.items()}


def good(page: Page) -> str:
    """What stands in the right example at the place of the page."""
    return page.right or page.at or BASE.get(page.file, "")
