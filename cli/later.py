"""Groups of commands that are loaded when one of them is asked for: everything else answers without them."""

from collections.abc import Callable
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command


def later(load: Callable[[], typer.Typer], help_: str) -> typer.Typer:
    """A group whose commands are those of the application that `load` gives."""

    class Later(TyperGroup):
        """The group, with the commands of another one."""

        def list_commands(self, ctx: Any) -> list[str]:
            return self._real().list_commands(ctx)

        def get_command(self, ctx: Any, cmd_name: str) -> Any:
            return self._real().get_command(ctx, cmd_name)

        def _real(self) -> TyperGroup:
            group = get_command(load())
            assert isinstance(group, TyperGroup)  # noqa: S101 - an application of several commands is a group
            return group

    group = typer.Typer(cls=Later, help=help_, no_args_is_help=True)
    group.callback(help=help_)(_group)
    return group


def _group() -> None:
    """Nothing of its own: what is asked for is one of its commands."""
