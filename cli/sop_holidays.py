"""`caseway sop holidays`: a country's public holidays as plain dates, printed for its overlay or put into it."""

import re
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import holidays
import typer

FIRST, LAST = 2026, 2035
Country = Annotated[str, typer.Argument(help="two capital letters, or XK")]
Named = dict[str, list[date]]
GENERATED = ("covers", "holidays", "parts", "source")
"""The keys of `calendar` that are written anew; zone, corrections and what else stands there is kept."""
CONFESSIONS = ("orthodox", "catholic", "islamic", "hebrew", "protestant")
NO_AUTHORITY = {"DE": ("Augsburg",), "ES": ("Barcelona",), "CH": ("Stadt Zurich",)}
"""Towns that the package lists beside the parts of a country."""
ZONES = {
    "es_cn": "Atlantic/Canary", "es_ce": "Africa/Ceuta", "es_ml": "Africa/Ceuta",
    "ca_ab": "America/Edmonton", "ca_bc": "America/Vancouver", "ca_mb": "America/Winnipeg", "ca_nb": "America/Moncton",
    "ca_nl": "America/St_Johns", "ca_ns": "America/Halifax", "ca_nt": "America/Edmonton", "ca_nu": "America/Iqaluit",
    "ca_pe": "America/Halifax", "ca_sk": "America/Regina", "ca_yt": "America/Whitehorse",
}  # fmt: skip
"""Where the capital of a part has another time zone than that of the country; of other places in it the clock may differ."""


def print_holidays(
    country: Country,
    first: Annotated[int, typer.Option("--from", help="the first year")] = FIRST,
    last: Annotated[int, typer.Option("--until", help="the last year")] = LAST,
    parts: Annotated[
        bool, typer.Option("--parts", help="the parts of the country too, of land and confession")
    ] = False,
    category: Annotated[str | None, typer.Option(help="days of another kind, for example workday")] = None,
    into: Annotated[Path | None, typer.Option(help="the overlay whose calendar is written anew")] = None,
) -> None:
    """Print the calendar's holidays and their source; what is only estimated says so. Exit 2 where none are known."""
    country = country.upper()
    if country not in holidays.list_supported_countries() or not 1970 <= first <= last <= 2100:
        print(
            f"No holidays are known for {country} from {first} to {last}. Give two capital letters, and years in order."
        )
        raise typer.Exit(2)
    problem = _gap(country, first, last, category)
    if problem:
        print(problem)
        raise typer.Exit(2)
    block = block_of(country, first, last, parts=parts, category=category)
    if into is None:
        print(block)
        return
    if not into.is_file() or "\ncalendar:" not in f"\n{into.read_text()}":
        print(f"{into.name} is no overlay with a `calendar:`; write its zone first.")
        raise typer.Exit(2)
    into.write_text(put_into(into.read_text(), block))
    print(f"{into.name}: holidays of {first} to {last}.")


def _gap(country: str, first: int, last: int, category: str | None) -> str | None:
    """What is missing in the package, and how to mend it; None where every year has holidays."""
    known = holidays.country_holidays(country).supported_categories
    if category is not None and category not in known:
        return f"For {country} there are no days of the kind ‘{category}’. There are: {', '.join(known)}."
    listed = {day.year for days in named_days(country, first, last, category=category).values() for day in days}
    empty = sorted(set(range(first, last + 1)) - listed)
    if not empty:
        return None
    others = [one for one in known if one != "public"]
    kinds = f" Otherwise take another kind with --category: {', '.join(others)}." if others else ""
    return (
        f"The package lists no public holiday of {country} for {', '.join(map(str, empty))}. Nothing is guessed.\n"
        f"Where that is right (under martial law Ukraine works on its holidays), write `covers:` and an empty\n"
        f"`holidays: {{}}` by hand, with the source. Where days are missing, list them under `corrections:`, with\n"
        f"their source.{kinds}"
    )


def block_of(country: str, first: int, last: int, *, parts: bool = False, category: str | None = None) -> str:
    """The lines of the overlay, indented as they stand there."""
    nationwide = named_days(country, first, last, category=category)
    lines = [f"  covers: {{from: {first}, until: {last}}}", *_days("  ", nationwide)]
    found = parts_of(country, first, last) if parts else {}
    if found:
        lines.append("  parts:")
        for name, (title, days, without) in found.items():
            lines += [f"    {name}:", f"      title: {_quoted(title)}"]
            lines += [f"      zone: {ZONES[name]}"] if name in ZONES else []
            lines += _days("      ", days) if days else []
            lines += [f"      without: [{', '.join(map(_quoted, without))}]"] if without else []
            lines.append(f"      source: {{document: {_source(first, last)}, evidence: K}}")
    kind = f"days of the kind {category} " if category else "nationwide days "
    lines += ["  source:", f"    document: {_source(first, last)}, {kind}only", "    evidence: K"]
    return "\n".join(lines)


def _source(first: int, last: int) -> str:
    return f"Python package holidays {version('holidays')} for {first} to {last}"


def _days(indent: str, named: Named) -> list[str]:
    return [
        f"{indent}holidays:",
        *(f"{indent}  {_quoted(name)}: [{', '.join(map(str, days))}]" for name, days in named.items()),
    ]


def named_days(
    country: str, first: int, last: int, *, subdivision: str | None = None, category: str | None = None
) -> Named:
    """Each holiday with its dates; days given instead of a weekend stand under the same name."""
    found: Named = {}
    categories = (category,) if category else None
    years = range(first, last + 1)
    days = holidays.country_holidays(country, subdiv=subdivision, years=years, language="en_US", categories=categories)
    for day, names in sorted(days.items()):
        for name in names.split("; "):
            plain = name.replace(" (observed)", "").replace(" (observed, estimated)", " (estimated)")
            found.setdefault(plain, []).append(day)
    return found


def parts_of(country: str, first: int, last: int) -> dict[str, tuple[str, Named, list[str]]]:
    """By the name of the part: its title, its days beside those of the country, and the country's that it does not keep.

    A day of the country that only falls away in some years is listed whole on the side of the part.
    """
    package = holidays.country_holidays(country)
    nationwide = named_days(country, first, last)
    found: dict[str, tuple[str, Named, list[str]]] = {}
    for code, titles in sorted(package.get_subdivision_aliases().items()):
        if code in NO_AUTHORITY.get(country, ()):
            continue
        there = named_days(country, first, last, subdivision=code)
        kept = {day for days in there.values() for day in days}
        without = [name for name, days in nationwide.items() if not set(days) <= kept]
        common = {day for name, days in nationwide.items() if name not in without for day in days}
        own = {name: [day for day in days if day not in common] for name, days in there.items()}
        own = {name: days for name, days in own.items() if days}
        found[f"{country.lower()}_{code.lower()}"] = (titles[0] if titles else code, own, without)
    for confession in CONFESSIONS:
        if confession in package.supported_categories:
            listed = named_days(country, first, last, category=confession)
            known = {day for days in nationwide.values() for day in days}
            own = {name: [day for day in days if day not in known] for name, days in listed.items()}
            own = {name: days for name, days in own.items() if days}
            title = f"Those of {confession.capitalize()} faith"
            found[f"{country.lower()}_{confession}"] = (title, own, [])
    return found


def put_into(overlay: str, block: str) -> str:
    """The text of the overlay with the generated part of its calendar written anew; everything else stays."""
    lines = overlay.splitlines()
    start = lines.index("calendar:")
    end = next((n for n in range(start + 1, len(lines)) if re.match(r"[^\s#]", lines[n])), len(lines))
    while end > start + 1 and not lines[end - 1].strip():
        end -= 1
    kept: list[str] = []
    keeping = True
    for line in lines[start + 1 : end]:
        if found := re.match(r"  ([a-z-]+):", line):
            keeping = found[1] not in GENERATED
        if keeping:
            kept.append(line)
    return "\n".join([*lines[: start + 1], *kept, *block.splitlines(), *lines[end:]]) + "\n"


def _quoted(name: str) -> str:
    return f'"{name}"' if any(sign in name for sign in ":#{}[],&*!|>%@`") else name
