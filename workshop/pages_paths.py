"""Pages of the findings about paths: states, steps and conditions that lead nowhere or never come."""

from workshop.pages import Page

PATHS = (
    Page(
        code="unreachable-state",
        what="A state to which no transition leads.",
        why="Either a transition is missing, or the state is left over.",
        at="  resting: {title: Resting}\n",
        wrong="""\
  resting: {title: Resting}
  asleep: {title: Asleep, final: true}
""",
        right="  resting: {title: Resting}\n",
    ),
    Page(
        code="dead-end",
        what="A state that no transition leaves and that is not final.",
        why="A case would stay there for ever.",
        file="work.yaml",
        wrong="""\
sop: work
title: Work
initial: looking
opens: {by: [case_manager]}
states:
  looking: {title: Looking}
  trying: {title: On trial}
  hired: {title: Hired, final: true}
transitions:
  hire: {title: Hire, from: looking, to: hired, by: [case_manager]}
  try: {title: Try, from: looking, to: trying, by: [case_manager]}
""",
        right="""\
sop: work
title: Work
initial: looking
opens: {by: [case_manager]}
states:
  looking: {title: Looking}
  trying: {title: On trial}
  hired: {title: Hired, final: true}
transitions:
  hire: {title: Hire, from: [looking, trying], to: hired, by: [case_manager]}
  try: {title: Try, from: looking, to: trying, by: [case_manager]}
""",
    ),
    Page(
        code="no-way-out",
        what="States that lead to each other and never to an end.",
        why="A case would go round in circles.",
        file="work.yaml",
        wrong="""\
sop: work
title: Work
initial: looking
opens: {by: [case_manager]}
states:
  looking: {title: Looking}
  hired: {title: Hired, final: true}
  a: {title: A}
  b: {title: B}
transitions:
  hire: {title: Hire, from: looking, to: hired, by: [case_manager]}
  go: {title: Go, from: looking, to: a, by: [case_manager]}
  forth: {title: Forth, from: a, to: b, by: [case_manager]}
  back: {title: Back, from: b, to: a, by: [case_manager]}
""",
        right="""\
sop: work
title: Work
initial: looking
opens: {by: [case_manager]}
states:
  looking: {title: Looking}
  hired: {title: Hired, final: true}
  a: {title: A}
  b: {title: B}
transitions:
  hire: {title: Hire, from: [looking, b], to: hired, by: [case_manager]}
  go: {title: Go, from: looking, to: a, by: [case_manager]}
  forth: {title: Forth, from: a, to: b, by: [case_manager]}
  back: {title: Back, from: b, to: a, by: [case_manager]}
""",
    ),
    Page(
        code="no-end",
        what="A SOP without a final state.",
        why="It could never be finished.",
        file="work.yaml",
        at="hired: {title: Hired, final: true}",
        wrong="hired: {title: Hired}",
    ),
    Page(
        code="final-with-exit",
        what="A transition leaves a final state.",
        why="What has ended is opened again with `reopens`, by those who may.",
        file="care.yaml",
        at="    from: new\n",
        wrong="    from: [new, declined]\n",
    ),
    Page(
        code="self-loop",
        what="A transition leads from a state to itself.",
        why="Nothing would change; a clock that takes it could take it without end.",
        at="  decline: {title: Decline, from: any, to: declined, by: [case_manager]}\n",
        wrong="""\
  decline: {title: Decline, from: any, to: declined, by: [case_manager]}
  wait: {title: Wait, from: resting, to: resting, by: [authority]}
""",
        right="  decline: {title: Decline, from: any, to: declined, by: [case_manager]}\n",
    ),
    Page(
        code="nobody-may",
        what="A transition that nobody may take, and no clock either.",
        why="It would stand there and never come.",
        at="to: declined, by: [case_manager]}",
        wrong="to: declined, by: []}",
    ),
    Page(
        code="transition-never",
        what="A transition whose conditions can never hold together.",
        why="Everybody who waits for it waits in vain.",
        at="""\
      - {fact: verdict.in_favour, is: true}
      - when""",
        wrong="""\
      - {fact: verdict.in_favour, is: true}
      - {fact: verdict.in_favour, is: false}
      - when""",
        right="""\
      - {fact: verdict.in_favour, is: true}
      - when""",
    ),
    Page(
        code="source-never",
        what="A transition that can never be taken from one of the states in `from`.",
        why="It looks as if there were a way out of that state.",
        file="care.yaml",
        at="to: declined, by: [case_manager]}",
        wrong="to: declined, by: [case_manager], needs: [{state: {care: new}}]}",
        severity="warning",
    ),
    Page(
        code="measure-never",
        what="A measure that can never be recorded: it belongs to no state that is reached, or its conditions never hold.",
        why="What depends on it never comes.",
        file="work.yaml",
        at="  contract:\n",
        wrong="""\
  visit: {title: Visit, what: A visit, when: Later, who: [case_manager], how: [Go there], needs: [{done: visit}]}
  contract:
""",
        right="""\
  visit: {title: Visit, what: A visit, when: Later, who: [case_manager], how: [Go there], needs: [{done: talk}]}
  contract:
""",
    ),
    Page(
        code="opening-never",
        what="A SOP that nobody can ever open, or open again.",
        why="None of its help would reach anybody.",
        file="work.yaml",
        at="""\
opens: {by: [case_manager]}
reopens: {by: [case_manager]}
""",
        wrong="reopens: {by: [case_manager]}\n",
    ),
    Page(
        code="event-never",
        what="A life event that can never happen: its conditions exclude each other.",
        why="What it tells and stops is never told and never stopped.",
        file="procedure.yaml",
        at="sets: {missing: false}, targets: resume}",
        wrong="sets: {missing: false}, targets: resume, needs: [{state: {care: [new]}}, {state: {care: [decided]}}]}",
    ),
    Page(
        code="stuck-state",
        what="A state from which an end can no longer be reached.",
        why="The way out asks for something that could only be recorded earlier, or its conditions can never hold from here.",
        file="work.yaml",
        wrong="""\
sop: work
title: Work
initial: looking
opens: {by: [case_manager]}
states:
  looking: {title: Looking}
  trying: {title: On trial}
  hired: {title: Hired, final: true}
measures:
  contract: {title: Contract, what: Read it, when: First, who: [case_manager], how: [Read it], in: [looking]}
transitions:
  try: {title: Try, from: looking, to: trying, by: [case_manager]}
  hire: {title: Hire, from: trying, to: hired, by: [case_manager], needs: [{done: contract}]}
""",
        right="""\
sop: work
title: Work
initial: looking
opens: {by: [case_manager]}
states:
  looking: {title: Looking}
  trying: {title: On trial}
  hired: {title: Hired, final: true}
measures:
  contract: {title: Contract, what: Read it, when: First, who: [case_manager], how: [Read it], in: [looking, trying]}
transitions:
  try: {title: Try, from: looking, to: trying, by: [case_manager]}
  hire: {title: Hire, from: trying, to: hired, by: [case_manager], needs: [{done: contract}]}
""",
    ),
    Page(
        code="branch-never",
        what="An alternative in `any` that can never hold there.",
        why="It promises a way that does not exist.",
        at="      - {fact: verdict.in_favour, is: true}\n",
        wrong="      - any: [{fact: verdict.in_favour, is: true}, {state: {care: new}}]\n",
        right="      - any: [{fact: verdict.in_favour, is: true}, {consent: help}]\n",
        severity="warning",
    ),
    Page(
        code="when-never",
        what="A `when` that can never be so, and a `then` that is never asked.",
        why="A safeguard stands there that protects nobody.",
        at="""\
      - when: {case.missing: true}
        then: [{fact: case.wish, is: go}]
""",
        wrong="""\
      - when: {verdict.in_favour: false}
        then: [{fact: case.wish, is: go}]
      - when: {case.missing: true}
        then: [{fact: case.wish, is: go}]
""",
        severity="warning",
    ),
    Page(
        code="always-holds",
        what="A condition that always holds.",
        why="It looks like a safeguard and asks nothing.",
        at="      - {fact: verdict.in_favour, is: true}",
        wrong="""\
      - {fact: verdict.in_favour, is: true}
      - any: [{fact: case.wish, known: true}, {fact: case.wish, known: false}]""",
        right="""\
      - {fact: verdict.in_favour, is: true}
      - {fact: case.wish, known: true}""",
        severity="warning",
    ),
    Page(
        code="derived-constant",
        what="A derived fact that is always true, or always false.",
        why="It decides nothing, and whoever reads it believes that it does.",
        file="procedure.yaml",
        at="when: {fact: case.age, at-most: 17}}",
        wrong="when: {all: [{fact: case.age, at-most: 17}, {fact: case.age, at-least: 18}]}}",
    ),
    Page(
        code="no-closing",
        what="No life event closes the case.",
        why="Every case would stay open for ever.",
        file="procedure.yaml",
        at="by: [supervisor], closes: true}",
        wrong="by: [supervisor]}",
    ),
    Page(
        code="no-reopening",
        what="No life event opens a closed case again.",
        why="A person who declined help may come back at any time.",
        file="procedure.yaml",
        at="by: [supervisor], reopens: true}",
        wrong="by: [supervisor]}",
        severity="warning",
    ),
    Page(
        code="closing-never",
        what="A state after which the case can never be closed.",
        why="It would stand on somebody's list for ever.",
        file="procedure.yaml",
        at="by: [supervisor], closes: true}",
        wrong="by: [supervisor], closes: true, needs: [{not: {state: {care: declined}}}]}",
    ),
)
