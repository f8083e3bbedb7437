"""Saved filters of lists and queues."""

from alembic import op

revision = "r0009"
down_revision = "r0008"
branch_labels = None
depends_on = None

_STEPS = (
    """
    CREATE TABLE filters (
        owner text NOT NULL,
        name text NOT NULL,
        shared_with text,
        choices jsonb NOT NULL,
        PRIMARY KEY (owner, name)
    )
    """,
    "CREATE INDEX filters_shared ON filters (shared_with) WHERE shared_with IS NOT NULL",
)


def upgrade() -> None:
    for statement in _STEPS:
        op.execute(statement)
