"""The coordinators' commands, each in a file of its own."""

import typer

from cli.lazy import group_of

COMMANDS = {
    "check": "cli.sop_check:check",
    "count": "cli.sop_count:count",
    "diagram": "cli.sop_diagram:diagram",
    "docs": "cli.sop_docs:docs",
    "explain": "cli.sop_explain:explain",
    "schema": "cli.sop_schema:schema",
    "test": "cli.sop_test:test",
    "simulate": "cli.sop_simulate:simulate",
    "diff": "cli.sop_diff:diff",
    "publish": "cli.sop_publish:publish",
    "confirm": "cli.sop_confirm:confirm",
    "plan": "cli.sop_plan:plan",
    "apply": "cli.sop_apply:apply",
    "pause": "cli.sop_pause:pause",
    "resume": "cli.sop_pause:resume",
    "repair": "cli.sop_repair:repair",
    "repair-confirm": "cli.sop_repair:repair_confirm",
    "prove": "cli.sop_prove:sop_prove",
    "overlays": "cli.sop_overlay:print_overlays",
    "holidays": "cli.sop_holidays:print_holidays",
}

app = typer.Typer(cls=group_of(COMMANDS), help="What coordinators do with definitions.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """What coordinators do with definitions."""
