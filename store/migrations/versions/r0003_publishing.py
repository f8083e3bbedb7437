"""Publishing in force from a day and confirmed by a second person; plans that move running cases to another version."""

from alembic import op

revision = "r0003"
down_revision = "r0002"
branch_labels = None
depends_on = None

_STEPS = (
    "ALTER TABLE procedures ADD COLUMN in_force_from timestamptz",
    "UPDATE procedures SET in_force_from = published_at",
    "ALTER TABLE procedures ALTER COLUMN in_force_from SET NOT NULL",
    "ALTER TABLE procedures ADD COLUMN waits_for_second boolean NOT NULL DEFAULT false",
    "ALTER TABLE procedures ADD COLUMN confirmed_by text",
    "ALTER TABLE procedures ADD COLUMN confirmed_at timestamptz",
    """
    CREATE TABLE plans (
        id text PRIMARY KEY, procedure_hash text NOT NULL, made_at timestamptz NOT NULL, made_by text NOT NULL,
        chosen jsonb NOT NULL, paused_by text
    )
    """,
    """
    CREATE TABLE plan_lines (
        plan_id text, case_id text, line jsonb NOT NULL, PRIMARY KEY (plan_id, case_id)
    )
    """,
)


def upgrade() -> None:
    for statement in _STEPS:
        op.execute(statement)
