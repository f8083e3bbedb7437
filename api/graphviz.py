"""Having a layout drawn: by Graphviz's `dot` where the machine has it, otherwise by `graphviz-pure` from PyPI."""

import asyncio
import shutil
import sys
from pathlib import Path

SECONDS = 20
"""A drawing that takes longer is given up; the largest procedure that the loader lets through takes about a second."""

REMEDY = (
    "Install Graphviz, on Debian and Ubuntu with apt install graphviz, or the Python package graphviz-pure. "
    "The text form needs neither: ask for format text."
)


class DrawingUnavailable(Exception):
    """Nothing on this machine can draw, or it failed; what to do stands in the text."""

    code = "drawing_unavailable"


def drawing_program() -> str:
    """The program that draws; `DrawingUnavailable` where there is none."""
    beside_python = shutil.which("graphviz-pure", path=str(Path(sys.executable).parent))
    program = shutil.which("dot") or shutil.which("graphviz-pure") or beside_python
    if program is None:
        raise DrawingUnavailable(f"There is no drawing program on this machine. {REMEDY}")
    return program


async def draw(layout: str) -> str:
    """The SVG of a DOT text, as the drawing program gives it; `DrawingUnavailable` where that cannot be."""
    process = await asyncio.create_subprocess_exec(
        drawing_program(),
        "-Tsvg",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        drawn, _ = await asyncio.wait_for(process.communicate(layout.encode()), SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()
        raise DrawingUnavailable(f"Drawing took more than {SECONDS} seconds and was given up.") from None
    if process.returncode:
        raise DrawingUnavailable(f"The drawing program failed. {REMEDY}")
    return drawn.decode()
