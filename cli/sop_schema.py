"""`caseway sop schema`: the JSON Schemas of the files, for editors."""

from pathlib import Path
from typing import Annotated

import typer

from cli.sop_folder import folder_for, write
from sop.problems import did_you_mean
from workshop.files import FILES
from workshop.schemas import as_text, schema_of


def schema(
    part: Annotated[
        str, typer.Argument(help="the kind of file: procedure, sop, ...; the list where none is named")
    ] = "",
    out: Annotated[
        Path | None, typer.Option(help="write every schema into this folder instead; made where it is not there")
    ] = None,
) -> None:
    """Print the schema of one kind of file, or write all of them; exit 2 where there is no such kind."""
    if part and part not in FILES:
        print(f"There is no kind of file ‘{part}’. {did_you_mean(part, set(FILES))}")
        raise typer.Exit(2)
    if out:
        folder_for(out)
        for kind in [part] if part else FILES:
            write(as_text(schema_of(kind)), out / f"{kind}.schema.json")
    elif part:
        print(as_text(schema_of(part)), end="")
    else:
        for kind, (_, place) in FILES.items():
            print(f"{kind}: {place}")
