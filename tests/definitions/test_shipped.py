"""The shipped procedure: without findings, proven by its stories, complete against Table 2 and Annex I, honest about law."""

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cli.folders import SHIPPED, files_of
from sop.clocks import Clock, Source
from sop.loader import examine, load
from sop.model import Definition
from sop.procedure import compile_procedure
from sop.walk import walk
from workshop.check import findings
from workshop.stories import Told, tell_all

TABLE_2 = {
    "ID": 6, "FA": 4, "LT": 4, "RT": 7, "CP": 5,
}  # fmt: skip
"""The 26 measures of the overview (Table 2): identification, first assistance, long term, return, proceedings."""

# Annex I, the draft template for transnational referral: section, number of fields, and words of each, in its order.
ANNEX: dict[str, list[str]] = {
    "head": ["date"]
    + [f"{what}.*exploitation" for what in ("organisation", "contact", "address", "telephone", "fax", "mobile", "mail", "skype")]
    + [f"{what}.*origin" for what in ("organisation", "contact", "address", "telephone", "fax", "mobile", "mail", "skype")]
    + ["consent that data are shared", "comments on the consent to share"],
    "consent": ["^consent to return", "comments on the consent to return"],
    "1.1": [
        "name.*previous", "sex.*male.*female.*other", "place of birth", "date of birth", "age.*over 18.*under 18", "estimate of the age",
        "^address", "country of residence", "citizenship", "marital|single.*married.*divorced.*widow.*partnership",
        "valid travel document", "passport.*laissez-passer.*identity card", "comments on the travel document", "identity confirmed$",
        "confirmed by.*police.*embassy.*municipality.*other", "confirmed by \\(other\\)", "comments on the identity",
        "children to be returned$", "children to be returned.*attached", "languages", "reflection period provided", "start date", "end date",
    ],
    "1.2": [
        "type of exploitation.*sexual.*labour.*begging.*organs.*adoption.*delinquency.*another",
        "type of exploitation \\(other\\)", "comments on the exploitation",
        "recruitment.*contact.*advertisement.*travel agency.*employment agency.*family member.*abduction.*other.*unknown",
        "recruitment \\(other\\)", "comments on the recruitment", "country of recruitment", "countries of transit",
        "^countries of exploitation", "exploitation began", "got out", "country of identification", "formal identification",
        "date of identification", "trafficked before", "previous exploitation",
    ],
    "2.1": ["basic needs.*accommodation.*medical.*psychological.*interpretation.*contact with family.*legal adviser.*guardian", "comments on basic needs"],
    "2.2": ["temporary residence permit.*obtained.*procedure started", "legal representative", "other procedures"],
    "2.3": ["safety measures.*shelter.*victim protection.*physical protection.*third country.*other", "safety measures \\(other\\)"],
    "3.1": ["accommodation.*shelter.*own family.*alternative", "basic needs.*medical.*psychological.*contact.*legal adviser.*guardian", "other assistance"],
    "3.2": ["medical history", "chronic", "addiction", "prescription", "comments on health"],
    "3.3": ["risk assessment", "may cause harm.*family member.*partner.*friend.*community.*other", "may cause harm \\(other\\)", "location", "comments on safety"],
    "3.4": ["trafficked again.*very high.*high.*medium.*low", "risk assessment carried out", "cooperation.*person.*relatives.*authorities", "comments on the risk"],
    "4": ["wishes to enter", "information on the programme"],
    "5": ["date and time of arrival", "by air", "by land", "by sea", "escort", "security measures", "medical treatment", "receiving person"],
    "6.1": ["accommodation.*shelter.*own family.*alternative.*other", "accommodation \\(other\\)", "comments on accommodation"],
    "6.2": [
        f"{service}.*: {part}"
        for service in ("medical", "psychological", "education", "vocational", "job placement", "financial", "housing",
                        "interpretation", "family mediation", "family therapy")
        for part in ("offered", "accepted", "comments")
    ] + ["regular contact with the family", "comments on contact"],
    "6.3": ["identity documents.*guardian.*insurance card.*counselling.*representation.*other", "administrative assistance \\(other\\)"],
    "6.4": ["safety measures applied"],
    "7.1": ["case initiated", "civil.*criminal", "statement taken", "testified", "claim filed", "compensation obtained",
            "court decision.*sentenced.*released.*underway", "legal status", "comments"],
    "7.2": ["case initiated", "statement taken", "testified", "claim filed", "compensation obtained", "court decision.*sentenced.*released"],
    "8": ["interpreter.*exploitation", "interpreter.*origin"]
    + 5 * [f"{what}.*{country}" for country in ("exploitation", "origin")
           for what in ("responsible body", "responsible person", "title of", "address", "telephone", "fax", "mail")],
}  # fmt: skip


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return files_of(SHIPPED / "trm")


@pytest.fixture(scope="module")
def definition(files: dict[str, bytes]) -> Definition:
    return load(files)


@pytest.fixture(scope="module")
def told(files: dict[str, bytes], definition: Definition) -> Told:
    return tell_all(compile_procedure(definition), files)


def test_it_has_no_findings_not_even_warnings(files: dict[str, bytes]) -> None:
    assert examine(files)[1] == []
    assert findings(files)[1] == []


def test_every_story_comes_true(told: Told) -> None:
    assert told.problems == []
    assert {name: player.failures for name, player in told.players.items() if player.failures} == {}
    assert len(told.players) >= 30


CANNOT_BE = "holds:return.depart#3.then.1"
"""Nobody departs while missing: where the person is missing, the condition that the person is not never holds."""


def test_the_stories_cover_every_state_step_measure_clock_and_life_event_and_every_condition_both_ways(
    told: Told,
) -> None:
    assert told.coverage.all_missed == (CANNOT_BE,)


def test_every_measure_of_table_2_is_there_exactly_once(definition: Definition) -> None:
    codes = [m.code for sop in definition.sops.values() for m in sop.measures.values() if m.code]
    assert sorted(codes) == sorted(
        f"{part}-{number}" for part, many in TABLE_2.items() for number in range(1, many + 1)
    )
    assert len(codes) == 26


def test_every_measure_says_what_when_who_how(definition: Definition) -> None:
    for sop in definition.sops.values():
        for measure in sop.measures.values():
            assert measure.what
            assert measure.when
            assert measure.who
            assert measure.how


def _annexed(definition: Definition) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for sop in definition.sops.values():
        for measure in sop.measures.values():
            for name, field in (*measure.fields.items(), *measure.results.items()):
                if field.annex:
                    options = list((field.one_of or field.many_of or {}).values())
                    found.setdefault(field.annex, []).append(" ".join([field.title or name, *options]).lower())
    return found


def test_the_sections_of_the_template_are_those_of_annex_i(definition: Definition) -> None:
    assert set(_annexed(definition)) == set(ANNEX)


@pytest.mark.parametrize("section", ANNEX)
def test_every_field_of_the_template_is_carried_once(definition: Definition, section: str) -> None:
    carried = _annexed(definition)[section]
    assert len(carried) == len(ANNEX[section]), carried
    left = list(carried)
    for words in ANNEX[section]:
        hits = [text for text in left if re.search(words, text)]
        assert hits, f"{section}: nothing carries ‘{words}’; left are {left}"
        left.remove(min(hits, key=len))
    assert left == []


def test_names_of_people_are_never_facts(definition: Definition) -> None:
    facts = compile_procedure(definition).words.facts
    for sop in definition.sops.values():
        for measure_name, measure in sop.measures.items():
            for name, field in measure.fields.items():
                title = (field.title or name).lower()
                identifies = re.search(
                    "name of|name and|^name|telephone|fax|mail|address|skype|mobile|date of birth", title
                )
                if identifies:
                    assert f"{measure_name}.{name}" not in facts, title


def _clocks(definition: Definition) -> list[tuple[str, Clock]]:
    return [(f"{sop.sop}.{name}", clock) for sop in definition.sops.values() for name, clock in sop.clocks.items()]


def test_a_statutory_clock_names_its_law_and_any_other_is_our_own_default(definition: Definition) -> None:
    for name, clock in _clocks(definition):
        assert clock.source is not None, name
        if clock.statutory:
            assert clock.source.evidence in ("V", "S", "K"), name
            assert clock.source.law, name
            # National law has no one article; its document says who finds it out.
            assert clock.source.article or clock.source.document, name
        else:
            assert clock.source.evidence == "D", name


def test_what_is_our_default_is_never_shown_as_law(definition: Definition) -> None:
    for part in (definition.head, *definition.sops.values()):
        for path, source in walk(part):
            if not isinstance(source, Source):
                continue
            assert source.law or source.document, path
            if source.evidence == "D":
                assert "default" in (source.document or "").lower(), path
                assert source.law is None or "default" in (source.document or ""), path


def test_reflection_is_never_shorter_than_thirty_days_and_its_end_ends_nothing(definition: Definition) -> None:
    clock = definition.sops["identification"].clocks["reflection"]
    assert clock.statutory
    assert clock.length.floor is not None
    assert clock.length.floor.days == 30
    assert all(v.length.floor and v.length.floor.approximate_days() >= 30 for v in clock.variants)
    assert clock.at_end is not None
    assert clock.at_end.takes is None
    assert clock.ends_early is not None
    assert clock.ends_early.second_person


def test_only_identification_opens_with_the_case_and_every_other_sop_waits_for_nothing(definition: Definition) -> None:
    assert definition.head.starts_with == "identification"
    for name, sop in definition.sops.items():
        if name != "identification":
            assert sop.opens is not None
            assert sop.opens.needs == ()


def test_no_story_and_no_file_names_a_real_person(files: dict[str, bytes]) -> None:
    for name, content in files.items():
        assert not re.search(rb"\+\d{2,3}[ \d]{6,}|@[a-z]+\.[a-z]{2,}", content), name


@settings(max_examples=10, deadline=None, database=None, derandomize=True)
@given(st.data())
def test_a_shipped_file_with_lines_lost_or_doubled_never_raises(data: Any) -> None:
    files = {name: content for name, content in files_of(SHIPPED / "trm").items() if "scenarios/" not in name}
    name = data.draw(st.sampled_from(sorted(files)))
    lines = files[name].splitlines(keepends=True)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(lines) - 1))
        match data.draw(st.sampled_from(["lose", "double", "swap", "dedent", "cut"])):
            case "lose":
                del lines[at]
            case "double":
                lines.insert(at, lines[at])
            case "swap":
                lines[at], lines[at - 1] = lines[at - 1], lines[at]
            case "dedent":
                lines[at] = lines[at].replace(b"  ", b"", 1)
            case "cut":
                lines[at] = lines[at][: len(lines[at]) // 2] + b"\n"
    mutated, problems = examine(files | {name: b"".join(lines)})
    assert mutated is not None or problems
    assert all(problem.line >= 1 and problem.column >= 1 for problem in problems)
    if mutated is not None:
        compile_procedure(mutated)
