"""Every code that a check can give, each with its page; and all the pages as one."""

from workshop.example import good
from workshop.pages import Page, page_text
from workshop.pages_beside import BESIDE
from workshop.pages_clocks import CLOCKS
from workshop.pages_counting import COUNTING
from workshop.pages_names import NAMES
from workshop.pages_overlays import OVERLAYS
from workshop.pages_paths import PATHS
from workshop.pages_reading import READING
from workshop.pages_shapes import SHAPES

CHAPTERS: dict[str, tuple[Page, ...]] = {
    "Files": READING,
    "Shapes and texts": SHAPES,
    "Names": NAMES,
    "Paths and conditions": PATHS,
    "Clocks": CLOCKS,
    "Counting and calendars": COUNTING,
    "Rights and migrations": BESIDE,
    "National adaptations": OVERLAYS,
}
PAGES: dict[str, Page] = {page.code: page for pages in CHAPTERS.values() for page in pages}

_OPENING = """\
# What `caseway sop check` can find

Written by `caseway sop check --explain all`; do not edit. Each code has its own part: what it is, why it matters, an
example that gives it and one that does not. Both examples change one place of the small procedure in
`workshop/example.py`, and a test runs them. How the check works stands in [checking.md](checking.md).

"""


def page_of(code: str) -> str:
    """The page of one code, with the code above it. Raises `KeyError`."""
    page = PAGES[code]
    return f"{code}\n\n{page_text(page, good(page))}"


def handbook() -> str:
    """All pages, by chapter and code, as Markdown."""
    parts = [_OPENING, f"There are {len(PAGES)} codes.\n"]
    for chapter, pages in CHAPTERS.items():
        parts.append(f"\n## {chapter}\n")
        parts += [
            f"\n### {page.code}\n\n{page_text(page, good(page))}" for page in sorted(pages, key=lambda page: page.code)
        ]
    return "".join(parts)
