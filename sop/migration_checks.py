"""Checks of `migrations/`: each name leads to something that this version has, and each version has one way here."""

from collections.abc import Iterator

from sop.migration import Migration
from sop.problems import Path, Problem, Tree
from sop.salvage import Understood
from sop.vocabulary import Vocabulary


def migration_problems(found: Understood) -> Iterator[Problem]:
    """Every problem of the files that say how running cases come over."""
    definition, trees = found.definition, found.trees
    if not definition.migrations:
        return
    words = Vocabulary(definition, found.known, found.unread)
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
        "states": ("state", migration.states),
        "measures": ("measure", migration.measures),
        "clocks": ("clock", migration.clocks),
        "facts": ("fact", migration.facts),
    }
    for key, (kind, pairs) in kinds.items():
        for was, now in pairs.items():
            if words.lost(kind, now) or now.endswith(".not_open"):
                yield _missing(tree, (key, was), kind, now, words)
    for fact in migration.values:
        if words.lost("fact", fact):
            yield _missing(tree, ("values", fact), "fact", fact, words)
    for i, purpose in enumerate(migration.same_consents):
        if words.lost("consent", purpose):
            yield _missing(tree, ("same-consents", i), "consent", purpose, words)


def _missing(tree: Tree, at: Path, kind: str, name: str, words: Vocabulary) -> Problem:
    message = f"There is no {kind} ‘{name}’ in this version."
    return tree.problem(at, f"no-such-{kind}", message, name=(name, words.known(kind)))
