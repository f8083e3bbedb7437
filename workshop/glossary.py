"""What words mean in a procedure, and which words each country uses for the same: `glossary.yaml`.

The same word means different things across borders, so a national word stands under the meaning that it has there.
"""

import re
from collections.abc import Iterator

from pydantic import Field, ValidationError

from sop.clocks import Source
from sop.misfits import explain
from sop.model import Definition
from sop.problems import Path, Problem, Tree, did_you_mean
from sop.reader import read
from sop.shapes import Name, Shape, Text

FILE = "glossary.yaml"


class NationalTerm(Shape):
    """A word that a country uses for this meaning."""

    term: Text = Field(description="the word, in the language of the country")
    language: str = Field(pattern=r"^[a-z]{2}(-[A-Z][a-z]{3})?$", description="its language, for example sr-Latn")
    means: Text = Field(description="what it means there, and how that differs")
    source: Source = Field(description="where that is known from")


class Term(Shape):
    """A word of this procedure and its meaning."""

    term: Text = Field(description="the word, as people read it")
    means: Text = Field(description="what it means here, in our own short words")
    also_called: tuple[Text, ...] = Field((), description="other words for the same")
    differs_from: dict[Name, Text] = Field(
        default_factory=dict, description="terms with which it is confused, and what the difference is"
    )
    used_for: tuple[str, ...] = Field((), description="SOPs and states, as `sop.state`, that it speaks of")
    roles: tuple[Name, ...] = Field((), description="the roles that it speaks of")
    national: dict[str, tuple[NationalTerm, ...]] = Field(
        default_factory=dict, description="by country, in two capital letters, the words used there"
    )
    source: Source | None = Field(None, description="where the meaning comes from, if not from the source of all")


class Glossary(Shape):
    """A file `glossary.yaml`."""

    glossary: Name = Field(description="the name of the procedure")
    title: Text = Field(description="as people read it")
    source: Source = Field(description="where the meanings come from")
    terms: dict[Name, Term] = Field(min_length=1, description="every word by name")


def glossary_in(files: dict[str, bytes], definition: Definition | None) -> tuple[Glossary | None, list[Problem]]:
    """The glossary of a procedure, none where it has no such file, and every problem of it."""
    if FILE not in files:
        return None, []
    tree = read(FILE, files[FILE])
    if not isinstance(tree, Tree):
        return None, tree
    try:
        glossary = Glossary.model_validate(tree.value)
    except ValidationError as error:
        return None, explain(tree, error, Glossary)
    problems = [*_countries(glossary, tree), *_lost(glossary, definition, tree)]
    return (None if problems else glossary), problems


def _countries(glossary: Glossary, tree: Tree) -> Iterator[Problem]:
    for name, term in glossary.terms.items():
        for country in term.national:
            if not re.fullmatch("[A-Z]{2}", country):
                message = f"‘{country}’ is no country: two capital letters."
                yield tree.problem(("terms", name, "national", country), "bad-country", message)


def _lost(glossary: Glossary, definition: Definition | None, tree: Tree) -> Iterator[Problem]:
    """Names that lead nowhere; those of the procedure only where there is one."""
    for name, term in glossary.terms.items():
        at: Path = ("terms", name)
        for other in term.differs_from:
            if other not in glossary.terms:
                yield _no_such(tree, (*at, "differs-from", other), "term", other, set(glossary.terms))
        if definition is None:
            continue
        for index, role in enumerate(term.roles):
            if role not in definition.head.roles:
                yield _no_such(tree, (*at, "roles", index), "role", role, set(definition.head.roles))
        spoken = {*definition.sops, *(f"{sop.sop}.{state}" for sop in definition.sops.values() for state in sop.states)}
        for index, place in enumerate(term.used_for):
            if place not in spoken:
                yield _no_such(tree, (*at, "used-for", index), "state", place, spoken)
    if definition and glossary.glossary != definition.head.procedure:
        known = {definition.head.procedure}
        yield _no_such(tree, ("glossary",), "procedure", glossary.glossary, known)


def _no_such(tree: Tree, path: Path, kind: str, name: str, known: set[str]) -> Problem:
    return tree.problem(path, f"no-such-{kind}", f"There is no {kind} ‘{name}’.", did_you_mean(name, known))
