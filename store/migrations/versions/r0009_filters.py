"""Saved filters of lists and queues; indexes by which what the law demands and what others answer is counted,
and lines found by their time.
"""

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
    """
    CREATE INDEX clocks_of_law ON clocks (anchor) INCLUDE (clock, sop, kind, status, due, missed_at, country)
        WHERE statutory
    """,
    """
    CREATE INDEX clocks_of_counterparts ON clocks (anchor) INCLUDE (counterpart, sop, status, due, missed_at, country)
        WHERE partner
    """,
    "CREATE INDEX entries_by_time ON entries USING brin (at) WITH (pages_per_range = 16)",
)


def upgrade() -> None:
    for statement in _STEPS:
        op.execute(statement)
