"""`caseway queue`: what is overdue, due soon, owed abroad, stuck or unassigned, as tables or as JSON."""

import json
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.markup import escape

from cli.cases import Cursor, Format, Limit, a_table, ask, day, show

app = typer.Typer(help="The queues of supervisors.", no_args_is_help=True)
Country = Annotated[str | None, typer.Option(help="two capital letters")]
Sop = Annotated[str | None, typer.Option(help="only this SOP")]
Responsible = Annotated[str | None, typer.Option(help="a user's id, or `me`")]
Role = Annotated[str | None, typer.Option(help="only what this role owes")]
Filter = Annotated[str | None, typer.Option("--filter", help="a saved filter, by name or `owner:name`")]
Statutory = Annotated[
    bool | None, typer.Option("--statutory/--targets", help="only what is law, or only internal targets")
]


def _of_clocks(queue: str, said: str) -> None:
    """A command for a queue of clocks that takes every choice."""

    def command(
        country: Country = None,
        sop: Sop = None,
        responsible: Responsible = None,
        role: Role = None,
        statutory: Statutory = None,
        filter_: Filter = None,
        limit: Limit = 50,
        cursor: Cursor = None,
        format_: Format = "table",
    ) -> None:
        asked = {"country": country, "sop": sop, "responsible": responsible, "role": role, "filter": filter_}
        _clocks(queue, {**asked, "statutory": _spelt(statutory), "cursor": cursor, "limit": limit}, format_)

    app.command(queue, help=said)(command)


_of_clocks("overdue", "What is overdue now: law first, then the longest overdue. Exit 2 could not run.")
_of_clocks("due-soon", "What is due within five working days of the authority that owes. Exit 2 could not run.")


@app.command()
def abroad(
    country: Country = None,
    sop: Sop = None,
    responsible: Responsible = None,
    filter_: Filter = None,
    limit: Limit = 50,
    cursor: Cursor = None,
    format_: Format = "table",
) -> None:
    """What is owed in another country, due or not. Exit 2 could not run."""
    asked = {
        "country": country,
        "sop": sop,
        "responsible": responsible,
        "cursor": cursor,
        "filter": filter_,
        "limit": limit,
    }
    _clocks("abroad", asked, format_)


@app.command()
def stuck(
    kind: Annotated[
        Literal["technical", "procedural", "waiting", "idle"] | None, typer.Option(help="only this kind")
    ] = None,
    country: Country = None,
    sop: Sop = None,
    responsible: Responsible = None,
    filter_: Filter = None,
    limit: Limit = 50,
    cursor: Cursor = None,
    format_: Format = "table",
) -> None:
    """What is stuck, with the chain of causes and what can be done. Exit 2 could not run."""
    asked = {
        "kind": kind,
        "country": country,
        "sop": sop,
        "responsible": responsible,
        "cursor": cursor,
        "filter": filter_,
    }
    page = ask("/v1/supervision/stuck", {**asked, "limit": limit})
    if format_ == "json":
        print(json.dumps(page, indent=1, ensure_ascii=False))
        return
    table = a_table("kind", "case", "since", "why, and what to do")
    for line in page["lines"]:
        chain = "\n".join(f"{cause['text']} {cause['remedy']}" for cause in line["causes"])
        table.add_row(line["kind"], line["case"], day(line["since"]), escape(f"{chain}\n{_calls(line)}".strip()))
    show(table, page)
    if (engine := page["engine"]) is not None:
        said = "A worker takes work." if engine["workers"] else "No worker takes work: start one."
        print(said if engine["asked"] else "The engine did not answer: technical trouble is known only in part.")


@app.command()
def unassigned(
    country: Country = None,
    responsible: Responsible = None,
    filter_: Filter = None,
    limit: Limit = 50,
    cursor: Cursor = None,
    format_: Format = "table",
) -> None:
    """Open cases that were offered and not taken, or whose responsible person is nobody here. Exit 2 could not run."""
    asked = {"country": country, "responsible": responsible, "cursor": cursor, "filter": filter_, "limit": limit}
    page = ask("/v1/supervision/unassigned", asked)
    if format_ == "json":
        print(json.dumps(page, indent=1, ensure_ascii=False))
        return
    table = a_table("case", "country", "why", "responsible", "offered to", "since")
    for line in page["cases"]:
        table.add_row(
            *(line["case"], line["country"], line["why"], line["responsible"], line["offered_to"] or ""),
            day(line["since"]),
        )
    show(table, page)


@app.command()
def summary(
    country: Country = None,
    sop: Sop = None,
    responsible: Responsible = None,
    filter_: Filter = None,
    format_: Format = "table",
) -> None:
    """How much is open, overdue, due soon and stuck, by country and SOP. Exit 2 could not run."""
    asked = {"country": country, "sop": sop, "responsible": responsible, "filter": filter_}
    found = ask("/v1/supervision/summary", asked)
    if format_ == "json":
        print(json.dumps(found, indent=1, ensure_ascii=False))
        return
    counts = [name for name in found["total"] if name not in ("name", "title")]
    table = a_table("", *(name.replace("_", " ") for name in counts))
    for row in (*found["by_country"], *found["by_sop"], found["total"]):
        table.add_row(row["title"], *("not shown" if row[name] is None else str(row[name]) for name in counts))
    console = Console(highlight=False)
    console.print(table)
    stays = a_table("state", "now", "median days so far", "nine of ten")
    for one in found["stays"]:
        figures = (one["count"], one["median_days"], one["p90_days"])
        stays.add_row(f"{one['sop_title']}: {one['state_title']}", *(str(n) if n is not None else "" for n in figures))
    console.print(stays)


@app.command()
def compliance(
    since: Annotated[str | None, typer.Option(help="the first month, `2026-01`")] = None,
    until: Annotated[str | None, typer.Option(help="the last month")] = None,
    country: Country = None,
    sop: Sop = None,
    filter_: Filter = None,
    format_: Format = "table",
) -> None:
    """Whether the time of the law was kept, by month, and whether other countries answer. Exit 2 could not run."""
    asked = {"since": since, "until": until, "country": country, "sop": sop, "filter": filter_}
    found = ask("/v1/supervision/compliance", asked)
    if format_ == "json":
        print(json.dumps(found, indent=1, ensure_ascii=False))
        return
    counts = ("count", "in_time", "late", "overdue", "running", "share")
    table = a_table("from", "what", *(name.replace("_", " ") for name in counts))
    for one in (*found["law"], *found["answers"]):
        begins = one.get("cohort", "")
        title = one.get("title") or f"answers of {one['counterpart'] or 'a country not recorded'}"
        table.add_row(begins, escape(title), *("" if one[name] is None else str(one[name]) for name in counts))
    Console(highlight=False).print(table)


def _clocks(queue: str, asked: dict[str, Any], format_: str) -> None:
    page = ask(f"/v1/supervision/{queue}", asked)
    if format_ == "json":
        print(json.dumps(page, indent=1, ensure_ascii=False))
        return
    table = a_table("case", "country", "what", "due", "set by", "owed by", "told")
    for line in page["clocks"]:
        owed = " or ".join(role["title"] for role in line["owed_by"])
        where = "" if line["abroad"] is None else f" in {line['abroad'] or 'another country'}"
        last = {one["title"]: day(one["at"]) for one in line["told"]}
        told = "; ".join(f"{title} {moment}" for title, moment in last.items())
        table.add_row(
            *(line["case"], line["country"], escape(line["title"]), day(line["due"]), _law(line)),
            *(escape(f"{owed}{where} ({line['responsible']})"), escape(told)),
        )
    show(table, page)


def _law(line: dict[str, Any]) -> str:
    source = line["source"] or {}
    if not line["statutory"]:
        return "our target"
    return escape(f"law: {source.get('law') or 'not named'}{', ' + source['article'] if source.get('article') else ''}")


def _calls(line: dict[str, Any]) -> str:
    named = (f"{one['call']} {one['name'] or ''}".strip() for one in line["actions"])
    said = ", ".join(named)
    return f"Calls: {said}" if said else ""


def _spelt(answer: bool | None) -> str | None:
    return None if answer is None else str(answer).lower()
