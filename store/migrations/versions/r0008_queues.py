"""What the queues of supervisors are read from: who owes, until when a state may last, what cannot go on; and indexes."""

from alembic import op

revision = "r0008"
down_revision = "r0007"
branch_labels = None
depends_on = None

_STEPS = (
    "ALTER TABLE cases ADD COLUMN halted text, ADD COLUMN awaits_since timestamptz",
    """
    CREATE INDEX cases_open ON cases (opened_at DESC, case_id DESC) INCLUDE (country, responsible)
        WHERE closed_at IS NULL
    """,
    "DROP INDEX cases_of_responsible",
    """
    CREATE INDEX cases_of_responsible ON cases (responsible, opened_at DESC, case_id DESC) WHERE closed_at IS NULL
    """,
    "CREATE INDEX cases_open_by_country ON cases (country, opened_at DESC, case_id DESC) WHERE closed_at IS NULL",
    "CREATE INDEX cases_halted ON cases (moved_at, case_id) WHERE halted IS NOT NULL",
    "CREATE INDEX cases_awaiting ON cases (awaits_since) WHERE awaits_since IS NOT NULL",
    "DROP INDEX cases_offered",
    "CREATE INDEX cases_offered ON cases (offered_to) WHERE offered_to IS NOT NULL AND closed_at IS NULL",
    """
    ALTER TABLE sop_states ADD COLUMN country text NOT NULL DEFAULT '', ADD COLUMN responsible text NOT NULL DEFAULT '',
        ADD COLUMN stalls_at timestamptz, ADD COLUMN roles text
    """,
    """
    UPDATE sop_states s SET country = c.country, responsible = c.responsible
    FROM cases c WHERE c.case_id = s.case_id
    """,
    "ALTER TABLE sop_states ALTER COLUMN country DROP DEFAULT, ALTER COLUMN responsible DROP DEFAULT",
    """
    CREATE INDEX sop_states_stalling ON sop_states (stalls_at, case_id, sop) INCLUDE (country, responsible)
        WHERE stalls_at IS NOT NULL
    """,
    """
    CREATE INDEX sop_states_stalling_by_country ON sop_states (country, stalls_at, case_id, sop)
        WHERE stalls_at IS NOT NULL
    """,
    """
    CREATE INDEX sop_states_stalling_of_responsible ON sop_states (responsible, stalls_at, case_id, sop)
        WHERE stalls_at IS NOT NULL
    """,
    "CREATE INDEX sop_states_by_roles ON sop_states (roles, since) WHERE roles IS NOT NULL",
    """
    CREATE INDEX sop_states_working ON sop_states (sop, state, since) INCLUDE (country, responsible)
        WHERE roles IS NOT NULL
    """,
    """
    ALTER TABLE clocks ADD COLUMN country text NOT NULL DEFAULT '', ADD COLUMN responsible text NOT NULL DEFAULT '',
        ADD COLUMN open boolean NOT NULL DEFAULT true, ADD COLUMN owes text NOT NULL DEFAULT '',
        ADD COLUMN partner boolean NOT NULL DEFAULT false, ADD COLUMN counterpart text
    """,
    """
    UPDATE clocks k SET country = c.country, responsible = c.responsible, open = c.closed_at IS NULL
    FROM cases c WHERE c.case_id = k.case_id
    """,
    """
    ALTER TABLE clocks ALTER COLUMN country DROP DEFAULT, ALTER COLUMN responsible DROP DEFAULT,
        ALTER COLUMN open DROP DEFAULT, ALTER COLUMN owes DROP DEFAULT, ALTER COLUMN partner DROP DEFAULT
    """,
    "DROP INDEX clocks_running_by_due",
    """
    CREATE INDEX clocks_running ON clocks (statutory, due, case_id, clock) INCLUDE (sop, country, responsible, owes)
        WHERE status = 'running' AND open
    """,
    """
    CREATE INDEX clocks_running_by_country ON clocks (country, statutory, due, case_id, clock)
        WHERE status = 'running' AND open
    """,
    """
    CREATE INDEX clocks_running_of_responsible ON clocks (responsible, statutory, due, case_id, clock)
        WHERE status = 'running' AND open
    """,
    "CREATE INDEX clocks_of_partners ON clocks (due, case_id, clock) WHERE status = 'running' AND open AND partner",
    "CREATE INDEX clocks_unheard ON clocks (due) WHERE status = 'running' AND missed_at IS NULL",
)


def upgrade() -> None:
    for statement in _STEPS:
        op.execute(statement)
