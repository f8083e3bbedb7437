"""For each right a procedure that breaks it: the proof finds it, and its story breaks the right on the real engine."""

from functools import cache

import pytest

from cli.folders import SHIPPED, files_of
from sop.loader import examine
from sop.model import Definition
from sop.procedure import compile_procedure
from workshop.playing import play
from workshop.proof import prove
from workshop.verdicts import Verdict

FILES = files_of(SHIPPED / "trm")
DEPART = "return.yaml"
IDENTIFICATION = "identification.yaml"
HEAD = "procedure.yaml"

MUTANTS: dict[str, tuple[str, str, str]] = {
    "no_departure_while_identification_is_open": (
        DEPART,
        "      - rule: R5\n        state: {identification: [identified, declined, not_confirmed]}\n",
        "",
    ),
    "no_departure_in_reflection": (DEPART, "      - rule: R5\n        not: {running: identification.reflection}\n", ""),
    "reflection_lasts": (IDENTIFICATION, "period: {at-least: 30 days, set-by", "period: {at-least: 20 days, set-by"),
    "reflection_is_counted": (
        IDENTIFICATION,
        "    anchor: recovery_and_reflection.start_date\n",
        "    anchor: recovery_and_reflection.start_date\n    only-when: {case.own_national: false}\n",
    ),
    "end_of_reflection_ends_no_help": (
        "long_term_assistance.yaml",
        "    from: agreed\n    to: active\n",
        "    from: agreed\n    to: active\n    needs: [{running: identification.reflection}]\n",
    ),
    "closing_cuts_no_protection": (HEAD, "          - not: {running: identification.reflection}\n", "          - {fact: case.deceased, known: false}\n"),
    "no_clock_decides": (
        IDENTIFICATION,
        "at-end: {asks: reflection_decision}",
        "at-end: {takes: decline_identification}",
    ),
    "assistance_never_depends_on_testimony": (
        "first_assistance.yaml",
        "      - settled: information_on_assistance\n        because: Nobody can agree to help that was not explained\n      - rule: R4\n        consent: assistance\n  begin_assistance",
        "      - settled: information_on_assistance\n        because: Nobody can agree to help that was not explained\n      - rule: R4\n        consent: assistance\n      - {done: statement}\n  begin_assistance",
    ),
    "help_waits_for_no_other_sop": (
        "first_assistance.yaml",
        "  by: [case_manager, first_responder, first_point_of_notification, social_worker, shelter]\n",
        "  by: [case_manager, first_responder, first_point_of_notification, social_worker, shelter]\n  needs: [{state: {identification: [presumed, identified]}}]\n",
    ),
    "hand_over_ends_with_a_yes": (
        "long_term_assistance.yaml",
        "    needs:\n      - {fact: hand_over.accepted, is: true}\n",
        "    needs:\n      - {done: hand_over}\n",
    ),
    "doubt_about_age_protects": (HEAD, "                - {fact: case.age_group, is: in_doubt}\n", "                - {fact: case.age_group, is: child}\n"),
    "no_child_interviewed_alone": (
        "proceedings.yaml",
        "              - {fact: case.unaccompanied, is: false}\n              - {done: guardian_appointment}\n",
        "              - {fact: case.unaccompanied, known: true}\n              - {done: guardian_appointment}\n",
    ),
    "no_return_against_best_interests": (
        DEPART,
        "      - rule: R8\n        when: {case.child: true, safe_transport.destination: origin}\n        then: [{fact: best_interests_determination.conclusion, is: return, rule: R8}]\n",
        "",
    ),
    "own_decision_to_leave": (DEPART, "      - {consent: return, rule: R4}\n", ""),
    "risk_is_known_before_leaving": (DEPART, "      - {done: return_risk_assessment}\n      - {fact", "      - {fact"),
    "receiver_has_accepted": (DEPART, "      - {fact: receiver_acceptance.accepted, is: true}\n", "      - {done: receiver_acceptance}\n"),
    "proceedings_are_considered": (DEPART, "        in: [no_proceedings, not_needed, arranged]\n", "        in: [no_proceedings, not_needed, arranged, wait]\n"),
    "nothing_leaves_without_a_basis": (
        IDENTIFICATION,
        "          - {consent: share_abroad}\n          - {done: legal_basis_to_share}\n",
        "          - {consent: share_abroad}\n          - {settled: legal_basis_to_share}\n",
    ),
    "two_persons_find_a_legal_basis": (IDENTIFICATION, "    second-person: [supervisor]\n    repeatable", "    repeatable"),
    "conditions_of_use_come_first": (
        DEPART,
        "      - rule: R16\n        because: The receiver must be bound before anything is sent\n        fact: conditions_of_use.accepted\n        is: true\n",
        "      - {done: conditions_of_use, rule: R16}\n",
    ),
    "family_is_checked_and_wanted": (
        DEPART,
        "          - {fact: case.wishes_family_contact, is: true}\n          - {consent: family_contact}\n      - rule: R7\n        when: {case.child: true}\n        then:\n          - rule: R7\n            fact: best_interests_assessment.contact",
        "          - {consent: family_contact}\n      - rule: R7\n        when: {case.child: true}\n        then:\n          - rule: R7\n            fact: best_interests_assessment.contact",
    ),
    "child_is_traced_in_best_interests": (
        DEPART,
        "            fact: best_interests_assessment.tracing_in_best_interests\n            is: true\n",
        "            done: best_interests_assessment\n",
    ),
    "child_meets_family_in_best_interests": (
        DEPART,
        "            fact: best_interests_assessment.contact_in_best_interests\n            is: true\n",
        "            fact: best_interests_assessment.tracing_in_best_interests\n            is: true\n",
    ),
    "non_punishment_is_explained_first": (
        "proceedings.yaml",
        "        fact: rights_explained.non_punishment_explained\n        is: true\n",
        "        done: rights_explained\n",
    ),
    "two_persons_refuse_victim_status": (IDENTIFICATION, "    second-person: [supervisor]\n    reasons:", "    reasons:"),
}
