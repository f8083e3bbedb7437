"""`caseway cases`: the register of cases and one case, as tables or as JSON, asked at the door."""

import json
from datetime import datetime
from typing import Annotated, Any, Literal

import httpx
import typer
from rich.console import Console
from rich.table import Table

from cli.calling import Refused, call, cannot_run, door

app = typer.Typer(help="Cases, as a supervisor sees them.", no_args_is_help=True)
ROLE = "supervisor"
Format = Annotated[Literal["table", "json"], typer.Option("--format", help="`table` or `json`")]
Limit = Annotated[int, typer.Option(min=1, max=200, help="how many lines")]
Cursor = Annotated[str | None, typer.Option(help="go on where the last page ended")]


@app.command("list")
def list_cases(
    overdue: Annotated[bool, typer.Option("--overdue", help="only cases with something overdue")] = False,
    stuck: Annotated[bool, typer.Option("--stuck", help="only cases that rest longer than expected")] = False,
    closed: Annotated[bool, typer.Option("--closed", help="closed cases instead of open ones")] = False,
    country: Annotated[str | None, typer.Option(help="two capital letters")] = None,
    sop: Annotated[str | None, typer.Option(help="cases with this SOP")] = None,
    state: Annotated[str | None, typer.Option(help="cases that stand in this state")] = None,
    responsible: Annotated[str | None, typer.Option(help="a user's id, or `me`")] = None,
    filter_: Annotated[str | None, typer.Option("--filter", help="a saved filter, by name or `owner:name`")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
    format_: Format = "table",
) -> None:
    """The register of cases, the newest first; `caseway queue` says what is wrong with each. Exit 2 could not run."""
    asked = {"country": country, "sop": sop, "state": state, "responsible": responsible, "cursor": cursor}
    asked["filter"] = filter_
    flags = {"overdue": overdue, "stuck": stuck, "closed": closed}
    page = ask("/v1/cases", {**asked, **{name: "true" for name, on in flags.items() if on}, "limit": limit})
    if format_ == "json":
        print(json.dumps(page, indent=1, ensure_ascii=False))
        return
    table = a_table("case", "country", "opened", "where it stands", "responsible", "next due", "overdue")
    for line in page["cases"]:
        stands = [f"{one['title']}: {one['state_title']}" for one in line["sops"].values() if one["open"]]
        table.add_row(
            *(line["id"], line["country"], day(line["opened_at"]), "; ".join(stands) or "ended", line["responsible"]),
            *(day(line["nearest_due"]), str(line["overdue"] or "")),
        )
    show(table, page)


@app.command("show")
def show_case(
    case_id: Annotated[str, typer.Argument(metavar="ID", help="the code of the case")],
    format_: Format = "table",
) -> None:
    """One case: where it stands, its clocks, what was done. Exit 2 could not run."""
    if not case_id.isalnum():
        cannot_run(f"{case_id!r} is no code of a case: it has 11 letters and digits.")
    case = ask(f"/v1/cases/{case_id}", {})
    if format_ == "json":
        print(json.dumps(case, indent=1, ensure_ascii=False))
        return
    console = Console(highlight=False)
    procedure = case["procedure"]
    console.print(f"{case['id']}  {case['country']}  {procedure['name']} {procedure['version']}", markup=False)
    end = f", closed {day(case['closed_at'])}" if case["closed_at"] else ""
    console.print(f"opened {day(case['opened_at'])}{end}; responsible: {case['responsible']['id']}", markup=False)
    for table in (_sops(case), _clocks(case), _measures(case)):
        if table.row_count:
            console.print()
            console.print(table)


def _sops(case: dict[str, Any]) -> Table:
    table = a_table("SOP", "state", "since")
    for sop in case["sops"].values():
        table.add_row(sop["title"], sop["state_title"] + ("" if sop["open"] else " (ended)"), day(sop["since"]))
    return table


def _clocks(case: dict[str, Any]) -> Table:
    table = a_table("clock", "set by", "status", "due")
    for clock in case["clocks"]:
        status = "overdue" if clock["overdue"] else clock["status"]
        table.add_row(clock["title"], "law" if clock["statutory"] else "target", status, day(clock["due"]))
    return table


def _measures(case: dict[str, Any]) -> Table:
    table = a_table("measure", "status", "at")
    for measure in case["measures"]:
        table.add_row(measure["title"], measure["status"].replace("_", " "), day(measure["at"]))
    return table


def ask(path: str, asked: dict[str, Any]) -> dict[str, Any]:
    """The door's answer to a question; an end with exit code 2 where there is none."""
    given = {name: value for name, value in asked.items() if value is not None}
    with door(ROLE) as client:
        try:
            return call(client, "GET", f"{path}?{httpx.QueryParams(given)}" if given else path)
        except Refused as refused:
            cannot_run(refused.sentence)


def a_table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def show(table: Table, page: dict[str, Any]) -> None:
    """The table, how many lines it has, and how to go on."""
    console = Console(highlight=False)
    console.print(table)
    more = f" Go on with --cursor {page['cursor']}" if page["cursor"] else ""
    lines = "1 line" if table.row_count == 1 else f"{table.row_count} lines"
    console.print(f"{lines}.{more}", markup=False, soft_wrap=True)


def day(moment: str | None) -> str:
    """A moment of an answer, in UTC, to the minute."""
    return f"{datetime.fromisoformat(moment):%Y-%m-%d %H:%M}" if moment else ""
