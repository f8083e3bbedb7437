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
            case_id text, key text, since timestamptz NOT NULL, look_at timestamptz NOT NULL, PRIMARY KEY (case_id, key)
        )
        """
    )
    op.execute("CREATE INDEX awaited_by_look ON awaited (look_at)")
