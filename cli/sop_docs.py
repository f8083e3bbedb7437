"""`caseway sop docs`: the handbook of a procedure as one HTML file and one PDF."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from api.graphviz import DrawingUnavailable, draw
from cli.calling import waiting
from cli.folders import SHIPPED
from cli.sop_folder import Folder, Overlay, definition_in, folder_for, write
from sop.model import Definition
from sop.procedure import compile_procedure
from workshop.diagram import dot
from workshop.glossary import glossary_in
from workshop.handbook import handbook
from workshop.svg import finished

NO_PANGO = (
    "The PDF needs the library Pango, which this machine lacks: on Debian and Ubuntu, apt install libpango-1.0-0 "
    "libpangoft2-1.0-0 libharfbuzz-subset0. The HTML file can be printed from any browser."
)


def docs(
    out: Annotated[Path, typer.Option(help="the folder that the handbook is written into; made where it is not there")],
    folder: Folder = SHIPPED / "trm",
    no_pdf: Annotated[bool, typer.Option("--no-pdf", help="only the HTML file; the PDF takes some seconds")] = False,
    overlay: Overlay = None,
) -> None:
    """Write handbook.html and handbook.pdf; exit 1 where the files have findings, 2 where one cannot be made."""
    definition, files = definition_in(folder, overlay)
    glossary, problems = glossary_in(files, definition)
    if problems:
        for problem in problems:
            print(f"{problem.file}:{problem.line}:{problem.column} {problem.code} {problem.message}")
        raise typer.Exit(1)
    folder_for(out)
    page = handbook(compile_procedure(definition), glossary, _drawings(definition))
    write(page, out / "handbook.html")
    if not no_pdf:
        with waiting("the PDF is set"):
            write(pdf(page), out / "handbook.pdf")
    print(f"handbook.html{'' if no_pdf else ' and handbook.pdf'} written into {out.name}.")


def pdf(page: str) -> bytes:
    """The page on paper, tagged for screen readers; exit 2 with one sentence where a library is missing."""
    try:
        import weasyprint  # takes half a second, and fails where Pango is missing
    except OSError:
        print(NO_PANGO)
        raise typer.Exit(2) from None
    nothing_from_outside = weasyprint.urls.URLFetcher(allowed_protocols=(), allow_redirects=False)
    printed: bytes = weasyprint.HTML(string=page, url_fetcher=nothing_from_outside).write_pdf(pdf_variant="pdf/ua-1")
    return printed


def _drawings(definition: Definition) -> dict[str, str]:
    """The drawing of each SOP; where this machine cannot draw, the handbook has the lists alone and says so."""
    try:
        return {name: finished(asyncio.run(draw(dot(definition, name))), definition, name) for name in definition.sops}
    except DrawingUnavailable as unavailable:
        print(f"The handbook has lists in place of pictures. {unavailable}")
        return {}
