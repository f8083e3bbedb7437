"""Dead ends are found where they are, told once, and never where there is a way."""

from workshop.check import findings
from workshop.example import BASE


def codes(*changes: tuple[str, str, str]) -> list[tuple[str, str]]:
    """Code and the first name in the message of every finding; changes are file, old and new text."""
    texts = dict(BASE)
    for file, old, new in changes:
        assert texts[file].count(old) == 1, (file, old, texts[file].count(old))
        texts[file] = texts[file].replace(old, new)
    _, problems = findings({name: text.encode() for name, text in texts.items()})
    return [(p.code, p.message.split("‘")[1].split("’")[0] if "‘" in p.message else "") for p in problems]


NEEDS = "      - {consent: help, rule: R1}\n"
DECIDE = "      - {fact: verdict.in_favour, is: true}\n"


def test_one_contradiction_is_told_once_and_not_what_follows_from_it() -> None:
    """Nobody rests, so nothing is decided, no clock runs: all that is mended with the one step."""
    changed = ("care.yaml", NEEDS, NEEDS + "      - {fact: case.wish, is: stay}\n      - {fact: case.wish, is: go}\n")
    assert codes(changed) == [("transition-never", "rest")]


def test_two_contradictions_are_told_in_one_go() -> None:
    first = ("care.yaml", NEEDS, NEEDS + "      - {not: {done: risk_check}}\n")
    second = ("care.yaml", DECIDE, DECIDE + "      - {not: {done: verdict}}\n      - {done: verdict}\n")
    assert codes(first, second) == [("transition-never", "rest"), ("transition-never", "decide")]


def test_measures_that_wait_for_each_other_are_both_told() -> None:
    visit = "  visit: {title: Visit, what: Go, when: Later, who: [case_manager], how: [Go], needs: [{done: call}]}\n"
    call = "  call: {title: Call, what: Call, when: Later, who: [case_manager], how: [Call], needs: [{done: visit}]}\n"
    assert codes(("work.yaml", "  contract:\n", visit + call + "  contract:\n")) == [
        ("measure-never", "visit"),
        ("measure-never", "call"),
    ]


def test_a_contradiction_through_a_derived_fact_is_seen() -> None:
    child_of_forty = DECIDE + "      - {fact: case.child, is: true}\n      - {fact: case.age, is: 40}\n"
    assert codes(("care.yaml", DECIDE, child_of_forty)) == [("transition-never", "decide")]
    not_known = DECIDE + "      - {fact: case.child, is: false}\n      - {fact: case.age, known: false}\n"
    assert codes(("care.yaml", DECIDE, not_known)) == [], "a person whose age is not known is no child here"


def test_a_fact_that_is_not_known_is_neither_true_nor_false() -> None:
    both = DECIDE + "      - any: [{fact: case.wish, is: go}, {fact: case.wish, is-not: go}]\n"
    assert codes(("care.yaml", DECIDE, both)) == [], "it asks that the wish is known"
    all_three = both.replace("is-not: go}]", "is-not: go}, {fact: case.wish, known: false}]")
    assert codes(("care.yaml", DECIDE, all_three)) == [("always-holds", "")]


def test_numbers_that_exclude_each_other_are_seen_and_those_that_meet_are_not() -> None:
    apart = DECIDE + "      - {fact: case.age, at-least: 20}\n      - {fact: case.age, at-most: 19}\n"
    assert codes(("care.yaml", DECIDE, apart)) == [("transition-never", "decide")]
    meeting = apart.replace("at-most: 19", "at-most: 20")
    assert codes(("care.yaml", DECIDE, meeting)) == []
    between = apart.replace("at-least: 20", "at-least: 17.5").replace("at-most: 19", "at-most: 17.9")
    assert codes(("care.yaml", DECIDE, between)) == []


def test_what_a_questionnaire_can_never_answer_is_no_way() -> None:
    known = DECIDE + "      - {fact: risk_check.level, is: grave}\n"
    assert codes(("care.yaml", DECIDE, known)) == []


def test_a_step_only_for_a_clock_that_cannot_take_it_is_told() -> None:
    taken = ("care.yaml", "at-end: {asks: verdict}", "at-end: {takes: doze}")
    doze = "  doze: {title: Doze, from: new, to: declined}\n  decline: {title"
    found = codes(taken, ("care.yaml", "  decline: {title", doze))
    assert ("asked-too-late", "rest") in found, "the clock runs only after `new` was left"


def test_closing_counts_the_steps_that_still_lead_on() -> None:
    """From `resting` the case can be closed after `decided`, so nothing is wrong there."""
    on_the_way = ("procedure.yaml", "closes: true}", "closes: true, needs: [{not: {state: {care: resting}}}]}")
    assert codes(on_the_way) == []
    for_ever = ("procedure.yaml", "closes: true}", "closes: true, needs: [{state: {care: new}}]}")
    assert codes(for_ever) == [
        ("closing-never", "care"),
        ("closing-never", "care"),
        ("closing-never", "care"),
    ]


def test_getting_stuck_is_seen_only_where_it_is_sure() -> None:
    states = ("work.yaml", "  hired: {title", "  trying: {title: On trial}\n  hired: {title")
    moves = (
        "work.yaml",
        "    from: looking\n    to: hired\n",
        "    from: trying\n    to: hired\n",
    )
    to_trial = (
        "work.yaml",
        "transitions:\n",
        "transitions:\n  try: {title: Try, from: looking, to: trying, by: [case_manager]%s}\n",
    )
    early = ("work.yaml", "    how: [Read it with the person]", "    how: [Read it with the person]\n    in: [looking]")
    without = (*to_trial[:2], to_trial[2] % "")
    asked = (*to_trial[:2], to_trial[2] % ", needs: [{settled: contract}]")
    assert codes(states, moves, early, without) == [("stuck-state", "trying")]
    assert codes(states, moves, early, asked) == [], "whoever tries has the contract behind them"
    assert codes(states, moves, without) == [], "the contract can be read at any time"


def stating(statement: str) -> dict[str, str]:
    return {
        "rights.yaml": "rights:\n  one:\n    title: One right\n"
        f"    source: {{document: A document, evidence: D}}\n    {statement}\n"
    }


def told(texts: dict[str, str]) -> list[tuple[str, str]]:
    _, problems = findings({name: text.encode() for name, text in texts.items()})
    return [(p.code, p.message) for p in problems]


def test_a_step_whose_conditions_a_right_contradicts_is_never_taken() -> None:
    asks = BASE["care.yaml"].replace(NEEDS, NEEDS + "      - {fact: case.wish, is: stay}\n")
    texts = BASE | {"care.yaml": asks}
    wants = stating("whenever: {entering: [care.resting]}\n    needs: [{fact: case.wish, is: go}]")
    ((code, message),) = told(texts | wants)
    assert code == "transition-never"
    assert message == (
        "‘rest’ can never be taken: its conditions can never hold together with what a right asks for before it."
    )
    other = stating("whenever: {entering: [care.resting]}\n    needs: [{fact: case.wish, known: true}]")
    assert told(texts | other) == []


def test_what_a_right_asks_for_and_nothing_brings_about_stands_in_the_way() -> None:
    """The verdict is recorded in rest alone, so nobody comes to rest, and only the end without it is left."""
    wants = stating("whenever: {entering: [care.resting]}\n    needs: [{done: verdict}]")
    assert ("transition-never", "‘rest’ can never be taken: its conditions can never hold together.") in told(
        BASE | wants
    )


def test_a_clock_does_not_take_a_step_that_a_right_keeps_for_people() -> None:
    care = BASE["care.yaml"].replace("at-end: {asks: verdict}", "at-end: {takes: decide}").replace(
        "    to: decided\n    by: [authority]\n", "    to: decided\n"
    )  # fmt: skip
    assert care.count("takes: decide") == 1
    before = told(BASE | {"care.yaml": care})
    assert "transition-never" not in {code for code, _ in before}
    wants = stating("never-by-clock: {entering: [care.decided]}")
    after = told(BASE | {"care.yaml": care} | wants)
    assert ("transition-never", "‘decide’ can never be taken: no clock ever takes it, and nobody may.") in after
