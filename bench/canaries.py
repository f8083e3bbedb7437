"""Canaries: invented particulars that must be found nowhere; and the search for them in every byte that is kept."""

import base64
import hashlib
import json
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import psycopg

_NAMES = (
    ("Zdravka", "Mirčetić-Ožegović"), ("Łucja", "Wąsowiczówna"), ("Ionuț", "Ștefănescu-Țepeș"), ("Gjylsime", "Përmeti"),
    ("Zvjezdana", "Đorđević"), ("Oisín", "O’Caoindealbháin"), ("Ümmügülsüm", "Çakıroğlu"), ("Þórgunnur", "Ægisdóttir"),
    ("Ždeňka", "Řeřichová"), ("Xhevahire", "Kryeziu"), ("Quenby", "Vandersloot"), ("Zsófia", "Örkényi"),
    ("Снежана", "Аџемовић"), ("Щедрослава", "Йонкова"), ("Любомира", "Ґалаґан"), ("Ђурђица", "Чворовић"),
    ("Ќирил", "Ѓорѓиевски"), ("Ефросиния", "Вязьмитинова"), ("Љубинка", "Шћепановић"), ("Яцук", "Зинькевич"),
    ("Ευφροσύνη", "Παπαχατζηδάκη"), ("Ξανθίππη", "Τσιτσιπά"), ("Χρυσάνθεμος", "Ψαρουδάκης"), ("Θεόκλητος", "Ζαχαρέας"),
)  # fmt: skip
_STREETS = (
    "Vojvode Zimonjića", "ул. Щербаковска", "Οδός Ψυχικού", "Strada Țiglinei", "Rruga Kryqëzimit", "Żwirki i Wigury",
)  # fmt: skip


def canaries() -> tuple[str, ...]:
    """More than sixty, none of which anything else contains."""
    found = [f"{first} {last}" for first, last in _NAMES]
    found += [f"+38{7 - n % 3} 6{n % 10}-{7310 + 37 * n}-{911 + 13 * n}" for n in range(12)]
    found += [f"{street} {731 + 29 * n}/{n + 3}" for n, street in enumerate(_STREETS * 2)]
    found += [f"QZX{70_310_957 + 7_919 * n}K" for n in range(12)]
    found += [f"vulnerable.kanarek{n}@zufluchtsort-{913 * (n + 7)}.example" for n in range(6)]
    found += [f"witness {n}: the man with the scar at pier {4_177 + 61 * n}" for n in range(6)]
    return tuple(found)


@dataclass(frozen=True)
class Hit:
    """A canary that was found, where, and in which clothes. It does not repeat the canary."""

    number: int
    worn: str
    where: str


def clothes(canary: str) -> Iterator[tuple[str, bytes]]:
    """The ways in which text may lie in a file."""
    for form in {unicodedata.normalize("NFC", canary), unicodedata.normalize("NFD", canary)}:
        raw = form.encode()
        yield "raw", raw
        yield "utf-16-le", form.encode("utf-16-le")
        yield "utf-16-be", form.encode("utf-16-be")
        for shift in range(3):
            # whole groups of three only: what comes before and after must not matter
            inner = raw[(3 - shift) % 3 :]
            inner = inner[: len(inner) // 3 * 3]
            yield "base64", base64.b64encode(inner)
            yield "base64url", base64.urlsafe_b64encode(inner)
        yield "hex", raw.hex().encode()
        yield "hex", raw.hex().upper().encode()
        escaped = json.dumps(form)[1:-1]
        yield "json", escaped.encode()
        yield "json twice", json.dumps(escaped)[1:-1].encode()
        for percent in (quote(form, safe=""), quote_plus(form), quote(form)):
            yield "percent", percent.encode()
            yield "percent", percent.replace("%", "%25").encode()
            yield "percent", percent.lower().encode() if percent.isascii() and "%" in percent else percent.encode()
        # the part that speaks: a name written alone, or with other spaces
        for word in form.split():
            if len(word.encode()) >= 9 and not word.isdigit():
                yield "a word", word.encode()


class Search:
    """Looks for all canaries in many bytes."""

    def __init__(self, canaries: Iterable[str]) -> None:
        self._patterns: dict[bytes, tuple[int, str]] = {}
        for number, canary in enumerate(canaries):
            for worn, pattern in clothes(canary):
                self._patterns.setdefault(pattern, (number, worn))
        self._clean: set[bytes] = set()

    def __len__(self) -> int:
        return len(self._patterns)

    def through(self, content: bytes, where: str) -> list[Hit]:
        """Every canary in some bytes."""
        return [Hit(number, worn, where) for pattern, (number, worn) in self._patterns.items() if pattern in content]

    def below(self, folder: Path) -> tuple[list[Hit], int]:
        """Every canary in every file below a folder, and how many bytes were read; equal files are searched once."""
        hits: list[Hit] = []
        size = 0
        for path in sorted(folder.rglob("*")):
            try:
                if path.is_symlink() or not path.is_file():
                    continue
                content = path.read_bytes()
            except FileNotFoundError:  # a server has just removed it
                continue
            size += len(content)
            digest = hashlib.sha256(content).digest()
            if digest in self._clean:
                continue
            found = self.through(content.replace(b"\0" * 64, b""), str(path.relative_to(folder)))
            hits += found
            if not found:
                self._clean.add(digest)
        return hits, size


async def tables(connection: psycopg.AsyncConnection[Any]) -> list[tuple[str, bytes]]:
    """Every table as text, bytes in hex: PostgreSQL compresses long values, so that its files alone prove too little."""
    cursor = await connection.execute(
        "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
        " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
    )
    found = []
    for (name,) in await cursor.fetchall():
        rows = await (await connection.execute(f"SELECT t::text FROM {name} t")).fetchall()
        found.append((name, "\n".join(row for (row,) in rows).encode()))
    return found
