"""The drawings of a version: laid out once when it is published, and kept with it."""

import asyncio
import os

import structlog

from api.graphviz import DrawingUnavailable, draw
from sop.model import Definition
from workshop.diagram import WHOLE, dot
from workshop.svg import NotADrawing, finished

_log = structlog.get_logger("api")


async def picture_of(definition: Definition, sop: str) -> str:
    """The finished drawing of one SOP, or of all under an empty name; `DrawingUnavailable` where that cannot be."""
    try:
        return finished(await draw(dot(definition, sop)), definition, sop)
    except NotADrawing:
        raise DrawingUnavailable("The drawing program made something that is no drawing.") from None


async def pictures_of(definition: Definition) -> dict[str, str]:
    """Every drawing of a version by SOP; none where nothing can draw, for a version is published all the same."""
    processors = asyncio.Semaphore(os.cpu_count() or 1)

    async def one(sop: str) -> str:
        async with processors:
            return await picture_of(definition, sop)

    sops = (WHOLE, *definition.sops)
    drawn = await asyncio.gather(*map(one, sops), return_exceptions=True)
    for picture in drawn:
        if isinstance(picture, DrawingUnavailable):
            _log.warning("version not drawn", procedure=definition.head.procedure, why=str(picture))
            return {}
        if isinstance(picture, BaseException):
            raise picture
    return dict(zip(sops, map(str, drawn), strict=True))
