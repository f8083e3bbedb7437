"""Commands on their way, whose lines in the ledger are awaited."""

from alembic import op

revision = "r0002"
down_revision = "r0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE awaited (
            id text PRIMARY KEY, case_id text NOT NULL, key text NOT NULL, since timestamptz NOT NULL,
            look_at timestamptz NOT NULL
        )
        """
    )
    op.execute("CREATE INDEX awaited_by_look ON awaited (look_at)")
    op.execute("CREATE INDEX awaited_by_key ON awaited (case_id, key)")
