"""The table of countries says which law, what is our default, and what comes from the base."""

import pytest

from cli.folders import SHIPPED, files_of
from sop.problems import DefinitionInvalid
from workshop.national import PERMIT, REFLECTION, Country, countries

FILES = files_of(SHIPPED / "trm")


@pytest.fixture(scope="module")
def found() -> dict[str, Country]:
    return {country.code: country for country in countries(FILES)}


def test_every_country_has_one_line_for_each_law(found: dict[str, Country]) -> None:
    assert {
        code: len(country.of(REFLECTION)) for code, country in found.items() if len(country.of(REFLECTION)) > 1
    } == {
        "GB": 2,
        "GR": 2,
    }
    assert all(len(country.of(PERMIT)) == 1 for country in found.values())


def test_an_extension_that_no_law_gives_is_called_ours(found: dict[str, Country]) -> None:
    said = {code: found[code].of(REFLECTION)[0].extension for code in ("RS", "SI", "FR")}
    assert said == {"RS": "30 days, up to 6 times (our default)", "SI": "3 months, once", "FR": "none"}


def test_what_is_different_for_a_child_is_said_in_words(found: dict[str, Country]) -> None:
    said = {code: found[code].of(REFLECTION)[0].child for code in ("HR", "GR", "XK", "BG", "RS")}
    assert said == {
        "HR": "90 days",
        "GR": "3 months; longer by 2 months, once",
        "XK": "30 days to 90 days; longer by 30 days, up to 6 times (our default)",
        "BG": "does not apply; another measure instead",
        "RS": "as for adults",
    }


def test_what_a_country_does_not_say_is_what_the_base_says(found: dict[str, Country]) -> None:
    (italy,) = found["IT"].of(REFLECTION)
    assert (italy.length, italy.evidence) == ("at least 30 days", "V")
    assert italy.law.startswith("Council of Europe Convention")
    assert found["RS"].of(REFLECTION)[0].ends_early.endswith("(those of the base)")


def test_dates_are_shown_where_they_are_known(found: dict[str, Country]) -> None:
    assert [value.in_force for value in found["GB"].of(REFLECTION)] == ["from 2023-01-30", "until 2023-01-29"]
    assert found["RS"].of(REFLECTION)[0].in_force == "dates not known"


def test_an_overlay_with_errors_is_no_line_of_a_table() -> None:
    wrong = FILES | {"overlays/rs.yaml": FILES["overlays/rs.yaml"].replace(b"fixed: 90 days", b"fixed: 9 days")}
    with pytest.raises(DefinitionInvalid):
        countries(wrong)
