"""Who is told of reminders and escalations, and what is on its way to them."""

from alembic import op

revision = "r0006"
down_revision = "r0005"
branch_labels = None
depends_on = None

_STEPS = (
    "ALTER TABLE outbox ADD COLUMN seq integer NOT NULL DEFAULT 0",
    # what waited while nobody delivered is old: it is read in the case, and never sent after the fact
    "UPDATE outbox SET status = 'addressed'",
    """
    CREATE TABLE people (
        id text PRIMARY KEY, roles text[] NOT NULL, countries text[] NOT NULL, language text NOT NULL,
        address bytea, zone text NOT NULL, quiet_from time, quiet_until time, digest_at time
    )
    """,
    "CREATE INDEX people_by_role ON people USING gin (roles)",
    """
    CREATE TABLE endpoints (
        id text PRIMARY KEY, person text NOT NULL, url text NOT NULL, kinds text[] NOT NULL, secret bytea NOT NULL,
        former_secret bytea, former_until timestamptz, failures integer NOT NULL DEFAULT 0, off_at timestamptz
    )
    """,
    "CREATE INDEX endpoints_of_person ON endpoints (person)",
    "CREATE TABLE feeds (person text PRIMARY KEY, token_hash bytea NOT NULL UNIQUE)",
    """
    CREATE TABLE notices (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, person text NOT NULL, cause text NOT NULL, tell text NOT NULL,
        case_id text NOT NULL, seq integer NOT NULL, what text NOT NULL, about text NOT NULL, due timestamptz,
        at timestamptz NOT NULL, CONSTRAINT notices_once UNIQUE (person, cause)
    )
    """,
    "CREATE INDEX notices_of_tell ON notices (tell)",
    """
    CREATE TABLE deliveries (
        id text PRIMARY KEY, person text NOT NULL, endpoint text, case_id text NOT NULL, urgent boolean NOT NULL,
        status text NOT NULL, attempts integer NOT NULL DEFAULT 0, next_at timestamptz NOT NULL, error text,
        created_at timestamptz NOT NULL, done_at timestamptz
    )
    """,
    """
    CREATE UNIQUE INDEX deliveries_gathering ON deliveries (person, case_id, urgent)
        WHERE status = 'open' AND endpoint IS NULL
    """,
    "CREATE INDEX deliveries_to_do ON deliveries (next_at) WHERE status IN ('open', 'due')",
    "CREATE INDEX deliveries_dead ON deliveries (done_at) WHERE status = 'dead'",
    "CREATE TABLE carried (delivery text NOT NULL, notice bigint NOT NULL, PRIMARY KEY (delivery, notice))",
)


def upgrade() -> None:
    for statement in _STEPS:
        op.execute(statement)
