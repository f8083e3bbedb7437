"""The proof of how long a period lasts: every length that it can have, and everything that can end it."""

import pytest

from cli.folders import SHIPPED, files_of
from sop.clocks import Length
from sop.counting import CountingRule
from sop.loader import load
from sop.model import Definition, Sop
from sop.problems import Tree
from sop.procedure import compile_procedure
from sop.reader import read
from workshop.course import BEGINS
from workshop.playing import play
from workshop.proof import prove

FILES = files_of(SHIPPED / "trm")
SOUND = load(FILES)
PERIOD = "period: {at-least: 30 days, set-by: recovery_and_reflection.length}\n"
END = "    at-end: {asks: reflection_decision}"


def changed(old: str, new: str) -> Definition:
    text = FILES["identification.yaml"].decode()
    assert old in text
    tree = read("identification.yaml", text.replace(old, new, 1).encode())
    assert isinstance(tree, Tree)
    sop = Sop.model_validate(tree.value)
    return SOUND.model_copy(update={"sops": SOUND.sops | {sop.sop: sop}})


SHORT = {
    "a fixed length": (PERIOD, "period: 29 days\n"),
    "a month, which may have 28 days": (PERIOD, "period: 1 month\n"),
    "twenty working days": (PERIOD, "period: 20 working days\n"),
    "the lower end of a range": (PERIOD, "period: {range: {from: 14 days, to: 60 days}, set-by: recovery_and_reflection.length}\n"),
    "a ceiling without a floor": (PERIOD, "period: {at-most: 60 days, set-by: recovery_and_reflection.length}\n"),
    "whatever is set per case": (PERIOD, "period: {per-case: true, set-by: recovery_and_reflection.length}\n"),
    "a variant for some": (PERIOD, f"{PERIOD}    variants: [{{when: {{case.own_national: true}}, length: 10 days}}]\n"),
    "another reason to end early": ("        decided: The person", "        unwilling: Does not want to cooperate\n        decided: The person"),
    "a measure that cancels it": (END, f"{END}\n    cancelled-by: {{done: reflection_decision}}"),
    "a state that meets it": (END, f"{END}\n    met-by: {{entering: deciding}}"),
    "an event that cancels it": (END, f"{END}\n    cancelled-by: {{event: went_missing}}"),
}  # fmt: skip


@pytest.mark.parametrize("change", SHORT.values(), ids=SHORT)
def test_a_period_that_can_be_cut_short_is_found_and_refused(change: tuple[str, str]) -> None:
    definition = changed(*change)
    verdict = prove(compile_procedure(definition), only="reflection_lasts")[0]
    assert verdict.outcome == "broken"
    assert verdict.why
    assert verdict.story is not None, verdict.why
    assert play(compile_procedure(definition, guarded=False), verdict.story).failures == []
    assert "[right" in play(compile_procedure(definition), verdict.story).failures[0]


LAW = "source: {law: An invented law, evidence: K, "
SINCE = f"{LAW}in-force-from: 2027-07-01}}"
UNTIL = f"{LAW}until: 2024-12-31}}"
BETWEEN = f"{LAW}in-force-from: 2027-07-01, until: 2027-07-31}}"
OTHER = (
    f"{END}\n    at-other-times:\n      - title: Recovery and reflection\n        starts: [{{entering: reflecting}}]\n"
)

DATED = {
    "shorter from a day on": ("2027-07-01", f"        period: 20 days\n        {SINCE}", "From 2027-07-01 on the period can be as short as 20 days"),
    "shorter in the past": ("2024-12-31", f"        period: 20 days\n        {UNTIL}", "Until 2024-12-31 the period"),
    "shorter for one month": ("2027-07-01", f"        period: 20 days\n        {BETWEEN}", "From 2027-07-01 on until 2027-07-31 the period"),
    "shorter for some from a day on": (
        "2027-07-01",
        f"        period: 45 days\n        variants: [{{when: {{case.own_national: true}}, length: 10 days}}]\n        {SINCE}",
        "From 2027-07-01 on the period can be as short as 10 days where case.own_national say so",
    ),
    "a month that may have 28 days": ("2028-02", f"        period: 1 month\n        {LAW}in-force-from: 2028-02-01, until: 2028-02-29}}", "From 2028-02-01 on"),
    "another reason to end early": (
        "2027-07-01",
        f"        period: 45 days\n        ends-early: {{by: [competent_authority], second-person: [supervisor], reasons: {{unwilling: Does not cooperate}}}}\n        {SINCE}",
        "From 2027-07-01 on the period may be ended early because: Does not cooperate.",
    ),
}  # fmt: skip


def dated(law: str) -> Definition:
    """The reflection period with another law, which comes first on the days on which it is in force."""
    definition = changed(END, f"{OTHER}{law}")
    sop = definition.sops["identification"]
    clock = sop.clocks["reflection"]
    mine = clock.model_copy(update={"at_other_times": ()})
    (other,) = clock.at_other_times
    said = {key: getattr(other, key) for key in ("period", "source", "variants") if getattr(other, key)}
    first = mine.model_copy(update=said | ({"ends_early": other.ends_early} if other.ends_early else {}))
    both = first.model_copy(update={"at_other_times": (mine,)})
    clocks = sop.clocks | {"reflection": both}
    return definition.model_copy(
        update={"sops": definition.sops | {"identification": sop.model_copy(update={"clocks": clocks})}}
    )


@pytest.mark.parametrize(("day", "law", "said"), DATED.values(), ids=DATED)
def test_a_law_that_cuts_the_period_short_on_some_days_only_is_found_with_its_days(
    day: str, law: str, said: str
) -> None:
    definition = dated(law)
    verdict = prove(compile_procedure(definition), only="reflection_lasts")[0]
    assert verdict.outcome == "broken"
    assert said in verdict.why
    assert verdict.story is not None, verdict.why
    assert verdict.story.given.at.date().isoformat().startswith(day), "the story is told on such a day"
    assert play(compile_procedure(definition, guarded=False), verdict.story).failures == []
    assert "[right" in play(compile_procedure(definition), verdict.story).failures[0]
    later = verdict.story.model_copy(update={"given": verdict.story.given.model_copy(update={"at": BEGINS})})
    assert "[right" not in str(play(compile_procedure(definition), later).failures), "on other days it is long enough"


def test_a_law_that_never_comes_into_force_before_another_is_nobodys() -> None:
    """The one behind it is in force whenever it would be: nothing can be too short by it."""
    definition = dated(f"        period: 45 days\n        {SINCE}")
    sop = definition.sops["identification"]
    clock = sop.clocks["reflection"]
    short = clock.at_other_times[0].model_copy(
        update={"period": Length.model_validate("10 days"), "source": clock.source}
    )
    behind = clock.model_copy(update={"at_other_times": (*clock.at_other_times, short)})
    changed_ = sop.model_copy(update={"clocks": sop.clocks | {"reflection": behind}})
    shadowed = definition.model_copy(update={"sops": definition.sops | {"identification": changed_}})
    assert prove(compile_procedure(shadowed), only="reflection_lasts")[0].outcome == "proved"


LONG = {
    "longer for everybody": (PERIOD, "period: 90 days\n"),
    "a month and a half": (PERIOD, "period: 2 months\n"),
    "thirty working days": (PERIOD, "period: 30 working days\n"),
    "longer for some": (PERIOD, f"{PERIOD}    variants: [{{when: {{case.child: true}}, length: 90 days}}]\n"),
    "a floor of its own": (PERIOD, "period: {at-least: 45 days, set-by: recovery_and_reflection.length}\n"),
    "a ceiling that nobody may go below": (PERIOD, "period: {at-most: 90 days}\n"),
}


@pytest.mark.parametrize("change", LONG.values(), ids=LONG)
def test_a_period_that_is_long_enough_is_proved(change: tuple[str, str]) -> None:
    verdict = prove(compile_procedure(changed(*change)), only="reflection_lasts")[0]
    assert (verdict.outcome, verdict.why) == ("proved", "")


def test_a_period_that_closing_would_end_is_broken_although_no_story_may_show_it() -> None:
    definition = changed(
        '    statutory: true\n    source:\n      law: Council of Europe Convention on Action against Trafficking in Human Beings\n      article: "13(1)"\n      evidence: V\n    extend',
        "    extend",
    )
    verdict = prove(compile_procedure(definition), only="reflection_lasts")[0]
    assert verdict.outcome == "broken"
    assert "closing" in verdict.why


RULE = CountingRule.model_validate(
    {
        "title": "The day itself counts",
        "day-of-the-event": "counted",
        "last-day-off": "stays",
        "working-days-within": 0,
        "source": {"document": "Invented", "evidence": "D"},
    }
)


@pytest.mark.parametrize(
    ("rule", "length", "outcome"),
    [
        (RULE, "30 days", "broken"),
        (RULE, "31 days", "proved"),
        (RULE.model_copy(update={"day_of_the_event": "not-counted"}), "30 days", "proved"),
        (
            RULE.model_copy(update={"day_of_the_event": "not-counted", "last_day_off": "working-day-before"}),
            "30 days",
            "broken",
        ),
    ],
)
@pytest.mark.parametrize("by_the_calendar", [False, True])
def test_a_rule_that_ends_the_period_sooner_than_its_floor_is_found(
    rule: CountingRule, length: str, outcome: str, by_the_calendar: bool
) -> None:
    definition = changed(PERIOD, f"period: {length}\n" + ("" if by_the_calendar else "    counting: own\n"))
    head = definition.head.model_copy(update={"counting_rules": {"own": rule}})
    if by_the_calendar:
        austria = head.calendars["AT"].model_copy(update={"counting": "own"})
        head = head.model_copy(update={"calendars": head.calendars | {"AT": austria}})
    verdict = prove(compile_procedure(definition.model_copy(update={"head": head})), only="reflection_lasts")[0]
    assert verdict.outcome == outcome
