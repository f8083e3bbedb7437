"""Pages of the findings about names: those that lead nowhere, those that are there twice, those that nothing uses."""

from workshop.pages import Page

_NOWHERE = "The step, the clock or the reminder that depends on it would never work."

NAMES = (
    Page(
        code="no-such-state",
        what="A state that the SOP does not have.",
        why=_NOWHERE,
        at="initial: new",
        wrong="initial: neww",
    ),
    Page(
        code="no-such-transition",
        what="A transition that the SOP does not have.",
        why=_NOWHERE,
        at="at-end: {asks: verdict}",
        wrong="at-end: {takes: declime}",
        right="at-end: {takes: decline}",
    ),
    Page(
        code="no-such-role",
        what="A role that the procedure does not have.",
        why="Nobody could take the step, or nobody would be told.",
        at="    who: [authority]",
        wrong="    who: [autority]",
    ),
    Page(
        code="no-such-measure",
        what="A measure that the procedure does not have.",
        why=_NOWHERE,
        at="met-by: {done: talk}",
        wrong="met-by: {done: tlak}",
    ),
    Page(
        code="no-such-fact",
        what="A fact that the procedure does not have. Free text and what is sensitive are particulars, never facts.",
        why="The condition would never hold.",
        at="{fact: verdict.in_favour, is: true}",
        wrong="{fact: verdict.in_favor, is: true}",
    ),
    Page(
        code="no-such-consent",
        what="A purpose of consent that the procedure does not have.",
        why="Nobody could ever give it.",
        at="{consent: help, rule: R1}",
        wrong="{consent: hepl, rule: R1}",
    ),
    Page(
        code="no-such-clock",
        what="A clock that the SOP does not have.",
        why="The step, the clock or the reminder that depends on it would never work.",
        at="    starts: [rest]",
        wrong="    starts: [rest, rset]",
        right="    starts: [rest]",
    ),
    Page(
        code="no-such-rule",
        what="A rule that the procedure does not have.",
        why="What holds up a right must name the right one.",
        at="{consent: help, rule: R1}",
        wrong="{consent: help, rule: R11}",
    ),
    Page(
        code="no-such-life-event",
        what="A life event that the procedure does not have.",
        why=_NOWHERE,
        at="starts: {case: opened}",
        wrong="starts: [{case: opened}, {event: fuond}]",
        right="starts: [{case: opened}, {event: found}]",
    ),
    Page(
        code="no-such-instrument",
        what="A questionnaire that is not in `instruments/`.",
        why="There would be nothing to ask.",
        at="answers: {instrument: danger}",
        wrong="answers: {instrument: dangr}",
    ),
    Page(
        code="no-such-item",
        what="An item that the questionnaire does not have.",
        why="The floor would protect nobody.",
        file="instruments/danger.yaml",
        at="floor-while: {near: grave}",
        wrong="floor-while: {naer: grave}",
    ),
    Page(
        code="no-such-level",
        what="A level that the questionnaire does not have.",
        why="The floor would protect nobody.",
        file="instruments/danger.yaml",
        at="floor-while: {near: grave}",
        wrong="floor-while: {near: graev}",
    ),
    Page(
        code="no-such-sop",
        what="A SOP that no file defines.",
        why="The case could not open it.",
        file="procedure.yaml",
        at="starts-with: care",
        wrong="starts-with: cure",
    ),
    Page(
        code="no-such-status",
        what="A status in a story that the clock or the measure can never have.",
        why="The story could never come true.",
        file="scenarios/declines.yaml",
        at="  - expect: {states: {care: declined}}",
        wrong="  - expect: {measures: {talk: doen}}",
        right="  - expect: {measures: {talk: done}}",
    ),
    Page(
        code="no-such-step",
        what="A step in a story that the procedure does not have.",
        why="The story could never come true.",
        file="scenarios/declines.yaml",
        at="  - expect: {states: {care: declined}}",
        wrong="  - expect: {blocked: [care.rset]}",
        right="  - expect: {blocked: [care.rest]}",
    ),
    Page(
        code="sop-not-listed",
        what="A file defines a SOP that `procedure.yaml` does not list.",
        why="Only what is listed belongs to the procedure.",
        file="procedure.yaml",
        at="""\
sops: [care, work]
starts""",
        wrong="""\
sops: [care]
starts""",
    ),
    Page(
        code="defined-twice",
        what="Two files, or two levels of one questionnaire, have the same name.",
        why="One of the two would be lost.",
        file="instruments/danger.yaml",
        at="{level: grave, critical: 1}, ",
        wrong="{level: grave, critical: 1}, {level: grave, critical: 1}, ",
    ),
    Page(
        code="measure-twice",
        what="Two SOPs have a measure of the same name.",
        why="Conditions call measures by their name alone.",
        file="work.yaml",
        at="""\
  contract:
    title: Contract
""",
        wrong="""\
  talk: {title: Talk on work, what: Work, when: Later, who: [case_manager], how: [Talk]}
  contract:
    title: Contract
""",
        right="""\
  work_talk: {title: Talk on work, what: Work, when: Later, who: [case_manager], how: [Talk]}
  contract:
    title: Contract
""",
    ),
    Page(
        code="listed-twice",
        what="A name is listed twice.",
        why="Often another name was meant the second time.",
        at="by: [authority, case_manager]",
        wrong="by: [authority, authority]",
        severity="warning",
    ),
    Page(
        code="same-title",
        what="Two states, measures, transitions or clocks of a SOP have the same title.",
        why="People see titles, not names: they could not tell the two apart.",
        at="decided: {title: Decided, final: true}",
        wrong="decided: {title: Declined, final: true}",
        severity="warning",
    ),
    Page(
        code="same-transition",
        what="Two transitions do exactly the same.",
        why="People would be asked to choose where there is no choice.",
        at="  decline: {title: Decline, from: any, to: declined, by: [case_manager]}\n",
        wrong="""\
  decline: {title: Decline, from: any, to: declined, by: [case_manager]}
  refuse: {title: Refuse, from: any, to: declined, by: [case_manager]}
""",
        right="  decline: {title: Decline, from: any, to: declined, by: [case_manager]}\n",
        severity="warning",
    ),
    Page(
        code="any-and-more",
        what="`from` lists `any` and other states.",
        why="`any` is every state that is not final; the others suggest that something special was meant.",
        at="from: any",
        wrong="from: [any, resting]",
        severity="warning",
    ),
    Page(
        code="role-unused",
        what="A role that does nothing and is told nothing.",
        why="Somebody would be given a role and see an empty list; or the place that names it has been forgotten.",
        file="procedure.yaml",
        at="authority: Authority}",
        wrong="authority: Authority, doctor: Doctor}",
        severity="warning",
    ),
    Page(
        code="consent-unused",
        what="A purpose of consent for which nothing asks.",
        why="A person would be asked to consent to something that does not happen.",
        file="procedure.yaml",
        at="help: {title: To be helped}",
        wrong="""\
help: {title: To be helped}
  photo: {title: To be photographed}""",
        right="help: {title: To be helped}",
        severity="warning",
    ),
    Page(
        code="instrument-unused",
        what="A questionnaire that no measure asks.",
        why="Work went into it, and nobody is protected by it.",
        file="instruments/debt.yaml",
        wrong="""\
instrument: debt
version: "1"
title: Debt
source: Our own
levels: [{level: grave, critical: 1}, {level: slight}]
items: {owed: {ask: Owed?, weight: critical}}""",
        severity="warning",
    ),
    Page(
        code="fact-unused",
        what="A fact that nobody is asked for and on which nothing depends.",
        why="It was made for a condition that has been forgotten.",
        file="procedure.yaml",
        at="child: {title: Treated as a child, when: {fact: case.age, at-most: 17}}",
        wrong="""\
child: {title: Treated as a child, when: {fact: case.age, at-most: 17}}
  old: {title: Old, when: {fact: case.age, at-least: 65}}""",
        right="child: {title: Treated as a child, when: {fact: case.age, at-most: 17}}",
        severity="warning",
    ),
    Page(
        code="fact-never-known",
        what="A fact that nobody is asked for and that nothing writes.",
        why="Every condition that reads it waits for ever.",
        file="procedure.yaml",
        at="missing: {type: yes-no, asked: false, title: The person is missing}",
        wrong="""\
missing: {type: yes-no, asked: false, title: The person is missing}
  ill: {type: yes-no, asked: false, title: Ill}""",
        right="""\
missing: {type: yes-no, asked: false, title: The person is missing}
  ill: {type: yes-no, title: Ill}""",
    ),
    Page(
        code="result-never-found",
        what="A result that no activity finds out.",
        why="Only activities write results; what people find out is a field.",
        at="level: {one-of: [grave, slight]}",
        wrong="""\
level: {one-of: [grave, slight]}
      advice: {one-of: [go, stay]}""",
        right="level: {one-of: [grave, slight]}",
    ),
    Page(
        code="rule-not-held",
        what="A rule that nothing in the procedure holds up.",
        why="A right that stands only on paper protects nobody.",
        at="{consent: help, rule: R1}",
        wrong="{consent: help}",
    ),
    Page(
        code="never-reads",
        what="A step depends on a fact on which it must not depend.",
        why="For example, help never depends on being a witness.",
        file="work.yaml",
        at="      - {settled: contract}\n",
        wrong="""\
      - {settled: contract}
      - {fact: verdict.in_favour, is: true}
""",
        right="      - {settled: contract}\n",
    ),
    Page(
        code="derived-cycle",
        what="A fact is derived from itself.",
        why="There is no answer to it.",
        file="procedure.yaml",
        at="when: {fact: case.age, at-most: 17}}",
        wrong="when: {fact: case.child, is: true}}",
    ),
)
