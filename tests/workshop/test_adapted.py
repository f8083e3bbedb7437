"""Findings of overlays and profiles: none is lost by looking only at what changed, and each stands where it comes from."""

import random
from itertools import count

import pytest

from cli.folders import SHIPPED, files_of
from sop.compositions import Composition, Compositions, overlays_in
from sop.loader import base_of
from sop.problems import Problem
from workshop.adapted import Adapted
from workshop.analysis import Analysis
from workshop.check import all_findings, findings
from workshop.example import BASE

Files = dict[str, bytes]
EXAMPLE = {name: text.encode() for name, text in BASE.items()}
TRM = files_of(SHIPPED / "trm")
COUNTRY = (
    'overlay: rs\nversion: "1"\ntitle: Serbia\ncountry: RS\n'
    "calendar: {zone: Europe/Belgrade, source: {document: A list, evidence: K}}\n"
)
CLOCK = "starts: {case: opened}, met-by: {done: talk}, when-missed: [{tell: supervisor}]"
MEASURE = "what: W, when: W, who: [case_manager], how: [H]"
PIECES = {
    "measures": [
        "talk: {title: Verdict}",
        "talk: {needs: [{state: {care: decided}}]}",
        "talk: {needs: [{state: {care: [new, resting]}}, {state: {work: hired}}]}",
        "verdict: {needs: [{fact: case.age, at-least: 40}]}",
        "verdict: {needs: [{fact: case.age, at-least: 20}, {fact: case.child, is: true}]}",
        "verdict: {who: [case_manager, case_manager]}",
        "verdict: {drops: [in_favour]}",
        "risk_check: {needs: [{done: verdict}]}",
        "risk_check: {fields: {asked_by: {type: text, title: Asked by}}}",
        "contract: {needs: [{not: {consent: help}}, {consent: help}]}",
        "contract: {needs: [{any: [{fact: case.wish, is: stay}, {all: [{done: talk}, {not: {done: talk}}]}]}]}",
    ],
    "transitions": [
        "care.rest: {needs: [{done: verdict}]}",
        "care.decide: {needs: [{fact: verdict.in_favour, is: false}]}",
        "care.decide: {needs: [{when: {case.wish: go}, then: [{fact: case.wish, is: go}]}]}",
        "care.decline: {needs: [{state: {care: resting}}]}",
        "care.decline: {by: [authority, authority]}",
        "work.hire: {needs: [{state: {work: hired}}]}",
        "work.hire: {needs: [{ended: care.rest}]}",
        "work.hire: {title: Looking for work}",
    ],
    "clocks": [
        "care.rest: [{period: {fixed: 60 days}, remind: [5 days before, 5 days before], source: {law: L, evidence: K}}]",
        "care.rest: [{period: {fixed: 20 days}, source: {law: L, evidence: K}}]",
        "care.rest: [{not-for: {fact: case.child, instead: talk, because: B}, source: {law: L, evidence: K}}]",
        "care.rest: [{variants: [{when: {case.age: 12}, length: 90 days}], source: {law: L, evidence: K}}]",
        "care.rest: [{variants: [{when: {case.child: true, case.age: 44}, length: 90 days}], source: {law: L, evidence: K}}]",
        "care.talk_due: [{deadline: 30 minutes, source: {document: D, evidence: D}}]",
        "care.talk_due: [{starts: [{entering: resting}], source: {law: L, evidence: K, until: 2026-01-01}}]",
        "care.talk_due: [{deadline: {at-most: 3 days, set-by: talk.length}, source: {document: D, evidence: D}}]",
        "work.visits: [{remind: [2 days before], source: {law: L, evidence: K}}]",
    ],
    "states": ["care.resting: {title: New}", "care.resting: {title: Rest}", "work.looking: {title: Looks}"],
    "adds": [
        "roles: {doctor: Doctor}",
        "facts: {limps: {type: yes-no, title: Limps, asked: false}}",
        "facts: {limps: {type: yes-no, title: Limps}}",
        "consents: {photograph: {title: To be photographed}}",
        "rules: {N1: {title: A rule, source: {law: L, evidence: K}}}",
        f"measures: {{care.walk: {{title: Walk, {MEASURE}, in: [resting], needs: [{{done: verdict}}]}}}}",
        f"measures: {{care.walk: {{title: First talk, {MEASURE}, needs: [{{fact: case.age, at-most: 3}}]}}}}",
        f"measures: {{work.walk: {{title: Walk, {MEASURE}, results: {{level: {{one-of: [a, b]}}}}}}}}",
        f"clocks: {{care.walk_due: {{title: Walk, deadline: 2 days, {CLOCK}}}}}",
        f"clocks: {{care.walk_due: {{title: Walk, deadline: 2 days, only-when: {{case.age: 7}}, {CLOCK}}}}}",
        "clocks: {care.nap: {title: Nap, period: {fixed: 9 days}, starts: {done: verdict}, at-end: {asks: talk}}}",
        "clocks: {care.nap: {title: Nap, period: {fixed: 9 days}, starts: {event: lost}, at-end: {takes: decline}}}",
    ],
    "drops": ["measures: [contract]", "clocks: [care.talk_due]", "measures: [talk]"],
}

RIGHTS = b"""\
rights:
  heard:
    title: Who decides has heard the person
    source: {document: A paper, evidence: D}
    whenever: {entering: [care.decided]}
    needs: [{done: talk}]
  counted:
    title: What is counted is known
    source: {document: A paper, evidence: D}
    always: [{any: [{not: {state: {work: hired}}}, {fact: talk.length, known: true}, {done: verdict}]}]
  people:
    title: People decide
    source: {document: A paper, evidence: D}
    never-by-clock: {entering: [care.declined]}
"""
TRAP = f"""\
transitions:
  care.decide: {{needs: [{{done: early}}]}}
  care.decline: {{needs: [{{done: early}}]}}
adds: {{measures: {{care.early: {{title: Early, {MEASURE}, in: [new]}}}}}}
"""
"""Who rests has no way out where nobody did it before."""


def with_overlay(body: str, files: Files = EXAMPLE, **others: str) -> Files:
    more = {name.replace("__", "/") + ".yaml": text.encode() for name, text in others.items()}
    return files | {"overlays/rs.yaml": (COUNTRY + body).encode()} | more


def some_pieces(luck: random.Random, most: int) -> str:
    """An overlay's body of a few pieces; of one name only once."""
    chosen: dict[str, dict[str, str]] = {}
    for _ in range(luck.randrange(1, most + 1)):
        key = luck.choice(list(PIECES))
        piece = luck.choice(PIECES[key])
        chosen.setdefault(key, {}).setdefault(piece.split(":")[0], piece)
    return "".join(f"{key}:\n" + "".join(f"  {piece}\n" for piece in said.values()) for key, said in chosen.items())


def profile(name: str, body: str) -> str:
    return f'overlay: {name}\nversion: "1"\ntitle: {name}\n{body}'


def in_full(compositions: Compositions, composition: Composition, base: list[Problem]) -> set[Problem]:
    """Everything, with every part looked at again: the slow way."""
    put = compositions._composed(composition.layers)
    found = put.problems or [p for p in compositions._checked(put, None) if p not in base]
    errors = any(problem.severity == "error" for problem in found)
    return {*found} if errors else {*found, *Analysis(put.definition, put.trees).problems}


def differs(files: Files) -> tuple[int, int]:
    """How many findings there are, and how many of them are missing, or too many, where only changes are looked at."""
    base = base_of(files)
    assert base.definition is not None
    compositions = Compositions(files, base)
    adapted = Adapted(files, base, Analysis(base.definition, base.trees))
    found = wrong = 0
    for name in overlays_in(files):
        composition = adapted._compositions.of(name)
        if not composition.layers or any(p.code == "overlay-name" for p in composition.problems):
            continue
        sliced = {*composition.problems}
        if composition.definition is not None:
            sliced |= {*adapted.analysis(composition).problems}
        full = in_full(compositions, composition, base.problems)
        found += len(full)
        wrong += len(full ^ sliced)
    return found, wrong


@pytest.mark.parametrize("seed", range(12))
def test_looking_only_at_changes_loses_no_finding_and_makes_none_up(seed: int) -> None:
    luck = random.Random(seed)
    found = 0
    for _ in range(12):
        profiles = {
            "profiles__one": profile("one", some_pieces(luck, 3)),
            "profiles__two": profile("two", some_pieces(luck, 2)),
        }
        taken = luck.choice(["", "with: [one]\n", "with: [one, two]\n"])
        base = luck.choice([EXAMPLE, EXAMPLE | {"rights.yaml": RIGHTS}])
        files = with_overlay(taken + some_pieces(luck, 4), base, **profiles)
        here, wrong = differs(files)
        assert not wrong, files["overlays/rs.yaml"].decode() + str(profiles)
        found += here
    assert found > 20


def test_the_pieces_bring_about_findings_of_many_kinds() -> None:
    """What the comparison is worth: the pieces reach most findings that an overlay can bring about."""
    codes: set[str] = set()
    for key, pieces in PIECES.items():
        for piece in pieces:
            codes |= {problem.code for problem in all_findings(with_overlay(f"{key}:\n  {piece}\n"))[1]}
    codes |= {problem.code for problem in all_findings(with_overlay(TRAP))[1]}
    assert differs(with_overlay(TRAP)) == (1, 0)
    assert {
        *("measure-never", "transition-never", "stuck-state", "branch-never", "clock-cannot-start", "variant-never"),
        *("told-twice", "too-short", "role-unused", "consent-unused", "fact-never-known", "listed-twice", "same-title"),
        *("result-never-found", "rule-not-held", "below-floor"),
    } <= codes


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("rs", "transitions: {identification.confirm_identification: {needs: [{consent: return}, {not: {consent: return}}]}}"),
        ("bg", "measures: {formal_identification: {needs: [{state: {return: preparing}}]}}"),
    ],
)  # fmt: skip
def test_the_comparison_holds_for_the_shipped_countries(name: str, body: str) -> None:
    text = TRM[f"overlays/{name}.yaml"].decode()
    key = body.split(":")[0]
    lines = [line for line in text.splitlines() if not line.startswith(f"{key}:")]
    assert differs(TRM | {f"overlays/{name}.yaml": "\n".join([*lines, body, ""]).encode()})[1] == 0


def test_the_comparison_sees_a_slice_that_loses_findings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: what is kept although something else can happen now makes a difference."""
    files = with_overlay("measures: {risk_check: {needs: [{done: verdict}]}}\n")
    assert differs(files)[1] == 0
    monkeypatch.setattr("workshop.analysis._adds_only", lambda after, before: True)
    assert differs(files)[1] > 0


def one(files: Files, code: str) -> Problem:
    (found,) = [problem for problem in all_findings(files)[1] if problem.code == code]
    return found


def test_what_an_overlay_puts_out_of_reach_is_found_in_the_overlay() -> None:
    """The verdict is recorded while resting, and nobody rests without the risk check."""
    assert all_findings(EXAMPLE)[1] == []
    body = "states: {care.new: {title: Newly here}}\nmeasures:\n  risk_check:\n    needs: [{done: verdict}]\n"
    problems = all_findings(with_overlay(body))[1]
    assert {(p.file, p.line, p.only_with) for p in problems} == {("overlays/rs.yaml", 8, ("rs",))}
    rest = next(p for p in problems if p.code == "transition-never")
    assert rest.message == "‘rest’ can never be taken: its conditions can never hold together. (care.yaml, line 43)"


def test_a_clock_that_an_overlay_adds_and_nobody_answers_is_found_in_the_overlay() -> None:
    body = "adds:\n  clocks:\n    care.walk_due: {title: Walk, deadline: 2 days, starts: {case: opened}, met-by: {done: talk}}\n"
    found = one(with_overlay(body), "clock-unanswered")
    assert (found.file, found.line, found.only_with) == ("overlays/rs.yaml", 8, ("rs",))


def test_what_a_profile_brings_about_is_told_once_and_for_the_profile() -> None:
    body = "measures: {contract: {needs: [{not: {consent: help}}, {consent: help}]}}\n"
    files = with_overlay("with: [quiet]\n", profiles__quiet=profile("quiet", body))
    found = [p for p in all_findings(files)[1] if p.code == "measure-never"]
    assert [(p.file, p.line, p.only_with) for p in found] == [("profiles/quiet.yaml", 4, ("quiet",))]


def test_what_only_two_together_bring_about_is_told_for_both() -> None:
    first = "adds: {facts: {limps: {type: yes-no, title: Limps}}}\n"
    quiet = profile("quiet", first)
    second = (
        "with: [quiet]\nmeasures: {contract: {needs: [{fact: case.limps, is: true}, {fact: case.limps, is: false}]}}\n"
    )
    files = with_overlay(second, profiles__quiet=quiet)
    assert one(files, "measure-never").only_with == ("rs",)


def test_what_is_said_twice_is_wrong_in_the_file_that_says_it_last() -> None:
    body = "clocks:\n  care.talk_due: [{deadline: 30 minutes, source: {document: D, evidence: D}}]\n"
    files = with_overlay("with: [quiet]\n" + body, profiles__quiet=profile("quiet", body))
    assert differs(files) == (2, 0)
    assert {p.file for p in all_findings(files)[1]} == {"overlays/rs.yaml", "profiles/quiet.yaml"}


def test_one_composition_alone_is_asked_for_by_its_name() -> None:
    files = with_overlay("measures: {talk: {title: Verdict}}\n")
    assert findings(files)[1] == []
    assert [p.code for p in findings(files, overlay="rs")[1]] == ["same-title"]
    definition, problems = findings(files, overlay="sr")
    assert definition is None
    assert [p.help for p in problems] == ["Known here: rs"]


def test_an_overlay_may_set_right_what_is_wrong_in_the_base() -> None:
    lonely = EXAMPLE["procedure.yaml"].replace(b"authority: Authority}", b"authority: Authority, doctor: Doctor}")
    files = with_overlay("measures: {talk: {who: [doctor]}}\n", EXAMPLE | {"procedure.yaml": lonely})
    assert [p.code for p in findings(files)[1]] == ["role-unused"]
    assert findings(files, overlay="rs")[1] == []


STORY = BASE["scenarios/declines.yaml"]


def test_a_name_in_a_story_of_an_overlay_is_looked_up_in_its_composition() -> None:
    body = f"adds: {{measures: {{care.walk: {{title: Walk, {MEASURE}}}}}}}\n"
    right = STORY.replace("record: talk", "record: walk")
    fine = with_overlay(body, overlays__scenarios__rs_walk=right)
    assert all_findings(fine)[1] == []
    wrong = with_overlay(body, overlays__scenarios__rs_walk=right.replace("record: walk", "record: wlak"))
    found = one(wrong, "no-such-measure")
    assert (found.file, found.line, found.only_with) == ("overlays/scenarios/rs_walk.yaml", 5, ("rs",))
    elsewhere = with_overlay("", overlays__scenarios__rs_walk=right)
    assert one(elsewhere, "no-such-measure").file == "overlays/scenarios/rs_walk.yaml"


def test_a_story_of_no_overlay_is_never_told_and_that_is_a_finding() -> None:
    found = one(with_overlay("", overlays__scenarios__sr_walk=STORY), "no-such-overlay")
    assert (found.file, found.help) == ("overlays/scenarios/sr_walk.yaml", "Known here: rs")


def test_a_story_of_several_overlays_together_is_checked_on_all_of_them() -> None:
    body = f"adds: {{measures: {{care.walk: {{title: Walk, {MEASURE}}}}}}}\n"
    told = STORY.replace("record: talk", "record: walk")
    files = with_overlay("", profiles__quiet=profile("quiet", body)) | {
        "overlays/scenarios/rs+quiet_walk.yaml": told.encode()
    }
    assert all_findings(files)[1] == []


def test_texts_of_an_overlay_are_read_as_all_others_are() -> None:
    assert one(with_overlay("notes: [TODO]\n"), "unfinished-text").file == "overlays/rs.yaml"


def test_overlays_are_looked_at_by_themselves_where_the_base_has_errors() -> None:
    broken = EXAMPLE | {"care.yaml": EXAMPLE["care.yaml"].replace(b"initial: new", b"initial: nwe")}
    codes = {(p.file, p.code) for p in all_findings(with_overlay("clokcs: {}\n", broken))[1]}
    assert {("care.yaml", "no-such-state"), ("overlays/rs.yaml", "unknown-key")} <= codes


def test_the_shipped_overlays_and_their_stories_are_fine() -> None:
    assert all_findings(TRM)[1] == []
    numbers = count()
    assert [next(numbers) for name in TRM if name.startswith("overlays/scenarios/")]
