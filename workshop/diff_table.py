"""For every key of the SOP language: of which kind its change is, whom it concerns, and how it is called in words."""

from dataclasses import dataclass
from typing import Literal

from sop.clocks import Clock
from sop.fields import Field
from sop.instruments import Instrument
from sop.migration import Migration
from sop.model import (
    Consents,
    Definition,
    Derived,
    Head,
    LifeEvent,
    Measure,
    Opening,
    Rule,
    Sop,
    State,
    Transition,
)
from sop.rights import Right
from sop.shapes import Shape
from workshop.differences import Kind, Weight

Weighed = Weight | Literal["clock"]
"""`clock` weighs by the clock itself: a period or a clock of the law concerns the person, a target the staff."""


@dataclass(frozen=True)
class Told:
    """A value that is told whole: what it was and what it is. Of a list, what came and what went."""

    kind: Kind
    weight: Weighed
    label: str
    words: Literal["plain", "roles", "titles", "states", "facts"] = "plain"


@dataclass(frozen=True)
class Things:
    """Things by name: some are new, some are gone, the others are looked into."""

    added: Kind
    removed: Kind
    weight: Weighed
    noun: str


@dataclass(frozen=True)
class Asked:
    """Conditions: some are asked from now on, some no longer."""

    label: str


@dataclass(frozen=True)
class Inside:
    """One part that is looked into; where it can be missing, it comes and goes."""

    noun: str
    added: Kind = "opening_added"
    removed: Kind = "opening_removed"


_TITLE = Told("wording_changed", "wording", "title")
_SOURCE = Told("source_changed", "staff", "source")
_RULE = Told("rule_changed", "staff", "rule that it holds up")
_SECOND = Told("second_person_changed", "staff", "second person", "roles")
_REASONS = Things("reason_added", "reason_removed", "staff", "reason")


def _words(label: str) -> Told:
    return Told("wording_changed", "wording", label)


def _by(label: str) -> Told:
    return Told("roles_changed", "staff", label, "roles")


TABLE: dict[type[Shape], dict[str, Told | Things | Asked | Inside]] = {
    Definition: {
        "head": Inside("procedure"),
        "sops": Things("sop_added", "sop_removed", "person", "SOP"),
        "instruments": Things("instrument_added", "instrument_removed", "staff", "questionnaire"),
        "rights": Things("right_added", "right_removed", "person", "right"),
        "migrations": Things("migration_added", "migration_removed", "staff", "migration"),
    },
    Head: {
        "procedure": Told("name_changed", "staff", "name of the procedure"),
        "version": Told("version_changed", "wording", "version"),
        "title": _TITLE,
        "sops": Told("order_changed", "wording", "SOPs in their order", "titles"),
        "starts_with": Told("start_changed", "person", "SOP that opens with the case", "titles"),
        "roles": Things("role_added", "role_removed", "staff", "role"),
        "opened_by": _by("may open a case"),
        "calendars": Things("calendar_added", "calendar_removed", "staff", "calendar"),
        "calendar_of": Told("calendar_changed", "staff", "fact that names the calendar", "titles"),
        "counting_rules": Things("counting_added", "counting_removed", "person", "counting rule"),
        "facts": Things("fact_added", "fact_removed", "staff", "fact of the case"),
        "derived": Things("derived_added", "derived_removed", "person", "derived fact"),
        "consents": Things("consent_added", "consent_removed", "person", "consent"),
        "life_events": Things("event_added", "event_removed", "person", "life event"),
        "rules": Things("rule_added", "rule_removed", "person", "rule"),
        "never_reads": Told("reading_changed", "person", "never read"),
        "country": Told("name_changed", "staff", "country"),
        "overlay": Told("name_changed", "wording", "adaptation"),
        "bodies": Things("role_added", "role_removed", "staff", "national body"),
        "texts": Told("wording_changed", "wording", "titles in other languages"),
        "notes": _words("notes for users"),
    },
    Sop: {
        "sop": Told("name_changed", "staff", "name"),
        "title": _TITLE,
        "initial": Told("start_changed", "staff", "first state", "states"),
        "states": Things("state_added", "state_removed", "person", "state"),
        "opens": Inside("how it opens"),
        "reopens": Inside("how it opens again"),
        "measures": Things("measure_added", "measure_removed", "person", "measure"),
        "transitions": Things("transition_added", "transition_removed", "person", "step"),
        "clocks": Things("clock_added", "clock_removed", "clock", "clock"),
    },
    State: {
        "title": _TITLE,
        "final": Told("final_changed", "person", "the SOP ends here"),
        "stalled_after": Told("stalled_changed", "staff", "counts as stuck after"),
    },
    Measure: {
        "title": _TITLE,
        "code": _words("code in the guidelines"),
        "what": _words("what"),
        "when": _words("when"),
        "who": _by("may record it"),
        "how": _words("how"),
        "child": _words("for a child"),
        "in_": Told("states_changed", "staff", "can be recorded at", "states"),
        "kind": Told("kind_changed", "staff", "kind"),
        "needs": Asked("before it is begun or done"),
        "fields": Things("field_added", "field_removed", "staff", "field"),
        "results": Things("result_added", "result_removed", "staff", "result"),
        "activity": Told("activity_changed", "staff", "work that the engine does"),
        "repeatable": Told("repetition_changed", "staff", "may be done again"),
        "valid_for": Told("validity_changed", "person", "what it found counts for"),
        "declinable": Told("declining_changed", "person", "the person may decline it"),
        "second_person": _SECOND,
        "source": _SOURCE,
        "rule": _RULE,
    },
    Transition: {
        "title": _TITLE,
        "from_": Told("states_changed", "person", "leaves from", "states"),
        "to": Told("target_changed", "person", "leads to", "states"),
        "by": _by("may take it"),
        "needs": Asked("before it can be taken"),
        "starts": Told("trigger_changed", "person", "clocks that it starts"),
        "reasons": _REASONS,
        "second_person": _SECOND,
        "source": _SOURCE,
        "rule": _RULE,
    },
    Opening: {"by": _by("may open it"), "needs": Asked("before it can be opened"), "rule": _RULE},
    Field: {
        "type": Told("field_type_changed", "staff", "what it holds"),
        "one_of": Things("code_added", "code_removed", "staff", "answer"),
        "many_of": Things("code_added", "code_removed", "staff", "answer"),
        "instrument": Told("field_type_changed", "staff", "questionnaire"),
        "title": _TITLE,
        "required": Told("field_need_changed", "staff", "must be filled in"),
        "asked": Told("field_need_changed", "staff", "is told as a fact"),
        "sensitive": Told("field_secrecy_changed", "person", "is kept in the vault only"),
        "sets": Told("field_effect_changed", "staff", "brings up to date", "titles"),
        "annex": Told("annex_changed", "staff", "place in the referral template"),
        "lowest": Told("bounds_changed", "staff", "smallest number"),
        "highest": Told("bounds_changed", "staff", "largest number"),
    },
    Derived: {
        "title": _TITLE,
        "when": Told("condition_changed", "person", "holds where"),
        "source": _SOURCE,
    },
    LifeEvent: {
        "title": _TITLE,
        "by": _by("may tell of it"),
        "needs": Asked("before it can be told"),
        "sets": Told("event_effect_changed", "person", "facts that it sets"),
        "targets": Told("event_effect_changed", "staff", "what it does to internal targets"),
        "reasons": _REASONS,
        "tells": Told("telling_changed", "staff", "who is told", "roles"),
        "closes": Told("closing_changed", "person", "closes the case"),
        "reopens": Told("closing_changed", "person", "opens a closed case again"),
        "second_person": _SECOND,
        "rule": _RULE,
    },
    Rule: {"title": _TITLE, "source": Told("source_changed", "person", "source")},
    Consents: {"title": Told("wording_changed", "person", "words that are put to the person"), "rule": _RULE},
    Instrument: {
        "instrument": Told("name_changed", "staff", "name"),
        "version": Told("version_changed", "wording", "version"),
        "title": _TITLE,
        "source": Told("source_changed", "staff", "source"),
        "levels": Told("scoring_changed", "person", "levels"),
        "items": Things("item_added", "item_removed", "person", "item"),
        "unknown_counts": Told("scoring_changed", "person", "share that an unknown answer counts"),
        "unknown_blocks_lowest": Told("scoring_changed", "person", "an unknown answer keeps off the lowest level"),
        "floor_while": Told("scoring_changed", "person", "level below which it cannot fall"),
    },
    Clock: {
        "title": _TITLE,
        "period": Told("length_changed", "clock", "protects for"),
        "deadline": Told("length_changed", "clock", "is owed within"),
        "review": Told("length_changed", "clock", "comes again"),
        "variants": Told("length_changed", "clock", "other lengths"),
        "starts": Told("trigger_changed", "clock", "starts by"),
        "only_when": Told("trigger_changed", "clock", "starts only where", "facts"),
        "met_by": Told("trigger_changed", "clock", "is met by"),
        "cancelled_by": Told("trigger_changed", "clock", "becomes pointless by"),
        "anchor": Told("anchor_changed", "clock", "counts from", "titles"),
        "counting": Told("counting_changed", "clock", "way of counting"),
        "calendar_of": Told("counting_changed", "clock", "whose days count"),
        "statutory": Told("law_changed", "person", "set by law"),
        "source": Told("source_changed", "clock", "source"),
        "extend": Told("extension_changed", "clock", "may be extended"),
        "pause": Told("pause_changed", "clock", "may be paused"),
        "ends_early": Told("early_end_changed", "person", "may end early"),
        "remind": Told("reminder_changed", "staff", "reminds"),
        "reminds": Told("reminder_changed", "staff", "who is reminded", "roles"),
        "owed_by": Told("reminder_changed", "staff", "who owes it"),
        "when_missed": Told("reminder_changed", "staff", "when nothing came"),
        "at_end": Told("end_changed", "clock", "at its end"),
        "at_other_times": Told("length_changed", "clock", "by other law"),
        "rule": _RULE,
    },
    Right: {
        "title": _TITLE,
        "because": _words("why"),
        "source": Told("source_changed", "person", "source"),
        "rule": _RULE,
        "whenever": Told("right_changed", "person", "steps at which it asks"),
        "needs": Asked("by the right"),
        "always": Asked("by the right, always"),
        **{
            key: Told("right_changed", "person", key.replace("_", " "))
            for key in ("lasts", "independent", "second_person", "never_by_clock", "responsible")
        },
    },
    Migration: {
        "migration": Told("name_changed", "staff", "name"),
        "from_": Told("migration_changed", "staff", "versions that it brings over"),
        **{
            key: Told("migration_changed", "staff", key.replace("_", " "))
            for key in ("states", "measures", "clocks", "facts", "values")
        },
        "ends": Told("migration_changed", "person", "clocks of the law that end"),
        "same_consents": Told("migration_changed", "person", "consents that count on"),
    },
}
"""Shapes that are not here are told whole, in the words of `workshop.phrases`."""
