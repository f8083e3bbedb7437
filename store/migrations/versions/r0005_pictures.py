"""The drawings of a published version, laid out once and kept with it."""

from alembic import op

revision = "r0005"
down_revision = "r0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE TABLE pictures (hash text, sop text, svg text NOT NULL, PRIMARY KEY (hash, sop))")
