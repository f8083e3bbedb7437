"""Giving many cases over, finding covered cases, keeping house, and what each line of the ledger has changed."""

from alembic import op

revision = "r0007"
down_revision = "r0006"
branch_labels = None
depends_on = None

_STEPS = (
    """
    CREATE TABLE reassignments (
        id text PRIMARY KEY, from_user text NOT NULL, to_user text NOT NULL, reason text NOT NULL,
        made_at timestamptz NOT NULL, made_by text NOT NULL
    )
    """,
    """
    CREATE TABLE reassignment_lines (
        reassignment_id text, case_id text, line jsonb NOT NULL, key text NOT NULL, undo_key text NOT NULL,
        PRIMARY KEY (reassignment_id, case_id)
    )
    """,
    """
    CREATE INDEX cases_covered ON cases ((snapshot #>> '{responsible,cover,by}'))
        WHERE snapshot #>> '{responsible,cover,by}' IS NOT NULL
    """,
    "ALTER TABLE entries ADD COLUMN changes jsonb",
    """
    CREATE TABLE discrepancies (
        case_id text, kind text, ledger_seq integer, workflow_seq integer, found_at timestamptz NOT NULL,
        PRIMARY KEY (case_id, kind)
    )
    """,
    "CREATE TABLE housekeeping (name text PRIMARY KEY, place text NOT NULL, at timestamptz NOT NULL)",
)


def upgrade() -> None:
    for statement in _STEPS:
        op.execute(statement)
