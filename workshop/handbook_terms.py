"""The glossary in the handbook - meanings, what is confused with what, the words of each country - and links to rules."""

from sop.procedure import Procedure
from workshop.glossary import Glossary, Term
from workshop.html import Html, listing, pairs, table, tag, together
from workshop.phrases import cited


def glossary_section(procedure: Procedure, glossary: Glossary) -> Html:
    """Every term in the order of the alphabet, then the words of all countries side by side."""
    terms = sorted(glossary.terms.items(), key=lambda item: item[1].term.lower())
    national = [
        (country, one.term, one.language, tag("a", term.term, href=f"#term-{name}"), one.means, cited(one.source))
        for name, term in terms
        for country, words in term.national.items()
        for one in words
    ]
    return together(
        tag("p", f"In our own words, after: {cited(glossary.source)}."),
        [
            tag("article", tag("h4", term.term, id=f"term-{name}"), _term(procedure, glossary, term))
            for name, term in terms
        ],
        tag("h3", "The words of each country"),
        tag("p", "What is not read again is marked so. Ask a colleague from that country before you rely on it."),
        table(("Country", "Word", "Language", "Here", "Means there", "Source"), sorted(national)),
    )


def _term(procedure: Procedure, glossary: Glossary, term: Term) -> Html:
    definition, words = procedure.definition, procedure.words
    places = [words.states.get(place) or definition.sops[place].title for place in term.used_for]
    return together(
        tag("p", f"{term.means}."),
        pairs(
            [
                ("Also called", ", ".join(term.also_called)),
                (
                    "Not the same as",
                    listing(
                        together(tag("a", glossary.terms[name].term, href=f"#term-{name}"), f": {difference}")
                        for name, difference in term.differs_from.items()
                    ),
                ),
                ("In this procedure", "; ".join(places)),
                ("Roles", ", ".join(definition.head.roles[role] for role in term.roles)),
                ("Source", cited(term.source) if term.source else ""),
            ]
        ),
    )


def rule_link(name: str | None) -> Html:
    """The link from whatever holds up a rule to the rule."""
    return tag("a", name, href=f"#rule-{name}") if name else Html("")
