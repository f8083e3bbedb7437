"""The bar that a command shows on a terminal while it counts towards an end."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Told = Callable[[int, int, str], None]
"""How many steps are done, of how many, and what is done now."""


@contextmanager
def bar_of(what: str) -> Iterator[Told]:
    """A bar on a terminal; nothing where the output goes into a file."""
    if not sys.stderr.isatty():
        yield lambda done, total, name: None
        return
    from rich.console import Console  # takes a tenth of a second, which nobody waits for who sees no bar
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total, name: bar.update(task, completed=done, total=total, description=name)
