"""A procedure is published once for each country that adapts it, and once as the base."""

from alembic import op

revision = "r0004"
down_revision = "r0003"
branch_labels = None
depends_on = None

_STEPS = (
    "ALTER TABLE procedures ADD COLUMN country text",
    "ALTER TABLE procedures DROP CONSTRAINT procedures_name_version",
    """
    ALTER TABLE procedures
        ADD CONSTRAINT procedures_name_version_country UNIQUE NULLS NOT DISTINCT (name, version, country)
    """,
)


def upgrade() -> None:
    for statement in _STEPS:
        op.execute(statement)
