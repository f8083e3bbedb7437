"""The shipped national adaptations: complete, clean, honest about what is law, and proven by stories of their own."""

import re
import time
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cli.folders import SHIPPED, files_of
from cli.publish import compositions
from cli.sop_holidays import CONFESSIONS, FIRST, LAST, named_days, parts_of
from sop.clocks import Source
from sop.compositions import overlays_in
from sop.loader import content_hash, examine, examine_all, load, overlay_in
from sop.model import Definition
from sop.overlays import Overlay
from sop.procedure import compile_procedure
from sop.walk import walk
from workshop.playing import play
from workshop.stories import OF_OVERLAYS, scenarios_in, tell_overlay

FILES = files_of(SHIPPED / "trm")
COUNTRIES = [
    "AL",
    "AT",
    "BA",
    "BG",
    "CA",
    "CH",
    "DE",
    "ES",
    "FR",
    "GB",
    "GR",
    "HR",
    "IT",
    "MD",
    "ME",
    "MK",
    "NL",
    "NO",
    "RO",
    "RS",
    "SI",
    "XK",
]
PROFILES = ["child", "contingency", "labour", "mixed_migration", "permit"]
TOLD = sorted({name.split("/")[2].split("_")[0] for name in FILES if name.startswith(OF_OVERLAYS)})

# Length, child, permit and evidence of each country, as the domain research has them (its section 2.4).
RESEARCH: dict[str, tuple[str, str, str, str | None]] = {
    "AL": ("3 months", "set for each case, at most 2 years", "K", "high"),
    "AT": ("at least 30 days", "1 year", "K", "high"),
    "BA": ("30 days", "6 months", "K", "medium"),
    "BG": ("30 days", "set for each case", "V", None),
    "CA": ("180 days", "set for each case, at most 3 years", "V", None),
    "CH": ("at least 30 days", "set for each case", "V", None),
    "DE": ("at least 3 months", "1 year to 2 years", "V", None),
    "ES": ("at least 90 days", "5 years", "K", "high"),
    "FR": ("30 days", "1 year", "V", None),
    "GB": ("at least 30 days", "set for each case", "V", None),
    "GR": ("3 months", "1 year", "V", None),
    "HR": ("60 days", "6 months to 1 year", "K", "medium"),
    "IT": ("at least 30 days", "6 months", "V", None),
    "MD": ("30 days", "6 months", "K", "medium"),
    "ME": ("90 days", "3 months to 1 year", "K", "high"),
    "MK": ("30 days to 2 months", "6 months", "V", None),
    "NL": ("3 months", "1 year", "K", "high"),
    "NO": ("6 months", "set for each case, at most 1 year", "V", None),
    "RO": ("30 days to 90 days", "6 months", "V", None),
    "RS": ("90 days", "6 months to 1 year", "K", "medium"),
    "SI": ("3 months", "6 months to 1 year", "V", None),
    "XK": ("30 days to 90 days", "at least 6 months", "K", "high"),
}


@pytest.fixture(scope="module")
def national() -> dict[str, Definition]:
    return {code: load(FILES, code.lower()) for code in COUNTRIES}


def overlay(code: str) -> Overlay:
    found = overlay_in(FILES, code.lower())
    assert found is not None
    return found


def test_every_composition_is_without_findings_and_none_is_missing() -> None:
    found = examine_all(FILES)
    assert {name: problems for name, (_, problems) in found.items() if problems} == {}
    assert sorted(found) == sorted(["", *(code.lower() for code in COUNTRIES), *PROFILES])


def test_everything_together_is_examined_in_seconds() -> None:
    """The mark is rough, for shared machines; `bench/` measures."""
    begun = time.process_time()
    fresh = {name: content + b"\n" for name, content in FILES.items()}
    assert len(examine_all(fresh)) == 28
    assert time.process_time() - begun < 5


@pytest.mark.parametrize("code", COUNTRIES)
def test_lengths_and_evidence_are_those_of_the_research(national: dict[str, Definition], code: str) -> None:
    reflection = national[code].sops["identification"].clocks["reflection"]
    permit = national[code].sops["first_assistance"].clocks["permit"]
    assert reflection.source is not None
    said = (
        reflection.length.in_words(),
        permit.length.in_words(),
        reflection.source.evidence,
        reflection.source.confidence,
    )
    assert said == RESEARCH[code]
    assert reflection.statutory
    assert permit.statutory


def test_a_child_has_what_the_research_says(national: dict[str, Definition]) -> None:
    clocks = {code: definition.sops["identification"].clocks["reflection"] for code, definition in national.items()}
    variants = {code: [v.length.in_words() for v in clock.variants] for code, clock in clocks.items() if clock.variants}
    assert variants == {
        "GR": ["3 months"],
        "HR": ["90 days"],
        "MK": ["30 days to 2 months"],
        "XK": ["30 days to 90 days"],
    }
    longer = {code: str(clocks[code].variants[0].extend.length) for code in variants if clocks[code].variants[0].extend}  # type: ignore[union-attr]
    assert longer == {"GR": "2 months", "MK": "30 days", "XK": "30 days"}
    assert [code for code, clock in clocks.items() if clock.only_when] == ["BG"]


def test_extensions_and_early_ends_are_those_of_the_research(national: dict[str, Definition]) -> None:
    clocks = {code: definition.sops["identification"].clocks["reflection"] for code, definition in national.items()}
    assert {code for code, clock in clocks.items() if clock.extend is None} == {
        "FR",
        "GR",
        "MK",
        "NL",
        "NO",
        "RO",
        "XK",
    }
    slovenia = clocks["SI"].extend
    assert slovenia is not None
    assert (str(slovenia.length), slovenia.at_most) == ("3 months", 1)
    early = {code: set(clocks[code].ends_early.reasons) for code in ("DE", "FR", "GR", "CH", "BG")}  # type: ignore[union-attr]
    contact, other, order, decided = "contact_resumed_freely", "not_a_victim", "public_order", "decided"
    assert early == {
        "DE": {contact, order},
        "FR": {contact, order},
        "GR": {contact, other, order, decided},
        "CH": {contact, other, order, decided},
        "BG": {decided},
    }


def test_no_country_is_below_the_floor_of_the_convention(national: dict[str, Definition]) -> None:
    for code, definition in national.items():
        clock = definition.sops["identification"].clocks["reflection"]
        for by_law in (clock, *clock.at_other_times):
            for length in (by_law.length, *(variant.length for variant in by_law.variants)):
                least = length.fixed or length.floor
                assert least is not None, code
                assert least.fewest_days() >= 30, code


def test_a_default_of_ours_is_never_shown_as_law(national: dict[str, Definition]) -> None:
    for code, definition in national.items():
        for part in (definition.head, *definition.sops.values()):
            for path, source in walk(part):
                if isinstance(source, Source) and source.evidence == "D":
                    assert "default" in (source.document or "").lower(), (code, path)
        for sop in definition.sops.values():
            for name, clock in sop.clocks.items():
                for by_law in (clock, *clock.at_other_times):
                    if by_law.statutory:
                        assert by_law.source is not None, (code, name)
                        assert by_law.source.evidence != "D", (code, name)
                        assert by_law.source.law, (code, name)


@pytest.mark.parametrize("code", COUNTRIES)
def test_what_is_known_but_not_read_says_so_and_how_sure_we_are(code: str) -> None:
    for changes in overlay(code).clocks.values():
        for change in changes:
            if change.source.evidence == "K":
                assert change.source.confidence, change
                assert "not read again" in (change.source.document or ""), change
    assert overlay(code).unsure
    shown = load(FILES, code.lower()).head.notes
    assert all(f"Not sure: {text}" in shown for text in overlay(code).unsure)


@pytest.mark.parametrize("code", COUNTRIES)
def test_bodies_are_institutions_without_persons_or_addresses(code: str) -> None:
    assert "competent_authority" in overlay(code).bodies
    for body in overlay(code).bodies.values():
        assert not re.search(r"@|\d{5}|\+\d|street|ulica|\bMrs?\b|\bDr\b", body), body


@pytest.mark.parametrize("code", COUNTRIES)
def test_holidays_are_those_of_the_package_in_plain_dates(code: str) -> None:
    """A newer package may know better: write them anew with `caseway sop holidays … --into …`."""
    calendar = overlay(code).calendar
    assert calendar is not None
    assert calendar.covers is not None
    assert (calendar.covers.from_, calendar.covers.until) == (FIRST, LAST)
    assert calendar.holidays == {name: tuple(days) for name, days in named_days(code, FIRST, LAST).items()}
    assert {day.year for days in calendar.holidays.values() for day in days} == set(range(FIRST, LAST + 1))
    zone = load(FILES).head.calendars.get(code)
    assert zone is None or zone.zone == calendar.zone


@pytest.mark.parametrize("code", ["BA", "CA", "CH", "DE", "ES", "GB", "ME"])
def test_the_parts_of_a_country_have_the_days_of_the_package(code: str, national: dict[str, Definition]) -> None:
    """What is composed of the country's days and those of the part is what the package lists for the part."""
    calendar = overlay(code).calendar
    assert calendar is not None
    assert set(calendar.parts) == set(parts_of(code, FIRST, LAST))
    calendars = national[code].head.calendars
    for name, part in calendar.parts.items():
        subdivision = name.split("_")[1].upper()
        if subdivision.lower() in CONFESSIONS:
            nationwide = {day for days in calendar.holidays.values() for day in days}
            listed = named_days(code, FIRST, LAST, category=subdivision.lower())
            expected = nationwide | {day for days in listed.values() for day in days}
        else:
            listed = named_days(code, FIRST, LAST, subdivision=subdivision)
            expected = {day for days in listed.values() for day in days}
        assert set(calendars[name].holidays) == expected, name
        assert calendars[name].zone == (part.zone or calendar.zone)
        assert not part.corrections
    if calendar.chosen_by:
        assert set(national[code].head.facts["seat"].one_of or {}) == set(calendar.parts)


def test_the_designation_of_kosovo_carries_its_note(national: dict[str, Definition]) -> None:
    head = national["XK"].head
    assert "Kosovo*" in head.title
    assert any(note.startswith("* This designation is without prejudice to positions on status") for note in head.notes)
    texts = " ".join(str(part) for part in overlay("XK"))
    assert re.findall(r"Kosovo(?!\*| Declaration)", texts) == []


def test_titles_in_other_languages_are_marked_as_drafts(national: dict[str, Definition]) -> None:
    languages = {
        lang: words.status for definition in national.values() for lang, words in definition.head.texts.items()
    }
    assert set(languages.values()) == {"draft"}
    assert {code for code, definition in national.items() if not definition.head.texts} == {"GB"}


@pytest.mark.parametrize("name", TOLD)
def test_the_stories_of_a_country_come_true(name: str) -> None:
    told = tell_overlay(FILES, name)
    assert told.players
    assert told.problems == []
    assert {file: player.failures for file, player in told.players.items() if player.failures} == {}


def test_stories_are_told_for_the_countries_where_length_and_dates_differ() -> None:
    assert {"rs", "at", "gb", "ch", "xk", "bg", "gr", "fr"} <= set(TOLD)


@pytest.mark.parametrize(
    "name", ["rs_ninety_days", "gb_before_section_61", "gr_child", "bg_child", "xk_within_the_range"]
)
def test_a_story_of_a_country_does_not_come_true_on_the_base(name: str) -> None:
    """Negative control: what the stories show is brought about by the overlay."""
    base = compile_procedure(load(FILES))
    scenarios, problems = scenarios_in(FILES, base, f"{OF_OVERLAYS}{name}")
    assert problems or play(base, next(iter(scenarios.values()))).failures


def test_a_story_told_with_a_wrong_date_fails() -> None:
    name = f"{OF_OVERLAYS}rs_ninety_days.yaml"
    wrong = FILES | {name: FILES[name].replace(b"2026-04-15T00:00:00+02:00", b"2026-04-11T00:00:00+02:00")}
    assert wrong[name] != FILES[name]
    assert tell_overlay(wrong, "rs").players[name].failures


def test_all_profiles_may_be_put_onto_any_country() -> None:
    for code in ("rs", "gb", "gr", "bg"):
        definition, problems = examine(FILES, "+".join([code, "labour", "child", "mixed_migration", "contingency"]))
        assert problems == []
        assert definition is not None
        assert "wage_claim" in definition.sops["proceedings"].measures


def test_a_contingency_touches_no_law_and_no_period() -> None:
    base, reduced = load(FILES), load(FILES, "contingency")
    for sop in base.sops.values():
        for name, clock in sop.clocks.items():
            other = reduced.sops[sop.sop].clocks[name]
            if clock.statutory or clock.kind == "period" or clock.rule:
                assert other == clock, name
            elif other != clock:
                assert other.source is not None
                assert (other.source.in_force_from, other.source.until) == (date(2027, 1, 1), date(2027, 3, 31))
                assert other.at_other_times == (clock,)
        assert reduced.sops[sop.sop].transitions == sop.transitions
    assert set(base.sops["identification"].measures) <= set(reduced.sops["identification"].measures)


def test_what_is_published_is_the_base_and_every_country(national: dict[str, Definition]) -> None:
    published = compositions(FILES)
    assert [definition.head.country for definition in published] == [None, *COUNTRIES]
    assert len({content_hash(definition) for definition in published}) == 23
    assert published[1:] == [national[code] for code in COUNTRIES]


@settings(max_examples=15, deadline=None, database=None, derandomize=True)
@given(st.data())
def test_an_overlay_with_lines_lost_or_doubled_never_raises(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from([n for n in overlays_in(FILES) if f"overlays/{n}.yaml" in FILES]))
    file = f"overlays/{name}.yaml"
    lines = FILES[file].splitlines(keepends=True)
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
    mutated, problems = examine(FILES | {file: b"".join(lines)}, name)
    assert mutated is not None or problems
    assert all(problem.line >= 1 and problem.column >= 1 for problem in problems)
    if mutated is not None:
        compile_procedure(mutated)
