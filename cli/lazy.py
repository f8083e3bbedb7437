"""Groups of commands whose files are loaded only when a command is called: what coordinators call answers in a moment."""

import importlib
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command


def group_of(places: dict[str, str]) -> type[TyperGroup]:
    """A group whose commands, and groups, stand at `module:name`; those that are registered with it come first."""

    class Commands(TyperGroup):
        def list_commands(self, ctx: Any) -> list[str]:
            return [*(name for name in self.commands if name not in places), *places]

        def get_command(self, ctx: Any, cmd_name: str) -> Any:
            if cmd_name in places and cmd_name not in self.commands:
                self.commands[cmd_name] = _loaded(cmd_name, places[cmd_name])
            return self.commands.get(cmd_name)

    return Commands


def _loaded(name: str, place: str) -> Any:
    module, _, what = place.partition(":")
    found = getattr(importlib.import_module(module), what)
    if not isinstance(found, typer.Typer):
        alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
        alone.command(name)(found)
        found = alone
    command = get_command(found)
    command.name = name
    return command
