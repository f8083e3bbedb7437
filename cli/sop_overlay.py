"""`caseway sop overlays`: what the national adaptations say."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.table import Table

from cli.folders import SHIPPED, files_of
from sop.problems import DefinitionInvalid
from workshop.national import PERMIT, REFLECTION, Country, LegalValue, countries

Folder = Annotated[Path, typer.Argument(help="the folder of a procedure", show_default="the shipped procedure")]
Format = Annotated[Literal["full", "markdown", "json"], typer.Option("--format", help="for people, pages, or programs")]


def print_overlays(folder: Folder = SHIPPED / "trm", format_: Format = "full") -> None:
    """Show the national adaptations: which law, how sure it is, what is our default; exit 1 where one has errors."""
    if not folder.is_dir():
        print(f"There is no folder {folder.name}.")
        raise typer.Exit(2)
    try:
        found = countries(files_of(folder))
    except DefinitionInvalid as invalid:
        print(f"The definitions have {invalid}: run `caseway sop check`.")
        raise typer.Exit(1) from None
    if format_ == "json":
        print(json.dumps([asdict(country) for country in found], indent=1, ensure_ascii=False))
    elif format_ == "markdown":
        print(as_markdown(found))
    else:
        _print_table(found)


def as_markdown(found: list[Country]) -> str:
    """The tables of docs/overlays.md."""
    lines = ["### The reflection period", ""]
    heads = ("country", "length", "counts from", "extension", "child", "early end", "law", "evidence", "in force")
    lines += _rows(heads, [(country, value) for country in found for value in country.of(REFLECTION)])
    lines += ["", "### The residence permit", ""]
    lines += _rows(("country", "length", "law", "evidence", "in force"), [(c, v) for c in found for v in c.of(PERMIT)])
    lines += ["", "### Who holds which role", "", "| country | role | body |", "|---|---|---|"]
    lines += [f"| {c.title} | {role} | {body} |" for c in found for role, body in c.bodies.items()]
    lines += [
        "",
        "### Calendars and languages",
        "",
        "| country | zone | listed holidays | titles in |",
        "|---|---|---|---|",
    ]
    lines += [f"| {c.title} | {c.zone} | {c.holidays} | {_languages(c)} |" for c in found]
    lines += ["", "### What is not sure, and what users are told", ""]
    for country in found:
        lines += [f"**{country.title}**", ""]
        lines += [f"- Not sure: {text}" for text in country.unsure]
        lines += [f"- {text.replace('*', chr(92) + '*')}" for text in country.notes]
        lines.append("")
    return "\n".join(lines).rstrip()


def _rows(heads: tuple[str, ...], values: list[tuple[Country, LegalValue]]) -> list[str]:
    """One line for each law, with the columns that the heads name."""
    keys = [head.replace("early end", "ends_early").replace(" ", "_") for head in heads[1:]]
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for country, value in values:
        cells = [country.title, *(str(getattr(value, key)) for key in keys)]
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def _languages(country: Country) -> str:
    return ", ".join(f"{language} ({status})" for language, status in country.languages.items()) or "English"


def _print_table(found: list[Country]) -> None:
    table = Table("country", "reflection", "child", "permit", "evidence", "not sure", title="National adaptations")
    for country in found:
        reflection, permit = country.of(REFLECTION), country.of(PERMIT)
        table.add_row(
            f"{country.code} {country.title}",
            "\n".join(value.length for value in reflection),
            "\n".join(value.child for value in reflection),
            "\n".join(value.length for value in permit),
            "\n".join(value.evidence for value in reflection),
            str(len(country.unsure)),
        )
    Console(highlight=False).print(table)
    print("Evidence: V read, K known but not read again (and how sure), D our default. More: --format markdown")
