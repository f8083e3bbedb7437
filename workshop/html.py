"""Writing HTML so that no text of a definition can ever become markup: everything that is no `Html` is escaped."""

from collections.abc import Iterable
from html import escape


class Html(str):
    """Markup made here; any other text is only text."""

    __slots__ = ()


Inside = str | Iterable[str]


def tag(name: str, *inside: Inside, **attributes: str) -> Html:
    """One element. `class_` is `class`; texts are escaped, and lists of elements are taken one by one."""
    said = "".join(f' {key.rstrip("_")}="{escape(value)}"' for key, value in attributes.items())
    return Html(f"<{name}{said}>{together(*inside)}</{name}>")


def together(*inside: Inside) -> Html:
    """Elements one after the other."""
    return Html("".join(_one(part) for part in inside))


def listing(items: Iterable[str], kind: str = "ul", **attributes: str) -> Html:
    """A list; nothing where there are no items."""
    found = [tag("li", item) for item in items]
    return tag(kind, found, **attributes) if found else Html("")


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Html:
    """A table with its head; nothing where there are no rows."""
    found = [tag("tr", [tag("td", cell) for cell in row]) for row in rows]
    if not found:
        return Html("")
    return tag("table", tag("thead", tag("tr", [tag("th", cell, scope="col") for cell in head])), tag("tbody", found))


def pairs(rows: Iterable[tuple[str, str]]) -> Html:
    """What is said about something, name by name; what is empty is left out."""
    said = [(name, value) for name, value in rows if value]
    return tag("dl", [together(tag("dt", name), tag("dd", value)) for name, value in said]) if said else Html("")


def _one(part: Inside) -> str:
    if isinstance(part, Html):
        return str(part)
    return escape(part) if isinstance(part, str) else "".join(_one(inner) for inner in part)
