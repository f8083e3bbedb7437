"""The coordinators' commands, each in a file of its own."""

import typer

from cli.sop_apply import apply
from cli.sop_check import check
from cli.sop_confirm import confirm
from cli.sop_count import count
from cli.sop_diagram import diagram
from cli.sop_diff import diff
from cli.sop_docs import docs
from cli.sop_explain import explain
from cli.sop_holidays import print_holidays
from cli.sop_overlay import print_overlays
from cli.sop_pause import pause, resume
from cli.sop_plan import plan
from cli.sop_prove import sop_prove
from cli.sop_publish import publish
from cli.sop_repair import repair, repair_confirm
from cli.sop_schema import schema
from cli.sop_simulate import simulate
from cli.sop_test import test

app = typer.Typer(help="What coordinators do with definitions.", no_args_is_help=True)
for command in (
    check,
    count,
    diagram,
    docs,
    explain,
    schema,
    test,
    simulate,
    diff,
    publish,
    confirm,
    plan,
    apply,
    pause,
    resume,
    repair,
):
    app.command()(command)
app.command("repair-confirm")(repair_confirm)
app.command("prove")(sop_prove)
app.command("overlays")(print_overlays)
app.command("holidays")(print_holidays)
