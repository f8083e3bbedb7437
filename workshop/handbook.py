"""The handbook: a procedure as one page to read or to print, made from the files alone.

For every SOP its picture, states, transitions, measures and clocks; for every role a checklist; the rules, the life
events and the glossary. Law and our own defaults are told apart wherever a length of time is named.
"""

from sop.instruments import Instrument
from sop.model import Measure, Sop, Transition
from sop.procedure import Procedure
from workshop.glossary import Glossary
from workshop.handbook_clocks import clocks, limits
from workshop.handbook_roles import checklists
from workshop.handbook_style import STYLE
from workshop.handbook_terms import glossary_section, rule_link
from workshop.html import Html, listing, pairs, table, tag, together
from workshop.outline import outline
from workshop.phrases import EVIDENCE, Phrases, cited
from workshop.spoken import kind_of_field


def handbook(procedure: Procedure, glossary: Glossary | None, drawings: dict[str, str]) -> str:
    """The page as HTML that stands alone: no scripts, nothing from outside.

    `drawings` are finished drawings by SOP; where one is missing, its list of states and transitions stands alone.
    """
    head = procedure.definition.head
    phrases = Phrases(procedure.definition, notes=False)
    chapters = [
        ("how-to-read", "How to read this", _how_to_read()),
        *(
            (f"sop-{sop.sop}", sop.title, _sop(procedure, phrases, sop, drawings))
            for sop in procedure.definition.sops.values()
        ),
        ("questionnaires", "Questionnaires", _instruments(procedure.definition.instruments)),
        ("life-events", "What may happen at any time", _life_events(procedure, phrases)),
        ("checklists", "Checklists by role", checklists(procedure, phrases)),
        ("rules", "The rules", _rules(procedure)),
        *([("glossary", glossary.title, glossary_section(procedure, glossary))] if glossary else []),
    ]
    title = f"{head.title}, version {head.version}"
    body = [tag("section", tag("h2", name, id=id_), content) for id_, name, content in chapters]
    page = tag(
        "html",
        tag("head", Html('<meta charset="utf-8"/>'), Html('<meta name="viewport" content="width=device-width"/>'),
            tag("title", title), tag("style", Html(STYLE))),
        tag("body", tag("header", tag("h1", title), tag("p", f"Content {procedure.hash[:12]}. Made from the files by "
            "caseway sop docs; whoever wants to change it changes the files.")),
            tag("nav", tag("h2", "Contents"), _contents(procedure, chapters), aria_label="Contents"), tag("main", body)),
        lang="en",
    )  # fmt: skip
    return f"<!doctype html>\n{page}\n"


def _contents(procedure: Procedure, chapters: list[tuple[str, str, Html]]) -> Html:
    sops = procedure.definition.sops
    return listing(
        together(
            tag("a", name, href=f"#{id_}"),
            listing(
                tag("a", measure.title, href=f"#measure-{measure_name}")
                for measure_name, measure in (sops[id_[4:]].measures.items() if id_.startswith("sop-") else ())
            ),
        )
        for id_, name, _ in chapters
    )


def _how_to_read() -> Html:
    return together(
        tag("p", "The measures are a menu. A procedure waits for another only where it says so. What the engine asks "
            "before a step stands under ‘What must hold’; it refuses the step until then and says why."),
        tag("p", "A length of time is marked as law, as an internal target or as our default. Our defaults are "
            "suggestions of this procedure and no law."),
        tag("p", "Each source carries a mark that says how sure it is:"),
        listing(f"{mark}: {meaning}" for mark, meaning in EVIDENCE.items()),
    )  # fmt: skip


def _sop(procedure: Procedure, phrases: Phrases, sop: Sop, drawings: dict[str, str]) -> Html:
    figure = tag("figure", Html(drawings[sop.sop])) if sop.sop in drawings else Html("")
    opening = [
        (f"Who may {verb} it", phrases.roles(one.by))
        for verb, one in (("open", sop.opens), ("open again", sop.reopens))
        if one
    ]
    return together(
        pairs(opening),
        figure,
        tag("details", tag("summary", "The picture as a list"), tag("pre", outline(procedure.definition, sop.sop))),
        tag("h3", "Steps from state to state"),
        [_transition(phrases, sop, name, move) for name, move in sop.transitions.items()],
        tag("h3", "Measures"),
        [_measure(phrases, sop, name, measure) for name, measure in sop.measures.items()],
        tag("h3", "Time") if sop.clocks else "",
        clocks(phrases, sop),
    )


def _transition(phrases: Phrases, sop: Sop, name: str, move: Transition) -> Html:
    froms = (
        "every state that is no end" if "any" in move.from_ else " or ".join(sop.states[s].title for s in move.from_)
    )
    return tag(
        "article",
        tag("h4", move.title, id=f"step-{sop.sop}-{name}"),
        pairs(
            [
                ("From, to", f"{froms} → {sop.states[move.to].title}"),
                ("Who", phrases.roles(move.by) or "nobody; a clock takes it"),
                ("What must hold", listing(map(phrases.say, move.needs))),
                ("Reasons to name", listing(move.reasons.values())),
                ("A second person confirms", phrases.roles(move.second_person)),
                ("Starts", listing(sop.clocks[clock].title for clock in move.starts)),
                ("Source", cited(move.source) if move.source else ""),
                ("Rule", rule_link(move.rule)),
            ]
        ),
    )


def _measure(phrases: Phrases, sop: Sop, name: str, measure: Measure) -> Html:
    code = f" ({measure.code})" if measure.code else ""
    states = [sop.states[state].title for state in measure.in_]
    again = [f"it must be renewed after {measure.valid_for}"] if measure.valid_for else []
    nature = [measure.kind, *(["repeatable"] if measure.repeatable else []), *again]
    nature += [] if measure.declinable else ["not for the person to decline"]
    return tag(
        "article",
        tag("h4", f"{measure.title}{code}", id=f"measure-{name}"),
        tag("p", ", ".join(nature), class_="nature"),
        pairs(
            [
                ("What", measure.what),
                ("When", measure.when),
                ("Who", phrases.roles(measure.who)),
                ("How", listing(measure.how, "ol")),
                ("For a child", measure.child or ""),
                ("Only while", " or ".join(states)),
                ("What must hold", listing(map(phrases.say, measure.needs))),
                ("A second person confirms", phrases.roles(measure.second_person)),
                ("Time", listing(limits(phrases, sop, name))),
                ("Source", cited(measure.source) if measure.source else ""),
                ("Rule", rule_link(measure.rule)),
            ]
        ),
        _fields(measure),
    )


def _fields(measure: Measure) -> Html:
    rows = [
        (
            field.title or name.replace("_", " "),
            kind_of_field(field),
            ", ".join(
                [
                    *(["must be filled in"] if field.required else []),
                    *(["kept in the vault"] if field.particular else []),
                    *([f"referral template {field.annex}"] if field.annex else []),
                ]
            ),
        )
        for name, field in measure.fields.items()
    ]
    rows += [
        (field.title or name.replace("_", " "), kind_of_field(field), "found out by the engine")
        for name, field in measure.results.items()
    ]
    return table(("Recorded", "What it takes", "Note"), rows)


def _instruments(instruments: dict[str, Instrument]) -> Html:
    return together(
        tag(
            "article",
            tag("h3", f"{instrument.title}, version {instrument.version}"),
            tag("p", instrument.source),
            tag("p", "An unknown answer is never taken for no."),
            table(("Question", "Weight"), [(item.ask, str(item.weight)) for item in instrument.items.values()]),
            tag(
                "p",
                "Levels, from the gravest: " + ", ".join(rung.level.replace("_", " ") for rung in instrument.levels),
            ),
        )
        for instrument in instruments.values()
    )


def _life_events(procedure: Procedure, phrases: Phrases) -> Html:
    rows = [
        (
            event.title,
            phrases.roles(event.by),
            listing(map(phrases.say, event.needs)) or "nothing",
            phrases.roles(event.tells),
        )
        for event in procedure.definition.head.life_events.values()
    ]
    return table(("What happens", "Who tells it", "What must hold", "Who is told"), rows)


def _rules(procedure: Procedure) -> Html:
    rules = procedure.definition.head.rules
    return tag(
        "dl",
        [
            together(tag("dt", name, id=f"rule-{name}"), tag("dd", rule.title, ". ", tag("small", cited(rule.source))))
            for name, rule in rules.items()
        ],
    )
