"""Reading a procedure's folder: which files belong to it, and how large they may be."""

from pathlib import Path

import sop.reader

SHIPPED = Path(__file__).resolve().parent.parent / "sop_definitions"


def files_of(folder: Path) -> dict[str, bytes]:
    """The YAML files of a procedure by their name relative to the folder; links are not followed.

    A file over the limit is cut one byte beyond it, so that the reader refuses it without reading it whole.
    """
    found: dict[str, bytes] = {}
    for path in sorted(folder.rglob("*.yaml")):
        if path.is_symlink() or not path.is_file():
            continue
        with path.open("rb") as handle:
            found[path.relative_to(folder).as_posix()] = handle.read(sop.reader.LARGEST_FILE + 1)
    return found


def left_out(folder: Path) -> dict[str, str]:
    """The files of the folder that look like a part of the procedure and are not read: `link`, or `wrong-ending`."""
    found = {}
    for path in sorted(folder.rglob("*.y*ml")):
        if path.is_symlink():
            found[path.relative_to(folder).as_posix()] = "link"
        elif path.is_file() and path.suffix == ".yml":
            found[path.relative_to(folder).as_posix()] = "wrong-ending"
    return found
