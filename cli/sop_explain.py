"""`caseway sop explain`: what a key of the files means, with an example; or what a code of the check means."""

from typing import Annotated

import typer

from cli.folders import SHIPPED, files_of
from sop.problems import did_you_mean
from workshop.examples import Found, example, examples_in
from workshop.language import Key, Part, keys_named, language, part_named, words
from workshop.registry import PAGES, page_of


def explain(
    word: Annotated[
        str, typer.Argument(help="a key, `part.key`, a part, or a code of the check; all keys where none is named")
    ] = "",
) -> None:
    """Explain a word of the files, or a code that the check has given; exit 2 where there is no such word."""
    if not word:
        for each in language():
            print(f"{each.title}: {', '.join(key.key for key in each.keys)}")
        print("caseway sop explain WORD says more about a part or a key; transition.from means that of one part.")
        print("It also explains the codes of caseway sop check, which are all in docs/findings.md.")
        return
    keys, part = keys_named(word), part_named(word)
    if not keys and part is None and word not in PAGES:
        print(f"No part, no key and no code is called ‘{word}’. {did_you_mean(word, {*words(), *PAGES})}")
        raise typer.Exit(2)
    found = examples_in(files_of(SHIPPED / "trm"))
    if part:
        print(_part(part))
    for key in keys:
        print(_key(key, found))
    if word in PAGES:
        print(page_of(word), end="")


def _part(part: Part) -> str:
    lines = [part.title, f"  {' '.join(part.meaning.split())}"]
    lines += [f"  stands in: {where}" for where in part.keys[0].where]
    width = max(len(key.key) for key in part.keys) + 2
    return "\n".join(
        [*lines, *(f"  {key.key + (' *' if key.required else ''):{width}} {key.meaning}" for key in part.keys)]
    )


def _key(key: Key, found: Found) -> str:
    lines = [f"{key.key}, in: {key.part}", f"  {key.meaning}", f"  holds: {key.type}"]
    lines += [f"  must be there: {'yes' if key.required else 'no'}", f"  since: {key.since}"]
    lines += [f"  stands in: {where}" for where in key.where]
    return "\n".join([*lines, f"  example: {example(key, found)}"])
