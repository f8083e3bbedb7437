"""Calling the door of a running system: its address, a token, and problems told in sentences."""

import json
import os
from typing import Any, NoReturn

import httpx
import typer
from rich.console import Console
from rich.status import Status

from runtime.settings import Settings

CONNECT_WITHIN = 5.0
ANSWER_WITHIN = 120.0


class Refused(Exception):
    """The door's answer to a call that it did not carry out."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__(answer.status_code)
        self.status = answer.status_code
        try:
            self.problem = json.loads(answer.text)
        except ValueError:
            self.problem = {
                "code": "bad_answer",
                "title": "No answer of ours",
                "detail": f"Status {answer.status_code}.",
            }

    @property
    def code(self) -> str:
        return str(self.problem.get("code", ""))

    @property
    def sentence(self) -> str:
        reasons = [f"{reason['text']} {reason['remedy']}" for reason in self.problem.get("reasons", ())]
        places = [place["at"].removeprefix("body.") for place in self.problem.get("where") or ()]
        where = f" Look at: {', '.join(places)}." if places else ""
        return " ".join(reasons) or f"{self.problem.get('title')}: {self.problem.get('detail')}{where}"


def address_of(settings: Settings) -> str:
    """The door of `CASEWAY_URL`, or the one that `caseway up` serves with these settings."""
    return os.environ.get("CASEWAY_URL") or settings.url


def token_of(settings: Settings, role: str) -> str:
    """The token of `CASEWAY_TOKEN`, or the demo's for this role."""
    given = os.environ.get("CASEWAY_TOKEN")
    if given:
        return given
    try:
        return str(json.loads((settings.data_dir / "demo-users.json").read_text())[role])
    except (OSError, ValueError, KeyError):
        cannot_run("Set CASEWAY_TOKEN to a token of yours; there are no demo users here.")


def door(role: str) -> httpx.Client:
    """A client of the door, signed in."""
    settings = Settings()
    timeout = httpx.Timeout(ANSWER_WITHIN, connect=CONNECT_WITHIN)
    headers = {"Authorization": f"Bearer {token_of(settings, role)}"}
    return httpx.Client(base_url=address_of(settings), headers=headers, timeout=timeout, trust_env=False)


def call(client: httpx.Client, method: str, path: str, body: object = None, key: str | None = None) -> dict[str, Any]:
    """The answer; `Refused` where there is a problem, and an end with exit code 2 where nobody answers."""
    headers = {"Idempotency-Key": key} if key else {}
    try:
        answer = client.request(method, path, json=body, headers=headers)
    except httpx.HTTPError:
        cannot_run(f"Nobody answers at {client.base_url}: start it with `caseway up`, or set CASEWAY_URL.")
    if answer.is_error:
        raise Refused(answer)
    found: dict[str, Any] = answer.json()
    return found


def waiting(what: str) -> Status:
    """Shows on a terminal that something goes on, for as long as the block lasts."""
    return Console(stderr=True).status(what)


def cannot_run(sentence: str) -> NoReturn:
    """End with exit code 2: it could not run."""
    typer.echo(sentence, err=True)
    raise typer.Exit(2)
