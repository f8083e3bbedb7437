"""The statements behind the figures: constants of this module put together; what callers give travels as parameters."""

# Every part is one scan of an index that holds nothing but what is open. What concerns a case as a whole is no part of
# any one SOP, so `open` is counted twice: cases by country and person, standings by SOP.
_GROUPS = "GROUP BY GROUPING SETS ((country), (sop), (responsible), ())"
_WHOLE = "GROUP BY GROUPING SETS ((country), (responsible), ())"
_NAMED = """
    CASE WHEN GROUPING(country) = 0 THEN 'country' WHEN GROUPING(responsible) = 0 THEN 'responsible'
         WHEN {sop} THEN 'sop' ELSE 'all' END AS by,
    coalesce({name}, '') AS name
"""
_BY_THREE = _NAMED.format(sop="GROUPING(sop) = 0", name="country, responsible, sop")
_BY_TWO = _NAMED.format(sop="false", name="country, responsible")
_CHOSEN = """
    (CAST(%(country)s AS text) IS NULL OR country = %(country)s)
    AND (CAST(%(responsible)s AS text) IS NULL OR responsible = %(responsible)s)
"""
_SOP = "AND (CAST(%(sop)s AS text) IS NULL OR sop = %(sop)s)"
_PARTS: dict[str, str] = {
    "cases": f"""
        SELECT 'open' AS measure, {_BY_TWO}, count(*) AS count FROM cases
        WHERE closed_at IS NULL AND {_CHOSEN} AND CAST(%(sop)s AS text) IS NULL {_WHOLE}
    """,
    "standings": f"""
        SELECT 'open' AS measure, 'sop' AS by, sop AS name, count(*) AS count FROM sop_states
        WHERE roles IS NOT NULL AND {_CHOSEN} {_SOP} GROUP BY sop
    """,
    "overdue": f"""
        SELECT CASE WHEN statutory THEN 'overdue_statutory' ELSE 'overdue_target' END AS measure, {_BY_THREE},
               count(*) AS count
        FROM clocks WHERE status = 'running' AND open AND statutory IN (true, false) AND due <= %(now)s
              AND {_CHOSEN} {_SOP}
        GROUP BY statutory, GROUPING SETS ((country), (sop), (responsible), ())
    """,
    "due_soon": f"""
        SELECT 'due_soon' AS measure, {_BY_THREE}, count(*) AS count
        FROM clocks WHERE status = 'running' AND open AND statutory IN (true, false) AND due > %(now)s AND due <= %(latest)s
              AND due <= coalesce((CAST(%(soon)s AS jsonb)->>country)::timestamptz,
                                  (CAST(%(soon)s AS jsonb)->>'')::timestamptz)
              AND {_CHOSEN} {_SOP} {_GROUPS}
    """,
    "waiting": f"""
        SELECT 'waiting' AS measure, {_BY_THREE}, count(*) AS count
        FROM clocks WHERE status = 'running' AND open AND partner AND due <= %(now)s AND {_CHOSEN} {_SOP} {_GROUPS}
    """,
    "idle": f"""
        SELECT 'idle' AS measure, {_BY_THREE}, count(*) AS count
        FROM sop_states WHERE stalls_at <= %(now)s AND {_CHOSEN} {_SOP} {_GROUPS}
    """,
    "nobody_holds": f"""
        SELECT 'procedural' AS measure, {_BY_THREE}, count(*) AS count
        FROM sop_states WHERE roles = ANY(CAST(%(orphaned)s AS text[])) AND {_CHOSEN} {_SOP} {_GROUPS}
    """,
    "halted": f"""
        SELECT 'procedural' AS measure, {_BY_TWO}, count(*) AS count FROM cases
        WHERE halted IS NOT NULL AND {_CHOSEN} AND CAST(%(sop)s AS text) IS NULL {_WHOLE}
    """,
    "technical": f"""
        SELECT 'technical' AS measure, {_BY_TWO}, count(*) AS count FROM cases
        WHERE case_id = ANY(CAST(%(troubled)s AS text[])) AND {_CHOSEN} AND CAST(%(sop)s AS text) IS NULL {_WHOLE}
    """,
}
FIGURES = " UNION ALL ".join(f"({part})" for part in _PARTS.values())
STAYS = f"""
SELECT sop, state, count(*) AS count, percentile_disc(0.5) WITHIN GROUP (ORDER BY since) AS median_since,
       percentile_disc(0.1) WITHIN GROUP (ORDER BY since) AS p90_since
FROM sop_states WHERE roles IS NOT NULL AND {_CHOSEN} {_SOP} GROUP BY sop, state ORDER BY sop, state
"""
# A stay ends with the line that leaves the state, and began with the last one before it that entered it. One that began
# under another name, before its case followed another version, has no such line and is not counted.
_MOVES = "('state_entered', 'state_set')"
FINISHED_STAYS = f"""
WITH ended AS MATERIALIZED (
    SELECT e.case_id, e.seq, e.at, m.ord, m.event->>'sop' AS sop, m.event->>'source' AS state
    FROM entries e CROSS JOIN LATERAL jsonb_array_elements(e.events) WITH ORDINALITY AS m (event, ord)
    WHERE e.at >= %(since)s AND e.at < %(until)s AND m.event->>'kind' IN {_MOVES} AND m.event->>'source' IS NOT NULL
          AND (CAST(%(sop)s AS text) IS NULL OR m.event->>'sop' = %(sop)s)
)
SELECT ended.sop, ended.state, count(*) AS count,
       percentile_disc(0.5) WITHIN GROUP (ORDER BY ended.at - began.at) AS median,
       percentile_disc(0.9) WITHIN GROUP (ORDER BY ended.at - began.at) AS p90
FROM ended JOIN cases c ON c.case_id = ended.case_id
CROSS JOIN LATERAL (
    SELECT e.at FROM entries e CROSS JOIN LATERAL jsonb_array_elements(e.events) WITH ORDINALITY AS m (event, ord)
    WHERE e.case_id = ended.case_id AND (e.seq, m.ord) < (ended.seq, ended.ord) AND m.event->>'kind' IN {_MOVES}
          AND m.event->>'sop' = ended.sop AND m.event->>'target' = ended.state
    ORDER BY e.seq DESC, m.ord DESC LIMIT 1
) AS began
WHERE CAST(%(country)s AS text) IS NULL OR c.country = %(country)s
GROUP BY ended.sop, ended.state ORDER BY ended.sop, ended.state
"""
