"""The smallest procedure in which every mistake can be made."""

from collections.abc import Callable

import pytest

HEAD = """\
procedure: tiny
version: "1.10"
title: Tiny
sops: [care]
starts-with: care
roles: {worker: Worker, boss: Boss, case_manager: Manager}
opened-by: [worker]
calendars:
  default: {zone: Europe/Vienna, holidays: [2026-05-01]}
facts:
  age: {type: number}
  wish: {one-of: [stay, go]}
  born: {type: date}
derived:
  child: {title: Child, when: {fact: case.age, at-most: 17}}
  alone: {title: Alone, when: {fact: case.child, is: true}}
consents:
  help: {title: Help}
life-events:
  lost: {title: Lost, by: [worker], sets: {wish: stay}, tells: [boss]}
rules:
  R1: {title: Rule, source: {law: Law, evidence: V}}
never-reads:
  - {sops: [care], facts: [case.born], because: It is nobody's business}
"""
CARE = """\
sop: care
title: Care
initial: new
states:
  new: {title: New}
  old: {title: Old}
  gone: {title: Gone, final: true}
measures:
  talk:
    title: Talk
    what: A talk
    when: Now
    who: [worker]
    how: [Listen]
    fields:
      length: {type: duration}
      answers: {instrument: danger}
    activity: assess_risk
    results: {level: {one-of: [high, low]}}
transitions:
  age:
    title: Age
    from: new
    to: old
    by: [worker]
    needs:
      - {done: talk, rule: R1}
      - {consent: help}
    starts: [rest]
  leave: {title: Leave, from: any, to: gone, by: [worker]}
clocks:
  rest:
    title: Rest
    period: {at-least: 30 days, set-by: talk.length}
    statutory: true
    source: {law: Law, evidence: V}
    remind: [10 days before, "80%"]
    at-end: {asks: talk}
  call:
    title: Call
    deadline: 24 hours
    starts: {case: opened}
    met-by: {done: talk}
    when-missed: [{tell: boss}]
"""
DANGER = """\
instrument: danger
version: "1"
title: Danger
source: Ours
levels: [{level: high, critical: 1}, {level: low}]
floor-while: {near: low}
items:
  near: {ask: Near?, weight: critical}
"""
TINY = {"procedure.yaml": HEAD, "care.yaml": CARE, "instruments/danger.yaml": DANGER}


def changed(*changes: tuple[str, str]) -> dict[str, bytes]:
    files = dict(TINY)
    for old, new in changes:
        (name,) = [name for name, text in files.items() if old in text]
        files[name] = files[name].replace(old, new, 1)
    return {name: text.encode() for name, text in files.items()}


@pytest.fixture(scope="session")
def tiny() -> Callable[..., dict[str, bytes]]:
    """The files of the tiny procedure; arguments are pairs of old and new text, each found in one file."""
    return changed
