"""Groups of commands of which each is loaded only when it is called: a command answers as fast as it alone can."""

from collections.abc import Callable, Mapping
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

Loader = Callable[[], Callable[..., None] | typer.Typer]


def lazily(loaders: Mapping[str, Loader]) -> type[TyperGroup]:
    """The group with these commands, or groups of commands, beside those that it has itself."""

    class Commands(TyperGroup):
        """Only the list of all commands loads all."""

        def __init__(self, **given: Any) -> None:
            super().__init__(**given)
            # their names alone, for the list and for what is meant by a misspelt one
            self.commands: dict[str, Any] = {**self.commands, **dict.fromkeys(loaders)}

        def list_commands(self, ctx: Any) -> list[str]:
            return list(self.commands)

        def get_command(self, ctx: Any, cmd_name: str) -> Any:
            if cmd_name in loaders and self.commands[cmd_name] is None:
                self.commands[cmd_name] = _made(cmd_name, loaders[cmd_name]())
            return self.commands.get(cmd_name)

    return Commands


def _made(name: str, loaded: Callable[..., None] | typer.Typer) -> Any:
    if isinstance(loaded, typer.Typer):
        group = get_command(loaded)
        group.name = name
        return group
    alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    alone.command(name)(loaded)
    return get_command(alone)
