"""The coordinators' commands, each in a file of its own that is loaded only when the command is called."""

from collections.abc import Callable
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command


def _apply() -> Callable[..., None]:
    from cli.sop_apply import apply

    return apply


def _check() -> Callable[..., None]:
    from cli.sop_check import check

    return check


def _confirm() -> Callable[..., None]:
    from cli.sop_confirm import confirm

    return confirm


def _diagram() -> Callable[..., None]:
    from cli.sop_diagram import diagram

    return diagram


def _diff() -> Callable[..., None]:
    from cli.sop_diff import diff

    return diff


def _docs() -> Callable[..., None]:
    from cli.sop_docs import docs

    return docs


def _explain() -> Callable[..., None]:
    from cli.sop_explain import explain

    return explain


def _holidays() -> Callable[..., None]:
    from cli.sop_holidays import print_holidays

    return print_holidays


def _overlays() -> Callable[..., None]:
    from cli.sop_overlay import print_overlays

    return print_overlays


def _pause() -> Callable[..., None]:
    from cli.sop_pause import pause

    return pause


def _plan() -> Callable[..., None]:
    from cli.sop_plan import plan

    return plan


def _prove() -> Callable[..., None]:
    from cli.sop_prove import sop_prove

    return sop_prove


def _publish() -> Callable[..., None]:
    from cli.sop_publish import publish

    return publish


def _repair() -> Callable[..., None]:
    from cli.sop_repair import repair

    return repair


def _repair_confirm() -> Callable[..., None]:
    from cli.sop_repair import repair_confirm

    return repair_confirm


def _resume() -> Callable[..., None]:
    from cli.sop_pause import resume

    return resume


def _schema() -> Callable[..., None]:
    from cli.sop_schema import schema

    return schema


def _simulate() -> Callable[..., None]:
    from cli.sop_simulate import simulate

    return simulate


def _test() -> Callable[..., None]:
    from cli.sop_test import test

    return test


COMMANDS: dict[str, Callable[[], Callable[..., None]]] = {
    "check": _check,
    "diagram": _diagram,
    "docs": _docs,
    "explain": _explain,
    "schema": _schema,
    "test": _test,
    "simulate": _simulate,
    "diff": _diff,
    "publish": _publish,
    "confirm": _confirm,
    "plan": _plan,
    "apply": _apply,
    "pause": _pause,
    "resume": _resume,
    "repair": _repair,
    "repair-confirm": _repair_confirm,
    "prove": _prove,
    "overlays": _overlays,
    "holidays": _holidays,
}


class Commands(TyperGroup):
    """The group: a command is loaded when it is asked for; only the list of all of them loads all."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.commands: dict[str, Any] = dict.fromkeys(COMMANDS)  # their names, for the list and for what is meant

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        if self.commands[cmd_name] is None:
            alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
            alone.command(cmd_name)(COMMANDS[cmd_name]())
            self.commands[cmd_name] = get_command(alone)
        return self.commands[cmd_name]


app = typer.Typer(cls=Commands, help="What coordinators do with definitions.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """What coordinators do with definitions."""
