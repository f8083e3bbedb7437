"""The words of the post in every language that it speaks; the files lie in `post/texts/`."""

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict
from ruamel.yaml import YAML

_FOLDER = Path(__file__).parent / "texts"
_OTHERS = {"nb": "no", "nn": "no", "sh": "bs", "cnr": "sr-Latn", "mo": "ro"}
"""Languages that are read in the words of another one."""
FALLBACK = "en"


class Texts(BaseModel):
    """What a mail says. `draft`: nobody who knows the field and the language has read it yet.

    `{title}` is the title of the clock or the measure, `{day}` when it is due, `{case}` the code of the case.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    status: Literal["draft", "reviewed"]
    subject: str
    subject_digest: str
    case: str
    reminder: str
    asked: str
    paused: str
    missed: str
    not_taken: str
    life_event: str
    proposal: str
    offer: str
    reassigned: str
    cover: str
    endpoint_off: str
    overdue: str
    due_today: str
    due_soon: str
    open: str
    footer: str


def languages() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.yaml")))


@cache
def texts_in(language: str) -> tuple[str, Texts]:
    """The words for this BCP 47 tag and the tag that they are in: of the language itself, a wider one, or English."""
    parts = language.split("-")
    for length in range(len(parts), 0, -1):
        tag = "-".join(parts[:length])
        found = _FOLDER / f"{_OTHERS.get(tag, tag)}.yaml"
        if found.is_file():
            return found.stem, _read(found)
    return FALLBACK, _read(_FOLDER / f"{FALLBACK}.yaml")


def _read(path: Path) -> Texts:
    return Texts.model_validate(YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8")))
