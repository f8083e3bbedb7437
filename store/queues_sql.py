"""The statements behind the queues: constants of this module put together; what callers give travels as parameters."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

Chosen = Mapping[str, Any]
"""The filters by name; those that are None do not count."""

_FILTERS = {
    "country": "k.country = %(country)s",
    "sop": "k.sop = %(sop)s",
    "responsible": "k.responsible = %(responsible)s",
    "role": "%(role)s = ANY(string_to_array(k.owes, ','))",
}
_WHEN = {
    "overdue": "k.due <= %(now)s",
    "due_soon": """k.due > %(now)s AND k.due <= %(latest)s
        AND k.due <= coalesce((CAST(%(soon)s AS jsonb)->>k.country)::timestamptz,
                              (CAST(%(soon)s AS jsonb)->>'')::timestamptz)""",
    "abroad": "k.partner AND k.counterpart IS NOT NULL",
    "waiting": "k.partner AND k.due <= %(now)s",
}
_TOLD = """
    (SELECT coalesce(jsonb_agg(jsonb_build_object('role', o.to_role, 'what', o.what, 'at', o.created_at,
                                                  'status', o.status) ORDER BY o.created_at, o.id), '[]')
     FROM outbox o WHERE o.case_id = p.case_id AND o.about = p.clock AND o.due = p.due)
"""
_CLOCK = (
    "case_id, country, responsible, clock, sop, kind, statutory, anchor, due, missed_at, owes, partner, counterpart"
)


def clocks(queue: str, wanted: Chosen, after: bool, statutory: bool | None) -> str:
    """A page of running clocks: law and targets are read apart, each along its index, law first.

    What others owe has one order, by due moment, whatever set the limit.
    """
    kinds = (True, False) if statutory is None else (statutory,)
    if queue in ("abroad", "waiting"):
        half = "true" if statutory is None else f"{'' if statutory else 'NOT '}k.statutory"
        page = _part(queue, wanted, half, "(k.due, k.case_id, k.clock) > (%(a_due)s, %(a_case)s, %(a_clock)s)", after)
        return _page(page, "p.due, p.case_id, p.clock")
    parts = [_part(queue, wanted, f"{'' if law else 'NOT '}k.statutory", _beyond(law), after) for law in kinds]
    return _page(" UNION ALL ".join(f"({part})" for part in parts), "p.statutory DESC, p.due, p.case_id, p.clock")


def _beyond(law: bool) -> str:
    """What lies after a place: in the same half what is later, and all of the half that comes after it."""
    later = "(k.due, k.case_id, k.clock) > (%(a_due)s, %(a_case)s, %(a_clock)s)"
    return f"CAST(%(a_statutory)s AS boolean) AND {later}" if law else f"(CAST(%(a_statutory)s AS boolean) OR {later})"


def _part(queue: str, wanted: Chosen, half: str, beyond: str, after: bool) -> str:
    conditions = ["k.status = 'running'", "k.open", half, _WHEN[queue], *_of(wanted, _FILTERS)]
    conditions += [beyond] if after else []
    return f"""
        SELECT {", ".join(f"k.{name}" for name in _CLOCK.split(", "))} FROM clocks k
        WHERE {" AND ".join(conditions)} ORDER BY k.due, k.case_id, k.clock LIMIT %(limit)s
    """


def _page(page: str, order: str) -> str:
    return f"""
        WITH page AS MATERIALIZED ({page}), p AS (SELECT * FROM page p ORDER BY {order} LIMIT %(limit)s)
        SELECT p.*, c.procedure_hash, {_TOLD} AS told FROM p JOIN cases c ON c.case_id = p.case_id ORDER BY {order}
    """


_STRANGERS = """
WITH RECURSIVE named AS (
    (SELECT responsible FROM cases WHERE closed_at IS NULL ORDER BY responsible LIMIT 1)
    UNION ALL
    SELECT (SELECT c.responsible FROM cases c WHERE c.closed_at IS NULL AND c.responsible > named.responsible
            ORDER BY c.responsible LIMIT 1)
    FROM named WHERE named.responsible IS NOT NULL
),
strangers AS MATERIALIZED (SELECT responsible FROM named WHERE responsible <> ALL(CAST(%(known)s AS text[])))
"""
"""Who is responsible for an open case and is not known, by jumping along the index from name to name."""

ROLE_SETS = """
WITH RECURSIVE named AS (
    (SELECT roles FROM sop_states WHERE roles IS NOT NULL ORDER BY roles LIMIT 1)
    UNION ALL
    SELECT (SELECT s.roles FROM sop_states s WHERE s.roles > named.roles ORDER BY s.roles LIMIT 1)
    FROM named WHERE named.roles IS NOT NULL
)
SELECT roles FROM named WHERE roles IS NOT NULL
"""
"""Every set of roles that can take some open SOP further."""


def unassigned(wanted: Chosen, after: bool) -> str:
    filters = {"country": "c.country = %(country)s", "responsible": "c.responsible = %(responsible)s"}
    more = [*_of(wanted, filters), *(["(c.opened_at, c.case_id) > (%(a_at)s, %(a_case)s)"] if after else [])]
    found = " AND ".join(["c.closed_at IS NULL", *more])
    return f"""
        {_STRANGERS}
        SELECT c.case_id, c.country, c.procedure_hash, c.responsible, c.offered_to, c.opened_at,
               (SELECT max(e.at) FROM entries e WHERE e.case_id = c.case_id AND e.command = 'offer_case') AS offered_at
        FROM (
            (SELECT c.case_id FROM cases c WHERE c.offered_to IS NOT NULL AND {found}
             ORDER BY c.opened_at, c.case_id LIMIT %(limit)s)
            UNION
            (SELECT c.case_id FROM strangers s JOIN cases c ON c.responsible = s.responsible AND {found}
             ORDER BY c.opened_at, c.case_id LIMIT %(limit)s)
        ) AS found JOIN cases c ON c.case_id = found.case_id
        ORDER BY c.opened_at, c.case_id LIMIT %(limit)s
    """


def halted(wanted: Chosen, after: bool) -> str:
    of_case = {
        "country": "c.country = %(country)s",
        "responsible": "c.responsible = %(responsible)s",
        "sop": "EXISTS (SELECT 1 FROM sop_states s WHERE s.case_id = c.case_id AND s.sop = %(sop)s)",
    }
    of_sop = {
        "country": "s.country = %(country)s",
        "responsible": "s.responsible = %(responsible)s",
        "sop": "s.sop = %(sop)s",
    }
    cases = ["c.halted IS NOT NULL", *_of(wanted, of_case)]
    sops = ["s.roles = ANY(CAST(%(orphaned)s AS text[]))", *_of(wanted, of_sop)]
    if after:
        cases.append("(c.moved_at, c.case_id, '') > (%(a_at)s, %(a_case)s, CAST(%(a_sop)s AS text))")
        sops.append("(s.since, s.case_id, s.sop) > (%(a_at)s, %(a_case)s, CAST(%(a_sop)s AS text))")
    return f"""
        WITH found AS (
            (SELECT c.case_id, '' AS sop, c.halted AS code, c.moved_at AS since, '' AS roles FROM cases c
             WHERE {" AND ".join(cases)} ORDER BY c.moved_at, c.case_id LIMIT %(limit)s)
            UNION ALL
            (SELECT s.case_id, s.sop, 'nobody_holds', s.since, s.roles FROM sop_states s
             WHERE {" AND ".join(sops)} ORDER BY s.since, s.case_id, s.sop LIMIT %(limit)s)
        )
        SELECT f.sop, f.code, f.since, f.roles, c.snapshot::text AS snapshot FROM found f JOIN cases c ON c.case_id = f.case_id
        ORDER BY f.since, f.case_id, f.sop LIMIT %(limit)s
    """


def idle(wanted: Chosen, after: bool) -> str:
    filters = {
        "country": "s.country = %(country)s",
        "responsible": "s.responsible = %(responsible)s",
        "sop": "s.sop = %(sop)s",
    }
    conditions = ["s.stalls_at <= %(now)s", *_of(wanted, filters)]
    conditions += ["(s.stalls_at, s.case_id, s.sop) > (%(a_at)s, %(a_case)s, %(a_sop)s)"] if after else []
    return f"""
        WITH page AS MATERIALIZED (
            SELECT s.case_id, s.sop, s.stalls_at FROM sop_states s WHERE {" AND ".join(conditions)}
            ORDER BY s.stalls_at, s.case_id, s.sop LIMIT %(limit)s
        )
        SELECT p.sop, p.stalls_at, c.snapshot::text AS snapshot FROM page p JOIN cases c ON c.case_id = p.case_id
        ORDER BY p.stalls_at, p.case_id, p.sop
    """


SUSPECTS = """
SELECT case_id, code, min(since) AS since FROM (
    (SELECT k.case_id, 'clock_unheard' AS code, k.due AS since FROM clocks k
     WHERE k.status = 'running' AND k.missed_at IS NULL AND k.due <= %(unheard)s ORDER BY k.due LIMIT %(limit)s)
    UNION ALL
    (SELECT c.case_id, 'result_missing', c.awaits_since FROM cases c
     WHERE c.awaits_since <= %(unanswered)s ORDER BY c.awaits_since LIMIT %(limit)s)
    UNION ALL
    (SELECT a.case_id, 'line_missing', a.since FROM awaited a WHERE a.since <= %(unwritten)s ORDER BY a.since LIMIT %(limit)s)
    UNION ALL
    (SELECT d.case_id, 'rows_differ', d.found_at FROM discrepancies d ORDER BY d.found_at LIMIT %(limit)s)
) AS found
GROUP BY case_id, code ORDER BY since, case_id, code LIMIT %(limit)s
"""

HEADS = """
SELECT c.case_id, c.country, c.procedure_hash, c.responsible,
       (SELECT coalesce(array_agg(s.sop ORDER BY s.sop), '{}') FROM sop_states s
        WHERE s.case_id = c.case_id AND s.open) AS sops
FROM cases c WHERE c.case_id = ANY(CAST(%(cases)s AS text[]))
"""


def _of(wanted: Chosen, filters: Mapping[str, str]) -> list[str]:
    return [condition for name, condition in filters.items() if wanted.get(name) is not None]


def as_json(moments: Mapping[str, datetime]) -> str:
    """Moments by name, for a parameter that is read as `jsonb`."""
    return json.dumps({name: moment.isoformat() for name, moment in moments.items()})
