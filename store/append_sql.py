"""The hot path in SQL: a whole batch of ledger writes as one statement."""

LOCK = """
SELECT pg_advisory_xact_lock(lock)
FROM (SELECT DISTINCT hashtextextended(id, 0) AS lock FROM unnest(%s::text[]) AS id ORDER BY 1) AS locks
"""
"""One writer to a case at a time; in one order, so that two batches never wait for each other."""

TAKEN_KEYS = """
SELECT e.case_id, e.key, e.seq
FROM jsonb_to_recordset(CAST(:asked AS jsonb)) AS a (case_id text, key text)
JOIN entries e ON e.case_id = a.case_id AND e.key = a.key
"""

# All parts see the tables as they were before the statement. So nothing is deleted and inserted again: rows that
# stay are updated where they differ, rows that left are deleted, and the two never touch the same row.
APPEND = """
WITH writes AS MATERIALIZED (
    SELECT w.snapshot->>'id' AS case_id, w.*
    FROM jsonb_to_recordset(%(cases)s::jsonb)
        AS w (snapshot jsonb, name text, version text, clocks jsonb, sops jsonb, steps jsonb, halted text,
              awaits_since timestamptz)
),
kept AS (
    INSERT INTO entries (case_id, seq, at, actor, role, command, key, events, changes)
    SELECT e.case_id, e.seq, e.at, e.actor, e.role, e.command, e.key, e.events, nullif(e.changes, '')::jsonb
    FROM jsonb_to_recordset(%(entries)s::jsonb)
        AS e (case_id text, seq integer, at timestamptz, actor text, role text, command text, key text, events jsonb,
              changes text)
    ON CONFLICT (case_id, seq) DO NOTHING
),
arrived AS (
    DELETE FROM awaited a USING jsonb_to_recordset(%(entries)s::jsonb) AS e (case_id text, key text)
    WHERE a.case_id = e.case_id AND a.key = e.key
),
told AS (
    INSERT INTO outbox (id, case_id, to_role, what, about, due, created_at, seq)
    SELECT t.id, t.case_id, t."to", t.what, t.about, t.due, e.at, e.seq
    FROM jsonb_to_recordset(%(entries)s::jsonb) AS e (at timestamptz, seq integer, tells jsonb),
         jsonb_to_recordset(e.tells) AS t (id text, case_id text, "to" text, what text, about text, due timestamptz)
    ON CONFLICT DO NOTHING
),
moved AS (
    INSERT INTO cases AS c (case_id, procedure_hash, procedure_name, procedure_version, country, opened_at, closed_at,
                            moved_at, seq, responsible, offered_to, snapshot, halted, awaits_since)
    SELECT w.case_id, w.snapshot->>'procedure', w.name, w.version, w.snapshot->>'country',
           (w.snapshot->>'opened_at')::timestamptz, (w.snapshot->>'closed_at')::timestamptz,
           (w.snapshot->>'moved_at')::timestamptz, (w.snapshot->>'seq')::integer,
           w.snapshot->'responsible'->>'id', w.snapshot->'responsible'->>'offered_to', w.snapshot, w.halted,
           w.awaits_since
    FROM writes w
    ON CONFLICT (case_id) DO UPDATE SET
        procedure_hash = excluded.procedure_hash, procedure_name = excluded.procedure_name,
        procedure_version = excluded.procedure_version, country = excluded.country, opened_at = excluded.opened_at,
        closed_at = excluded.closed_at, moved_at = excluded.moved_at, seq = excluded.seq,
        responsible = excluded.responsible, offered_to = excluded.offered_to, snapshot = excluded.snapshot,
        halted = excluded.halted, awaits_since = excluded.awaits_since
    WHERE c.seq < excluded.seq
    RETURNING c.case_id
),
fresh AS MATERIALIZED (
    SELECT w.* FROM writes w JOIN moved m ON m.case_id = w.case_id
),
states AS MATERIALIZED (
    SELECT f.case_id, s.key AS sop, s.value->>'state' AS state, (s.value->>'since')::timestamptz AS since,
           (s.value->>'open')::boolean AS open, f.snapshot->>'country' AS country,
           f.snapshot->'responsible'->>'id' AS responsible, (m->>'stalls_at')::timestamptz AS stalls_at,
           m->>'roles' AS roles
    FROM fresh f, jsonb_each(f.snapshot->'sops') AS s, LATERAL (SELECT f.sops->s.key AS m) AS meta
),
states_gone AS (
    DELETE FROM sop_states r USING fresh f
    WHERE r.case_id = f.case_id AND NOT f.snapshot->'sops' ? r.sop
),
states_kept AS (
    INSERT INTO sop_states AS r (case_id, sop, state, since, open, country, responsible, stalls_at, roles)
    SELECT * FROM states
    ON CONFLICT (case_id, sop) DO UPDATE SET
        state = excluded.state, since = excluded.since, open = excluded.open, country = excluded.country,
        responsible = excluded.responsible, stalls_at = excluded.stalls_at, roles = excluded.roles
    WHERE (r.state, r.since, r.open, r.country, r.responsible, r.stalls_at, r.roles) IS DISTINCT FROM
        (excluded.state, excluded.since, excluded.open, excluded.country, excluded.responsible, excluded.stalls_at,
         excluded.roles)
),
runs AS MATERIALIZED (
    SELECT f.case_id, k.key AS clock, m->>'sop' AS sop, (k.value->>'run')::integer AS run, m->>'kind' AS kind,
           (m->>'statutory')::boolean AS statutory, k.value->>'status' AS status,
           (k.value->>'anchor')::timestamptz AS anchor, (k.value->>'due')::timestamptz AS due,
           (k.value->>'missed_at')::timestamptz AS missed_at, f.snapshot->>'country' AS country,
           f.snapshot->'responsible'->>'id' AS responsible, f.snapshot->>'closed_at' IS NULL AS open,
           m->>'owes' AS owes, (m->>'partner')::boolean AS partner, m->>'counterpart' AS counterpart
    FROM fresh f, jsonb_each(f.snapshot->'clocks') AS k, LATERAL (SELECT f.clocks->k.key AS m) AS meta
),
clocks_gone AS (
    DELETE FROM clocks r USING fresh f
    WHERE r.case_id = f.case_id AND NOT f.snapshot->'clocks' ? r.clock
),
clocks_kept AS (
    INSERT INTO clocks AS r (case_id, clock, sop, run, kind, statutory, status, anchor, due, missed_at, country,
                             responsible, open, owes, partner, counterpart)
    SELECT * FROM runs
    ON CONFLICT (case_id, clock) DO UPDATE SET
        sop = excluded.sop, run = excluded.run, kind = excluded.kind, statutory = excluded.statutory,
        status = excluded.status, anchor = excluded.anchor, due = excluded.due, missed_at = excluded.missed_at,
        country = excluded.country, responsible = excluded.responsible, open = excluded.open, owes = excluded.owes,
        partner = excluded.partner, counterpart = excluded.counterpart
    WHERE (r.sop, r.run, r.kind, r.statutory, r.status, r.anchor, r.due, r.missed_at, r.country, r.responsible,
           r.open, r.owes, r.partner, r.counterpart) IS DISTINCT FROM
        (excluded.sop, excluded.run, excluded.kind, excluded.statutory, excluded.status, excluded.anchor,
         excluded.due, excluded.missed_at, excluded.country, excluded.responsible, excluded.open, excluded.owes,
         excluded.partner, excluded.counterpart)
),
possible AS MATERIALIZED (
    SELECT DISTINCT ON (f.case_id, s.kind, s.sop, s.name) f.case_id, s.kind, s.sop, s.name, s.asked
    FROM fresh f, jsonb_to_recordset(f.steps) AS s (kind text, sop text, name text, asked boolean)
    ORDER BY f.case_id, s.kind, s.sop, s.name, s.asked DESC
),
steps_gone AS (
    DELETE FROM steps r USING fresh f
    WHERE r.case_id = f.case_id AND NOT EXISTS (
        SELECT 1 FROM possible p
        WHERE p.case_id = r.case_id AND p.kind = r.kind AND p.sop = r.sop AND p.name = r.name
    )
)
INSERT INTO steps AS r (case_id, kind, sop, name, asked) SELECT * FROM possible
ON CONFLICT (case_id, kind, sop, name) DO UPDATE SET asked = excluded.asked
WHERE r.asked IS DISTINCT FROM excluded.asked
"""
