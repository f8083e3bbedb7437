"""A procedure as a drawing in the DOT language of Graphviz: states as boxes, transitions as the words between them.

Nothing is drawn here: `layouts` gives the texts that a drawing program lays out once, when a version is published.
Boxes are sized by our own reckoning of the width of letters, so that long and Cyrillic labels fit whatever program
draws and whatever font the reader has.
"""

from textwrap import wrap

from sop.arrows import NOT_OPEN
from sop.model import ANY, Definition, Sop, Transition

WHOLE = ""
"""The drawing of all SOPs, beside those of each SOP by its name."""

MARK = "~mark~"
"""Stands in the last line of every label; what a case has to do with the part is written there later."""

STATE, TRANSITION = "s.", "t."
"""What the ids of states and transitions in a drawing begin with; `sop.name` follows."""

_LINE = 22
_POINTS_PER_INCH = 72
_WIDE = set("MWmwЖШЩЮФМЫжшщюфмыЉЊљњЏ@%—")
_NARROW = set("iljtfrI.,:;'!|()[] ’‘")


def layouts(definition: Definition) -> dict[str, str]:
    """The DOT text of every drawing of a procedure: each SOP by its name, and all together under `WHOLE`."""
    return {WHOLE: dot(definition), **{name: dot(definition, name) for name in definition.sops}}


def dot(definition: Definition, sop: str = WHOLE) -> str:
    """The DOT text of one drawing; the same definition gives the same text."""
    # Graphviz lays clusters from the bottom up
    shown = [definition.sops[sop]] if sop else list(reversed(definition.sops.values()))
    direction = "TB" if sop else "LR"  # one SOP fits an upright page, all of them stand one above the other
    lines = [
        "digraph procedure {",
        f'  graph [rankdir={direction}, nodesep=0.18, ranksep=0.3, fontname="Arial", fontsize=14, bgcolor="#ffffff"];',
        '  node [fontname="Arial", fontsize=12, fixedsize=true, penwidth=1.2];',
        '  edge [arrowsize=0.7, color="#555555"];',
        *(line for one in shown for line in _cluster(one)),
        "}",
    ]
    return "\n".join(lines) + "\n"


def drawn_title(sop: Sop, name: str) -> str:
    """The title of a state as the drawing has it; where a SOP begins and ends is said in words too."""
    state = sop.states[name]
    return f"{state.title} (end)" if state.final else state.title


def sources(sop: Sop, move: Transition) -> tuple[str, ...]:
    """The states that a transition leaves from, `any` written out."""
    named = [name for name, state in sop.states.items() if not state.final] if ANY in move.from_ else move.from_
    return tuple(name for name in named if name != move.to)


def _cluster(sop: Sop) -> list[str]:
    label = '"' + "".join(_escaped(line) + "\\l" for line in wrap(sop.title, 2 * _LINE)) + '"'
    lines = [f"  subgraph {_quoted('cluster_' + sop.sop)} {{", f"    label={label}; labeljust=l; style=rounded;"]
    lines += ['    color="#999999"; margin=12;', f"    {_id('b.', sop.sop, NOT_OPEN)} [{_start()}];"]
    lines += [f"    {_state(sop, name)}" for name in sop.states]
    lines += [f"    {_id('b.', sop.sop, NOT_OPEN)} -> {_id(STATE, sop.sop, sop.initial)};"]
    for name, move in sop.transitions.items():
        lines += [f"    {line}" for line in _transition(sop, name, move)]
    return [*lines, "  }"]


def _state(sop: Sop, name: str) -> str:
    lines = _lines(drawn_title(sop, name))
    rings = 2 if sop.states[name].final else 1
    kind = "state end" if rings == 2 else "state"
    look = f'shape=box, style="rounded,filled", fillcolor="#ffffff", color="#333333", peripheries={rings}'
    return f"{_id(STATE, sop.sop, name)} [{_sized(lines, 24)}, {look}, {_named(STATE, sop.sop, name, kind)}];"


def _transition(sop: Sop, name: str, move: Transition) -> list[str]:
    node = _id(TRANSITION, sop.sop, name)
    look = 'shape=box, style=filled, fillcolor="#f2f2f2", color="#f2f2f2", fontsize=11'
    words = f"{node} [{_sized(_lines(move.title), 18)}, {look}, {_named(TRANSITION, sop.sop, name, 'step')}];"
    arrows = [f"{_id(STATE, sop.sop, source)} -> {node} [arrowhead=none];" for source in sources(sop, move)]
    return [words, *arrows, f"{node} -> {_id(STATE, sop.sop, move.to)};"]


def _start() -> str:
    return 'shape=circle, style=filled, fillcolor="#333333", width=0.14, height=0.14, label="", class="start"'


def _named(kind: str, sop: str, name: str, classes: str) -> str:
    return f'id="{kind}{sop}.{name}", class="{classes}"'


def _id(kind: str, sop: str, name: str) -> str:
    return f'"{kind}{sop}.{name}"'


def _lines(label: str) -> list[str]:
    """The label in lines; a word that is longer than a line stays whole, for nobody reads half a word."""
    return wrap(label, _LINE, break_long_words=False, break_on_hyphens=True)


def _sized(lines: list[str], margin: int) -> str:
    """The label with a line for the mark, and a box that holds it: sizes in inches."""
    width = max(text_width(line, 12) for line in [*lines, "the case is here"]) + margin
    height = (len(lines) + 1) * 15 + 10
    label = "\\n".join(_escaped(line) for line in [*lines, MARK])
    return f'label="{label}", width={width / _POINTS_PER_INCH:.2f}, height={height / _POINTS_PER_INCH:.2f}'


def text_width(text: str, size: float) -> float:
    """How wide a text is at most, in points, in the wide fonts that browsers fall back to (DejaVu Sans, Verdana)."""
    ems = sum(1.1 if c in _WIDE else 0.42 if c in _NARROW else 0.78 if c.isupper() else 0.66 for c in text)
    return ems * size


def _quoted(text: str) -> str:
    return f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    """As DOT has it between quotes; `&` would begin an entity there."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")
