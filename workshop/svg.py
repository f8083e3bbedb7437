"""A drawing that was laid out, made fit for people: titles, a description in words, no scripts, nothing from outside.

`finished` does that once for a layout. `marked` then writes into a finished drawing where a case stands, without any
drawing program: it fills the line that every label has for it and gives the part a class, which the style sheet
inside the drawing knows.
"""

import re
from html import escape

from sop.model import Definition
from workshop.diagram import MARK, STATE, WHOLE, drawn_title
from workshop.outline import outline, step_words
from workshop.standing import BEEN, HERE, MARK_WORDS, OPEN, Standing

STYLE = f"""
text {{ font-family: "DejaVu Sans", Verdana, Arial, sans-serif }}
.mark {{ font-size: 10px; font-weight: bold }}
.{HERE} path {{ fill: #ffe08a; stroke: #000; stroke-width: 3 }}
.{BEEN} path {{ fill: #dbe7f6; stroke-dasharray: 4 2 }}
.{OPEN} polygon {{ fill: #d8f0dc; stroke: #14632b; stroke-width: 2 }}
"""
"""The style sheet inside every drawing; the door lets browsers use this very text and no other."""

_ROOT = re.compile(r'<svg width="(\d+)pt" height="(\d+)pt"\s+viewBox="([\d. -]+)"[^>]*>')
_PART = re.compile(r'<g id="([st]\.)([a-z0-9_]+)\.([a-z0-9_]+)" class="([a-z ]+)">(.*?)</g>', re.DOTALL)
_CLUSTER = re.compile(
    r'<g id="clust\d+" class="cluster">\s*<(?:path|polygon) [^>]* (?:d|points)="([^"]*)"/>(.*?)</g>', re.DOTALL
)
_WORDS = re.compile(r'(<desc id="desc\.[a-z0-9_]+">).*?</desc>', re.DOTALL)
_MARK_LINE = re.compile(r"(<text [^>]*)>[^<]*</text>(?=\s*\Z)")


class NotADrawing(ValueError):
    """The text is no SVG that Graphviz made from one of our layouts."""


def finished(drawn: str, definition: Definition, sop: str = WHOLE) -> str:
    """The SVG as it is stored and shown, from what Graphviz made of the layout of this SOP."""
    root = _ROOT.search(drawn)
    if root is None:
        raise NotADrawing("this is no drawing of Graphviz")
    body = re.sub(
        r"<!--.*?-->\s*|<title>.*?</title>\s*|xml:space=\"preserve\" ", "", drawn[root.end() :], flags=re.DOTALL
    )
    body = _PART.sub(lambda part: _titled(part, definition), body)
    body = _CLUSTER.sub(_from_the_left, body)
    width, height, box = root.groups()
    head, name = definition.head, sop or "all"
    title = definition.sops[sop].title if sop else head.title
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}pt" height="{height}pt" viewBox="{box}" role="img"'
        f' aria-labelledby="title.{name} desc.{name}">\n<title id="title.{name}">{escape(title)} ({escape(head.procedure)} '
        f'{escape(head.version)})</title>\n<desc id="desc.{name}">{escape(outline(definition, sop))}</desc>\n'
        f"<style>{STYLE}</style>\n{body.strip()}\n"
    )


def marked(finished_svg: str, definition: Definition, at: Standing, sop: str = WHOLE) -> str:
    """The finished drawing with the standing of a case in it, in marks and in words."""
    svg = _PART.sub(lambda part: _marked(part, at), finished_svg)
    words = escape(outline(definition, sop, at))
    return _WORDS.sub(lambda found: f"{found[1]}{words}</desc>", svg)


def _from_the_left(cluster: re.Match[str]) -> str:
    """The title of an SOP begins at the left of its frame, however wide the reader's font is."""
    left = min(float(x) for x in re.findall(r"(-?[\d.]+),-?[\d.]+", cluster[1]))
    moved = re.sub(r'text-anchor="\w+" x="[^"]*"', f'text-anchor="start" x="{left + 12:.2f}"', cluster[2])
    return cluster[0].replace(cluster[2], moved)


def _titled(part: re.Match[str], definition: Definition) -> str:
    kind, sop, name, classes, inside = part.groups()
    one = definition.sops[sop]
    if kind == STATE:
        title = f"{one.title}: {drawn_title(one, name)}"
    else:
        title = f"{one.transitions[name].title}: {step_words(definition, one.transitions[name])}"
    inside = _MARK_LINE.sub(r'\1 class="mark"></text>', inside) if MARK in inside else inside
    return f'<g id="{kind}{sop}.{name}" class="{classes}"><title>{escape(title)}</title>\n{inside.strip()}\n</g>'


def _marked(part: re.Match[str], at: Standing) -> str:
    kind, sop, name, classes, inside = part.groups()
    mark = at.of_state(f"{sop}.{name}") if kind == STATE else at.of_transition(f"{sop}.{name}")
    if mark is None:
        return part[0]
    inside = _MARK_LINE.sub(rf"\1>{MARK_WORDS[mark]}</text>", inside)
    return f'<g id="{kind}{sop}.{name}" class="{classes} {mark}">{inside}</g>'
