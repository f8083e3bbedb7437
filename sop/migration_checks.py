"""Checks of `migrations/`: each name leads to something that this version has, and each version has one way here."""

from collections.abc import Iterator

from sop.migration import Migration
from sop.model import Definition
from sop.problems import Path, Problem, Tree, did_you_mean
from sop.vocabulary import Vocabulary


def migration_problems(definition: Definition, trees: dict[str, Tree], words: Vocabulary) -> Iterator[Problem]:
    """Every problem of the files that say how running cases come over."""
    ways: dict[str, str] = {}
    for migration in definition.migrations.values():
        tree = trees[f"migrations.{migration.migration}"]
        for i, version in enumerate(migration.from_):
            if version == definition.head.version:
                text = f"‘{version}’ is this version itself; no case comes from there."
                yield tree.problem(("from", i), "migration-from-itself", text)
            if version in ways:
                text = f"Cases of ‘{version}’ are already brought over by ‘{ways[version]}’."
                yield tree.problem(("from", i), "migration-twice", text, "Name each version in one file only.")
            ways[version] = migration.migration
        yield from _targets(migration, tree, words)


def _targets(migration: Migration, tree: Tree, words: Vocabulary) -> Iterator[Problem]:
    kinds = {
        "states": ("state", "no-such-state", "state", migration.states),
        "measures": ("measure", "no-such-measure", "measure", migration.measures),
        "clocks": ("clock", "no-such-clock", "clock", migration.clocks),
        "facts": ("fact", "no-such-fact", "fact", migration.facts),
    }
    for key, (kind, code, word, pairs) in kinds.items():
        for was, now in pairs.items():
            if now not in words.known(kind) or now.endswith(".not_open"):
                yield _missing(tree, (key, was), code, word, now, words.known(kind))
    for fact in migration.values:
        if fact not in words.known("fact"):
            yield _missing(tree, ("values", fact), "no-such-fact", "fact", fact, words.known("fact"))
    for i, purpose in enumerate(migration.same_consents):
        if purpose not in words.known("consent"):
            known = words.known("consent")
            yield _missing(tree, ("same-consents", i), "no-such-consent", "consent", purpose, known)


def _missing(tree: Tree, at: Path, code: str, word: str, name: str, known: set[str]) -> Problem:
    return tree.problem(at, code, f"There is no {word} ‘{name}’ in this version.", did_you_mean(name, known))
