"""Who is calling: a bearer token stands for a user, with roles and an organisation."""

import hashlib
import hmac
import json
import os
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request

from api.errors import Problem
from sop.case import Actor

_BEARER = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] +([A-Za-z0-9._~+/=-]{8,512})")
DEMO_ORGANISATION = "demo"
ALWAYS = ("case_manager", "coordinator", "supervisor")
"""Roles that the demo has even where no procedure names them."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A user as the door knows them; the id is opaque and names nobody."""

    id: str
    roles: tuple[str, ...]
    organisation: str

    @property
    def actor(self) -> Actor:
        return Actor(id=self.id, roles=self.roles)


class Callers:
    """The users that may come in, found by the digest of their token; tokens themselves are not kept."""

    def __init__(self, users: Mapping[str, Caller]) -> None:
        self._by_digest = {_digest(token): caller for token, caller in users.items()}
        self._by_id = {caller.id: caller for caller in users.values()}

    def find(self, user: str) -> Caller | None:
        """The user with this id; None where there is none."""
        return self._by_id.get(user)

    @property
    def ids(self) -> tuple[str, ...]:
        """Everybody who may come in."""
        return tuple(sorted(caller.id for caller in self._by_digest.values()))

    @property
    def roles(self) -> tuple[str, ...]:
        """Every role that somebody holds."""
        return tuple(sorted({role for caller in self._by_digest.values() for role in caller.roles}))

    def who(self, request: Request) -> Caller:
        """Raise `unauthenticated` for no token, a wrong one, or more than one header."""
        values = request.headers.getlist("authorization")
        found = _BEARER.fullmatch(values[0]) if len(values) == 1 else None
        if found:
            digest = _digest(found[1])
            for known, caller in self._by_digest.items():
                if hmac.compare_digest(known, digest):
                    return caller
        raise Problem("unauthenticated", headers={"WWW-Authenticate": 'Bearer realm="caseway"'})


def read_demo_users(path: Path) -> Callers:
    """The demo users of a file that maps a role to a token; `role#2` is a second user of the same role."""
    tokens: dict[str, str] = json.loads(path.read_text())
    return Callers({token: demo_caller(name) for name, token in tokens.items()})


def write_demo_users(path: Path, roles: Iterable[str]) -> dict[str, str]:
    """Gives every role a random token that lasts; roles that have one keep it. Only the owner can read the file."""
    tokens: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    wanted = {name: tokens.get(name) or secrets.token_urlsafe(32) for name in (*roles, *ALWAYS, *tokens)}
    if wanted != tokens or path.stat().st_mode & 0o077:
        fresh = path.with_suffix(f".{os.getpid()}")
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(wanted, file, indent=2, sort_keys=True)
        fresh.replace(path)
    return wanted


def demo_caller(name: str) -> Caller:
    """The demo user of this name in the file."""
    role, _, number = name.partition("#")
    return Caller(id=f"demo-{role}" + (f"-{number}" if number else ""), roles=(role,), organisation=DEMO_ORGANISATION)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
