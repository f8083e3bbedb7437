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
