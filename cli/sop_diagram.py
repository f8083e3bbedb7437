"""`caseway sop diagram`: a procedure, or one SOP of it, as a picture or as text."""

import asyncio
from pathlib import Path
from typing import Annotated, Literal

import typer

from api.graphviz import DrawingUnavailable, draw
from cli.folders import SHIPPED
from cli.sop_folder import Folder, Overlay, definition_in, write
from sop.model import Definition
from sop.problems import did_you_mean
from workshop.diagram import WHOLE, dot
from workshop.mermaid import mermaid
from workshop.outline import outline
from workshop.svg import finished


def diagram(
    folder: Folder = SHIPPED / "trm",
    sop: Annotated[str, typer.Option(help="one SOP; all of them where none is named")] = WHOLE,
    format_: Annotated[Literal["svg", "dot", "mermaid", "text"], typer.Option("--format")] = "svg",
    out: Annotated[Path | None, typer.Option("-o", "--out", help="the file; the terminal where none is named")] = None,
    overlay: Overlay = None,
) -> None:
    """Draw the states and transitions; exit 1 where the files are no procedure, 2 where it cannot be drawn."""
    definition, _ = definition_in(folder, overlay)
    if sop and sop not in definition.sops:
        print(f"There is no SOP ‘{sop}’. {did_you_mean(sop, set(definition.sops))}")
        raise typer.Exit(2)
    picture = _picture(definition, sop, format_)
    if out:
        write(picture, out)
    else:
        print(picture, end="")


def _picture(definition: Definition, sop: str, format_: str) -> str:
    match format_:
        case "dot":
            return dot(definition, sop)
        case "mermaid":
            return mermaid(definition, sop)
        case "text":
            return outline(definition, sop)
    try:
        return finished(asyncio.run(draw(dot(definition, sop))), definition, sop)
    except DrawingUnavailable as unavailable:
        print(f"{unavailable.code}: {unavailable}")
        raise typer.Exit(2) from None
