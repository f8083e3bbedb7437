"""The drawings of a version: laid out once when it is published, and kept with it."""

import asyncio

import structlog

from api.graphviz import DrawingUnavailable, draw
from sop.model import Definition
from workshop.diagram import WHOLE, dot
from workshop.svg import NotADrawing, finished

_log = structlog.get_logger("api")
_one_at_a_time = asyncio.Lock()
"""A drawing program takes a processor for itself, and there are few."""


async def picture_of(definition: Definition, sop: str) -> str:
    """The finished drawing of one SOP, or of all under an empty name; `DrawingUnavailable` where that cannot be."""
    async with _one_at_a_time:
        try:
            return finished(await draw(dot(definition, sop)), definition, sop)
        except NotADrawing:
            raise DrawingUnavailable("The drawing program made something that is no drawing.") from None


async def pictures_of(definition: Definition) -> dict[str, str]:
    """Every drawing of a version by SOP; none where nothing can draw, for a version is published all the same."""
    try:
        return {sop: await picture_of(definition, sop) for sop in (WHOLE, *definition.sops)}
    except DrawingUnavailable as unavailable:
        _log.warning("version not drawn", procedure=definition.head.procedure, why=str(unavailable))
        return {}
