"""An overlay on the small procedure: what it changes, where its mistakes are shown, and which law holds when."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from sop.compositions import overlays_in
from sop.durations import Duration
from sop.loader import (
    content_hash,
    examine,
    examine_all,
    files_of_composition,
    load,
    overlay_in,
)
from sop.model import Definition
from sop.problems import DefinitionInvalid, Problem
from sop.procedure import Procedure, compile_procedure

Files = Callable[..., dict[str, bytes]]

HEAD = """\
overlay: rs
version: "3"
title: Serbia
country: RS
calendar:
  zone: Europe/Belgrade
  holidays: {New Year: [2026-01-01, 2026-01-02], Labour Day: [2026-05-01]}
  source: {document: A list, evidence: K, confidence: low}
"""
LAW = "source: {law: Law of rest of Serbia, evidence: K, confidence: medium}"
TWO_LAWS = """\
clocks:
  care.rest:
    - period: {at-least: 90 days, set-by: plan.length}
      extend: none
      source: {law: New law, evidence: V, in-force-from: 2026-03-10}
    - period: {at-least: 60 days, set-by: plan.length}
      ends-early: {by: [authority], second-person: [supervisor], reasons: {rested: Rested}}
      source: {law: Old law, evidence: V, in-force-from: 2020-01-01, until: 2026-03-09}
"""


def with_overlay(mini_files: Files, body: str = "", head: str = HEAD, **others: str) -> dict[str, bytes]:
    more = {name.replace("__", "/") + ".yaml": text.encode() for name, text in others.items()}
    return mini_files() | {"overlays/rs.yaml": (head + body).encode()} | more


def composed(mini_files: Files, body: str = "", **others: str) -> Definition:
    return load(with_overlay(mini_files, body, **others), "rs")


def problems_of(mini_files: Files, body: str, head: str = HEAD, **others: str) -> list[Problem]:
    definition, problems = examine(with_overlay(mini_files, body, head, **others), "rs")
    assert definition is None or problems == [] or all(p.severity == "warning" for p in problems)
    return problems


@pytest.fixture
def two_laws(mini_files: Files) -> Procedure:
    return compile_procedure(composed(mini_files, TWO_LAWS))


def test_an_overlay_gives_another_definition_and_leaves_the_base_as_it_was(mini_files: Files) -> None:
    files = with_overlay(mini_files, f"clocks:\n  care.rest:\n    - {{period: {{fixed: 90 days}}, {LAW}}}\n")
    base, serbian = load(files), load(files, "rs")
    assert base == load(mini_files())
    assert (base.head.country, base.head.overlay, base.head.version) == (None, None, "1")
    assert (serbian.head.country, serbian.head.overlay, serbian.head.version) == ("RS", "rs", "1+rs.3")
    assert serbian.head.procedure == base.head.procedure
    assert str(serbian.sops["care"].clocks["rest"].length.fixed) == "90 days"
    assert serbian.sops["care"].clocks["rest"].statutory
    assert serbian.sops["work"] is load(files, "rs").sops["work"]
    assert content_hash(serbian) != content_hash(base)
    assert content_hash(serbian) == content_hash(load(files, "rs"))


def test_whatever_the_overlay_says_changes_the_hash_of_its_composition_alone(mini_files: Files) -> None:
    change = f"clocks:\n  care.rest:\n    - {{period: {{fixed: 90 days}}, {LAW}}}\n"
    one, other = with_overlay(mini_files, change), with_overlay(mini_files, change.replace("90", "91"))
    assert content_hash(load(one, "rs")) != content_hash(load(other, "rs"))
    assert content_hash(load(one)) == content_hash(load(other))


def test_the_calendar_of_the_country_has_its_holidays(mini_files: Files) -> None:
    calendar = composed(mini_files).head.calendars["RS"]
    assert calendar.holidays == (date(2026, 1, 1), date(2026, 1, 2), date(2026, 5, 1))
    assert not calendar.is_working_day(date(2026, 5, 1))


def test_a_saturday_that_is_worked_is_a_working_day(mini_files: Files) -> None:
    head = HEAD.replace("  source: {document: A", "  working-days: {Moved: [2026-05-09]}\n  source: {document: A")
    calendar = load(with_overlay(mini_files, head=head), "rs").head.calendars["RS"]
    assert calendar.is_working_day(date(2026, 5, 9))
    assert not calendar.is_working_day(date(2026, 5, 16))


def test_measures_transitions_states_and_roles_are_adapted_and_added(mini_files: Files) -> None:
    body = """\
bodies: {authority: Office for Rest}
measures:
  talk: {title: First talk in Serbia, who: [inspector], how: [Listen twice], fields: {mood: {one-of: [good, bad]}}}
transitions:
  care.rest: {by: [inspector], needs: [{done: walk}]}
states:
  care.resting: {stalled-after: 100 days}
adds:
  roles: {inspector: Inspector}
  measures:
    care.walk: {title: Walk, what: A walk, when: Daily, who: [guardian], how: [Walk]}
  clocks:
    care.walk_due: {title: Walk, deadline: 2 days, starts: {case: opened}, met-by: {done: walk}, when-missed: [{tell: supervisor}]}
texts:
  sr: {status: draft, titles: {care: Нега, care.resting: Одмор, talk: Разговор, roles.inspector: Инспектор, case.age: Узраст}}
notes: [A note]
unsure: [Whether it is so]
"""
    definition = composed(mini_files, body)
    care = definition.sops["care"]
    assert care.measures["talk"].who == ("case_manager", "inspector")
    assert care.measures["talk"].how == ("Listen", "Listen twice")
    assert "mood" in care.measures["talk"].fields
    assert "inspector" in care.transitions["rest"].by
    assert len(care.transitions["rest"].needs) == 3
    assert care.states["resting"].title == "Resting"
    assert care.states["resting"].stalled_after == Duration(days=100)
    assert {"walk", "walk_due"} <= {*care.measures, *care.clocks}
    assert definition.head.texts["sr"].titles["care"] == "Нега"
    assert definition.head.notes == ("A note", "Not sure: Whether it is so")
    procedure = compile_procedure(definition)
    assert procedure.role_title("authority") == "Authority (Office for Rest)"
    assert procedure.role_title("inspector") == "Inspector"


MISTAKES: list[tuple[str, str, int, str]] = [
    (f"clocks:\n  care.rst:\n    - {{period: 90 days, {LAW}}}", "no-such-clock", 10, "Did you mean ‘care.rest’?"),
    (f"clocks:\n  care.rest:\n    - {{periode: 90 days, {LAW}}}", "unknown-key", 11, "Did you mean ‘period’?"),
    ("clocks:\n  care.rest:\n    - {period: 90 days}", "missing-key", 11, "source"),
    (f"clocks:\n  care.rest:\n    - {{deadline: 90 days, {LAW}}}", "clock-kind", 11, ""),
    (f"clocks:\n  care.rest:\n    - period: 90 days\n      anchor: plan.begn\n      {LAW}", "no-such-fact", 12, "‘plan.begun’"),
    (f"clocks:\n  care.rest:\n    - period: 90 days\n      remind: [100 days before]\n      {LAW}", "reminder-too-early", 12, ""),
    ("clocks:\n  care.rest:\n    - period: 90 days\n      source: {document: Ours, evidence: D}", "law-without-source", 11, ""),
    ("measures:\n  tlak: {title: Talk}", "no-such-measure", 10, "Did you mean ‘talk’?"),
    ("measures:\n  talk:\n    who: [inspektor]", "no-such-role", 11, ""),
    ("measures:\n  plan:\n    fields: {goal: text}", "defined-twice", 11, "goal"),
    ("measures:\n  plan:\n    drops: [gaol]", "no-such-field", 11, "Did you mean ‘goal’?"),
    ("transitions:\n  care.rets: {title: Rest}", "no-such-transition", 10, "Did you mean ‘care.rest’?"),
    ("transitions:\n  care.rest:\n    needs: [{done: plna}]", "no-such-measure", 11, "Did you mean ‘plan’?"),
    ("states:\n  care.restng: {title: R}", "no-such-state", 10, "‘care.resting’"),
    ("bodies:\n  autority: Office", "no-such-role", 10, "Did you mean ‘authority’?"),
    ("texts:\n  sr:\n    status: draft\n    titles:\n      caer: Нега", "no-such-name", 13, "Did you mean ‘care’?"),
    ("texts:\n  Serbian: {status: draft, titles: {care: Нега}}", "bad-language", 10, "sr"),
    ("texts:\n  sr: {status: fine, titles: {care: Нега}}", "bad-value", 10, "draft"),
    ("with: [permt]", "no-such-overlay", 9, "permt"),
    ("adds:\n  roles:\n    guardian: Guardian", "defined-twice", 11, "guardian"),
    ("adds:\n  measures:\n    car.walk: {title: W, what: W, when: W, who: [guardian], how: [W]}", "no-such-sop", 11, "‘care’"),
    ("adds:\n  clocks:\n    care.walk_due: {title: W, deadline: 2 days, starts: {case: opened}}", "clock-never-met", 11, ""),
    ("drops:\n  measures: [vist]", "no-such-measure", 10, "‘visit’"),
    ("drops:\n  clocks: [care.lmit]", "no-such-clock", 10, "‘care.limit’"),
    ("keeps: [talk]", "overlay-dates", 1, "between two days"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "code", "line", "said"), MISTAKES)
def test_a_mistake_is_shown_in_the_overlay_at_its_line(
    mini_files: Files, body: str, code: str, line: int, said: str
) -> None:
    problems = problems_of(mini_files, body + "\n")
    assert {p.file for p in problems} == {"overlays/rs.yaml"}
    assert (code, line) in {(p.code, p.line) for p in problems}, problems
    assert any(said in p.message + p.help for p in problems if p.code == code), problems


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [("overlay: rs", "overlay: sr", "overlay-name"), ("country: RS", "country: Serbia", "bad-country"),
     ("country: RS", "country: AT", "overlay-name"), ("country: RS\n", "", "overlay-calendar"),
     ("zone: Europe/Belgrade", "zone: Belgrade", "unknown-zone"), ("[2026-05-01]", "[soon]", "wrong-type")],
)  # fmt: skip
def test_a_mistake_in_its_head_is_shown_too(mini_files: Files, old: str, new: str, code: str) -> None:
    problems = problems_of(mini_files, "", HEAD.replace(old, new))
    assert code in {p.code for p in problems}, problems


def test_an_overlay_that_is_not_there_is_named_with_those_that_are(mini_files: Files) -> None:
    with pytest.raises(DefinitionInvalid) as found:
        load(with_overlay(mini_files), "sr")
    assert found.value.problems[0].code == "no-such-overlay"
    assert "rs" in found.value.problems[0].help


def test_nothing_is_put_onto_a_base_that_has_errors(mini_files: Files) -> None:
    broken = with_overlay(mini_files) | mini_files(("initial: new", "initial: neww"))
    assert examine(broken, "rs")[0] is None
    assert list(examine_all(broken)) == [""]


PROFILE = """\
overlay: quiet
version: "1"
title: quiet
measures:
  talk: {how: [Speak softly]}
adds:
  measures:
    care.silence: {title: Silence, what: No words, when: At night, who: [guardian], how: [Be silent]}
"""


def test_a_profile_is_put_on_before_the_country_and_both_are_named(mini_files: Files) -> None:
    definition = composed(mini_files, "with: [quiet]\n", profiles__quiet=PROFILE)
    assert definition.head.overlay == "quiet+rs"
    assert definition.head.version == "1+quiet.1+rs.3"
    assert "silence" in definition.sops["care"].measures
    files = with_overlay(mini_files, profiles__quiet=PROFILE)
    alone, beside = load(files, "quiet"), load(files, "rs+quiet")
    assert (alone.head.country, alone.head.overlay) == (None, "quiet")
    assert beside.head.overlay == "rs+quiet"
    assert overlays_in(files) == ["rs", "quiet"]


def test_every_composition_is_examined_and_says_only_its_own_problems(mini_files: Files) -> None:
    wrong = PROFILE.replace("  talk:", "  tlak:")
    found = examine_all(with_overlay(mini_files, profiles__quiet=wrong))
    assert {name: definition is not None for name, (definition, _) in found.items()} == {
        "": True,
        "rs": True,
        "quiet": False,
    }
    assert [p.file for p in found["quiet"][1]] == ["profiles/quiet.yaml"]
    assert found[""][1] == found["rs"][1] == []


def test_an_error_in_a_profile_is_shown_in_its_own_file_for_the_country_too(mini_files: Files) -> None:
    wrong = PROFILE.replace("who: [guardian]", "who: [gardian]")
    problems = problems_of(mini_files, "with: [quiet]\n", profiles__quiet=wrong)
    assert [(p.file, p.line, p.code) for p in problems] == [("profiles/quiet.yaml", 8, "no-such-role")]


def test_a_profile_takes_no_other_with_it(mini_files: Files) -> None:
    found = examine_all(with_overlay(mini_files, profiles__quiet=PROFILE + "with: [quiet]\n"))
    assert "overlay-name" in {p.code for p in found["quiet"][1]}


def test_a_composition_keeps_the_files_that_it_is_made_of(mini_files: Files) -> None:
    files = with_overlay(mini_files, "with: [quiet]\n", profiles__quiet=PROFILE, profiles__loud=PROFILE)
    files |= {"overlays/at.yaml": b"x", "overlays/scenarios/rs_a.yaml": b"x", "scenarios/a.yaml": b"x"}
    base = {*mini_files(), "scenarios/a.yaml"}
    assert set(files_of_composition(files, None)) == base
    assert set(files_of_composition(files, "rs")) == base | {"overlays/rs.yaml", "profiles/quiet.yaml"}
    assert content_hash(load(files_of_composition(files, "rs"), "rs")) == content_hash(load(files, "rs"))
    assert overlay_in(files, "loud") is not None
    assert overlay_in(files, "nobody") is None


CONTINGENCY = """\
overlay: flood
version: "1"
title: flood
from: 2026-06-01
until: 2026-06-30
keeps: [talk]
clocks:
  care.talk_due:
    - {deadline: 72 hours, source: {document: Our default, evidence: D}}
"""


def test_a_contingency_gives_more_time_between_its_two_days_and_asks_only_for_its_package(
    mini_files: Files, untold: Callable[..., Any]
) -> None:
    definition = composed(mini_files, "with: [flood]\n", profiles__flood=CONTINGENCY)
    assert definition.head.overlay == "rs+flood", "a contingency is put on last"
    kinds = {name: measure.kind for name, measure in definition.sops["care"].measures.items()}
    assert kinds == {name: "required" if name == "talk" else "discretionary" for name in kinds}
    procedure = compile_procedure(definition)
    for month, day, hours in ((5, 31, 24), (6, 1, 72), (6, 30, 72), (7, 1, 24)):
        now = datetime(2026, month, day, 9, tzinfo=UTC)
        budget = untold(procedure, now=now).begin("RS").clock("talk_due").budget
        assert budget == Duration(seconds=hours * 3600), now


def test_the_law_of_the_day_from_which_a_clock_counts_holds(two_laws: Procedure, untold: Callable[..., Any]) -> None:
    for begun, days in (("2026-03-09", 60), ("2026-03-10", 90), ("2019-12-31", None)):
        story = untold(two_laws, now=datetime(2026, 3, 12, 9, tzinfo=UTC)).begin("RS")
        if days is None:
            story.record("plan", begun=begun, length="9 years")
            story.record("check", answers={"near": "no", "debt": "no"})
            story.consent()
            story.take("care.rest")
            assert str(story.clock("rest").budget) == "9 years", "before every law of the list the base counts"
            continue
        story.rests(begun=begun)
        assert story.clock("rest").budget == Duration(days=days), begun


def test_a_length_below_the_law_of_that_day_is_refused(two_laws: Procedure, untold: Callable[..., Any]) -> None:
    story = untold(two_laws, now=datetime(2026, 3, 12, 9, tzinfo=UTC)).begin("RS")
    story.record("plan", begun="2026-03-10", length="70 days")
    story.record("check", answers={"near": "no", "debt": "no"})
    story.consent()
    from sop.commands import Advance

    assert story.codes(Advance(sop="care", transition="rest")) == {"too_short"}
    story.record("plan", begun="2026-03-09", length="70 days")
    story.take("care.rest")
    assert story.clock("rest").budget == Duration(days=70)


def test_the_day_is_that_of_the_authority(two_laws: Procedure, untold: Callable[..., Any]) -> None:
    """Half past eleven at night in UTC is the next day in Belgrade."""
    story = untold(two_laws, now=datetime(2026, 3, 9, 23, 30, tzinfo=UTC)).begin("RS")
    assert story.rests().clock("rest").budget == Duration(days=90)


def test_what_may_be_done_to_a_clock_follows_its_law(
    two_laws: Procedure, untold: Callable[..., Any], people: dict[str, Any]
) -> None:
    old = untold(two_laws, now=datetime(2026, 3, 9, 9, tzinfo=UTC)).begin("RS").rests()
    new = untold(two_laws, now=datetime(2026, 3, 10, 9, tzinfo=UTC)).begin("RS").rests()
    old.do(old.extend(), people["authority"])
    assert new.codes(new.extend(), people["authority"]) == {"not_allowed"}


def test_an_anchor_set_right_across_the_change_of_law_brings_the_other_law_and_wants_two(
    two_laws: Procedure, untold: Callable[..., Any], people: dict[str, Any]
) -> None:
    story = untold(two_laws, now=datetime(2026, 3, 9, 9, tzinfo=UTC)).begin("RS").rests()
    story.now = datetime(2026, 3, 12, 9, tzinfo=UTC)
    story.do(story.correct(datetime(2026, 3, 10, 9, tzinfo=UTC)), people["authority"])
    assert story.clock("rest").budget == Duration(days=60), "it waits for a second person"
    story.do(story.confirm(), people["supervisor"])
    assert story.clock("rest").budget == Duration(days=90)


def test_an_anchor_recorded_anew_across_the_change_of_law_brings_the_other_law(
    two_laws: Procedure, untold: Callable[..., Any]
) -> None:
    story = untold(two_laws, now=datetime(2026, 3, 12, 9, tzinfo=UTC)).begin("RS").rests(begun="2026-03-09")
    story.record("plan", begun="2026-03-10")
    assert story.clock("rest").budget == Duration(days=90)


DATES: list[tuple[str, str, int]] = [
    ("until: 2026-03-09", "until: 2026-03-10", 16),
    ("in-force-from: 2026-03-10", "until: 2027-01-01", 16),
    (", in-force-from: 2020-01-01, until: 2026-03-09", "", 16),
]


@pytest.mark.parametrize(("old", "new", "line"), DATES)
def test_two_laws_for_one_day_are_an_error(mini_files: Files, old: str, new: str, line: int) -> None:
    problems = problems_of(mini_files, TWO_LAWS.replace(old, new))
    assert [(p.code, p.line) for p in problems] == [("law-overlaps", line)]


def test_a_day_between_two_laws_is_a_warning_and_a_law_that_ends_before_it_begins_an_error(mini_files: Files) -> None:
    gap = problems_of(mini_files, TWO_LAWS.replace("until: 2026-03-09", "until: 2026-03-01"))
    assert [(p.code, p.severity, p.line) for p in gap] == [("law-gap", "warning", 13)]
    turned = problems_of(mini_files, TWO_LAWS.replace("2020-01-01, until: 2026-03-09", "2026-02-02, until: 2026-01-01"))
    assert "law-dates" in {p.code for p in turned}


def test_a_child_for_whom_the_period_is_not_has_another_measure_first(
    mini_files: Files, untold: Callable[..., Any]
) -> None:
    body = f"""\
clocks:
  care.rest:
    - period: 30 days
      not-for: {{fact: case.child, instead: shelter, because: Children are sheltered}}
      {LAW}
adds:
  measures:
    care.shelter: {{title: Shelter, what: A home, when: At once, who: [case_manager], how: [Find one]}}
"""
    from sop.commands import Advance

    procedure = compile_procedure(composed(mini_files, body))
    child = untold(procedure).begin("RS", age=9)
    child.record("check", answers={"near": "no", "debt": "no"})
    child.consent()
    refused = child.refused(Advance(sop="care", transition="rest"))
    assert [(r.code, "Children are sheltered" in r.text) for r in refused.reasons] == [("measure_not_done", True)]
    child.record("shelter")
    child.take("care.rest")
    assert "care.rest" not in child.case.clocks
    adult = untold(procedure).begin("RS", age=30).rests()
    assert adult.clock("rest").budget == Duration(days=30)


PARTS_HEAD = HEAD.replace(
    "  source: {document: A list, evidence: K, confidence: low}\n",
    """\
  covers: {from: 2026, until: 2027}
  counting: zup
  chosen-by: case.seat
  parts:
    rs_north:
      title: The north
      zone: Europe/Budapest
      holidays: {Labour Day: [2026-05-02], Northern Day: [2026-03-30, 2026-03-31]}
      without: [New Year]
      corrections:
        - drops: {Northern Day: [2026-03-31]}
          source: {document: The north works on it, evidence: K}
      source: {document: A list, evidence: K}
  corrections:
    - adds: {Statehood Day: [2026-02-15]}
      drops: {New Year: [2026-01-02]}
      source: {law: Law on holidays, evidence: K}
  source: {document: A list, evidence: K, confidence: low}
counting-rules:
  zup:
    title: Law on procedure
    working-days-within: 0
    source: {law: Law on procedure, evidence: K}
adds:
  facts:
    seat: {title: Seat, one-of: {rs_north: The north}}
""",
)


def test_a_country_has_parts_with_days_of_their_own_and_corrections_count_last(mini_files: Files) -> None:
    head = load(with_overlay(mini_files, head=PARTS_HEAD), "rs").head
    country, north = head.calendars["RS"], head.calendars["rs_north"]
    assert country.holidays == (date(2026, 1, 1), date(2026, 2, 15), date(2026, 5, 1))
    assert north.holidays == (date(2026, 2, 15), date(2026, 3, 30), date(2026, 5, 1), date(2026, 5, 2))
    assert (country.zone, north.zone) == ("Europe/Belgrade", "Europe/Budapest")
    assert [one.counting for one in (country, north)] == ["zup", "zup"]
    assert country.covers == north.covers
    assert head.calendar_of == "case.seat"
    assert set(head.counting_rules) == {"zup"}


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("rs_north:\n", "mk_north:\n", "bad-country", "mk_north"),
        ("without: [New Year]", "without: [Easter]", "no-such-holiday", "without"),
        ("counting: zup", "counting: zip", "no-such-counting-rule", "counting"),
        ("chosen-by: case.seat", "chosen-by: case.place", "no-such-fact", "chosen-by"),
        ("one-of: {rs_north: The north}", "one-of: {rs_south: The south}", "no-such-calendar", "chosen-by"),
        ("  zup:\n", "  plain:\n", "defined-twice", "plain:"),
        ("until: 2027}", "until: 2025}", "calendar-years", "covers"),
    ],
)
def test_what_is_wrong_with_a_part_is_shown_in_the_overlay(
    mini_files: Files, old: str, new: str, code: str, line: str
) -> None:
    head = PARTS_HEAD.replace(old, new)
    assert head != PARTS_HEAD
    _, problems = examine(with_overlay(mini_files, head=head), "rs")
    found = [problem for problem in problems if problem.code == code]
    assert found, problems
    assert {problem.file for problem in found} == {"overlays/rs.yaml"}
    assert line in head.splitlines()[found[0].line - 1]


def test_a_law_of_an_overlay_names_its_rule_and_whose_days_count(mini_files: Files) -> None:
    body = f"clocks:\n  care.rest:\n    - period: {{at-least: 90 days}}\n      counting: plain\n      calendar-of: RS\n      {LAW}\n"
    clock = composed(mini_files, body).sops["care"].clocks["rest"]
    assert (clock.counting, clock.calendar_of) == ("plain", "RS")
