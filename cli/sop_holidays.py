"""`caseway sop holidays`: a country's public holidays as plain dates, ready to be put into its overlay."""

from datetime import date
from importlib.metadata import version
from typing import Annotated

import holidays
import typer

Country = Annotated[str, typer.Argument(help="two capital letters, or XK")]


def print_holidays(
    country: Country,
    first: Annotated[int, typer.Option("--from", help="the first year")] = 2026,
    last: Annotated[int, typer.Option("--until", help="the last year")] = 2028,
) -> None:
    """Print the calendar's `holidays:` and its source; what is only estimated says so. Exit 2 where none are known."""
    if country not in holidays.list_supported_countries() or not 1970 <= first <= last <= 2100:
        print(
            f"No holidays are known for {country} from {first} to {last}. Give two capital letters, and years in order."
        )
        raise typer.Exit(2)
    print(block_of(country, first, last))


def block_of(country: str, first: int, last: int) -> str:
    """The lines of the overlay, indented as they stand there."""
    lines = ["  holidays:"]
    lines += [
        f"    {_quoted(name)}: [{', '.join(map(str, days))}]" for name, days in named_days(country, first, last).items()
    ]
    lines += [
        "  source:",
        f"    document: Python package holidays {version('holidays')}, nationwide days of {first} to {last} only",
        "    evidence: K",
    ]
    return "\n".join(lines)


def named_days(country: str, first: int, last: int) -> dict[str, list[date]]:
    """Each nationwide holiday with its dates; days given instead of a weekend stand under the same name."""
    found: dict[str, list[date]] = {}
    days = holidays.country_holidays(country, years=range(first, last + 1), language="en_US")
    for day, names in sorted(days.items()):
        for name in names.split("; "):
            plain = name.replace(" (observed)", "").replace(" (observed, estimated)", " (estimated)")
            found.setdefault(plain, []).append(day)
    return found


def _quoted(name: str) -> str:
    return f'"{name}"' if any(sign in name for sign in ":#{}[],&*!|>%@`") else name
