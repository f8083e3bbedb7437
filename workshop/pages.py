"""What a page about one kind of finding says, and how it reads."""

from textwrap import dedent

from sop.problems import Severity
from sop.shapes import Value


class Page(Value):
    """One code. `at` is a piece of one file of the example (`workshop/example.py`); with `wrong` in its place the
    finding comes, with `right` (or as it was) it does not. Without `at`, the two stand for the whole file."""

    code: str
    what: str
    why: str
    file: str = "care.yaml"
    at: str = ""
    wrong: str
    right: str = ""
    severity: Severity = "error"


def page_text(page: Page, good: str) -> str:
    """The page as Markdown, without its heading; `good` is the right example in full."""
    return (
        f"{page.what} ({page.severity})\n\n{page.why}\n\n"
        f"Wrong, in `{page.file}`:\n\n```yaml\n{_shown(page.wrong)}\n```\n\n"
        f"Right:\n\n```yaml\n{_shown(good)}\n```\n"
    )


def _shown(text: str) -> str:
    """As it stands in the file; what nobody can see is named."""
    whole = dedent(text).strip("\n")
    shown = "".join(letter if letter.isprintable() or letter == "\n" else f"<U+{ord(letter):04X}>" for letter in whole)
    lines = [line if len(line) < 200 else f"{line[:80]} … ({len(line)} characters)" for line in shown.split("\n")]
    return "\n".join([*lines[:12], "…"] if len(lines) > 13 else lines)
