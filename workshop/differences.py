"""What can differ between two versions of a procedure: a closed list of kinds, each weighed by whom it concerns."""

from typing import Literal

from sop.shapes import Value

Weight = Literal["person", "staff", "wording"]
"""Whom it concerns: the person (protection, conditions, consents, law), the staff (work, roles, reminders), nobody."""

Kind = Literal[
    "sop_added", "sop_removed", "state_added", "state_removed", "measure_added", "measure_removed",
    "transition_added", "transition_removed", "clock_added", "clock_removed", "role_added", "role_removed",
    "fact_added", "fact_removed", "field_added", "field_removed", "result_added", "result_removed",
    "derived_added", "derived_removed", "consent_added", "consent_removed", "event_added", "event_removed",
    "rule_added", "rule_removed", "code_added", "code_removed", "reason_added", "reason_removed",
    "instrument_added", "instrument_removed", "item_added", "item_removed", "calendar_added", "calendar_removed",
    "counting_added", "counting_removed",
    "migration_added", "migration_removed", "right_added", "right_removed",
    "opening_added", "opening_removed", "condition_added", "condition_removed",
    "name_changed", "version_changed", "wording_changed", "order_changed", "roles_changed", "second_person_changed",
    "start_changed", "final_changed", "stalled_changed", "states_changed", "target_changed", "kind_changed",
    "condition_changed", "activity_changed", "repetition_changed", "validity_changed", "declining_changed",
    "field_type_changed", "field_need_changed", "field_secrecy_changed", "field_effect_changed", "bounds_changed",
    "annex_changed", "source_changed", "rule_changed", "event_effect_changed", "closing_changed", "telling_changed",
    "reading_changed", "calendar_changed", "scoring_changed", "length_changed", "trigger_changed", "anchor_changed",
    "counting_changed", "law_changed", "extension_changed", "pause_changed", "early_end_changed", "reminder_changed",
    "end_changed", "migration_changed", "right_changed",
]  # fmt: skip


class Difference(Value):
    """One difference. `where` is its place in the files, `place` the same in titles, outermost first."""

    kind: Kind
    weight: Weight
    where: str
    place: tuple[str, ...]
    text: str
    was: str
    now: str
    source: str | None = None
    """Where the value that counts from now on comes from, in words; set where the files name a source."""
