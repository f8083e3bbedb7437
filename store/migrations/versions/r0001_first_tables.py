"""The first tables: procedures, cases with their ledger, outbox, answers, and the vault."""

from alembic import op

revision = "r0001"
down_revision = None
branch_labels = None
depends_on = None

_TABLES = (
    """
    CREATE TABLE procedures (
        hash text PRIMARY KEY, name text NOT NULL, version text NOT NULL, title text NOT NULL, files jsonb NOT NULL,
        published_at timestamptz NOT NULL, published_by text NOT NULL, why text NOT NULL,
        CONSTRAINT procedures_name_version UNIQUE (name, version)
    )
    """,
    """
    CREATE TABLE cases (
        case_id text PRIMARY KEY, procedure_hash text NOT NULL, procedure_name text NOT NULL,
        procedure_version text NOT NULL, country text NOT NULL, opened_at timestamptz NOT NULL, closed_at timestamptz,
        moved_at timestamptz NOT NULL, seq integer NOT NULL, responsible text NOT NULL, offered_to text,
        snapshot jsonb NOT NULL
    )
    """,
    "CREATE INDEX cases_by_opening ON cases (opened_at DESC, case_id DESC)",
    "CREATE INDEX cases_of_responsible ON cases (responsible) WHERE closed_at IS NULL",
    "CREATE INDEX cases_offered ON cases (offered_to) WHERE offered_to IS NOT NULL",
    """
    CREATE TABLE sop_states (
        case_id text, sop text, state text NOT NULL, since timestamptz NOT NULL, open boolean NOT NULL,
        PRIMARY KEY (case_id, sop)
    )
    """,
    "CREATE INDEX sop_states_by_state ON sop_states (sop, state)",
    """
    CREATE TABLE entries (
        case_id text, seq integer, at timestamptz NOT NULL, actor text NOT NULL, role text NOT NULL,
        command text NOT NULL, key text NOT NULL, events jsonb NOT NULL,
        PRIMARY KEY (case_id, seq), CONSTRAINT entries_case_key UNIQUE (case_id, key)
    )
    """,
    """
    CREATE TABLE clocks (
        case_id text, clock text, sop text NOT NULL, run integer NOT NULL, kind text NOT NULL,
        statutory boolean NOT NULL, status text NOT NULL, anchor timestamptz NOT NULL, due timestamptz,
        missed_at timestamptz, PRIMARY KEY (case_id, clock)
    )
    """,
    "CREATE INDEX clocks_running_by_due ON clocks (due) WHERE status = 'running'",
    """
    CREATE TABLE steps (
        case_id text, kind text, sop text, name text, asked boolean NOT NULL, PRIMARY KEY (case_id, kind, sop, name)
    )
    """,
    """
    CREATE TABLE outbox (
        id text PRIMARY KEY, case_id text NOT NULL, to_role text NOT NULL, what text NOT NULL, about text NOT NULL,
        due timestamptz, created_at timestamptz NOT NULL, status text NOT NULL DEFAULT 'waiting'
    )
    """,
    "CREATE INDEX outbox_of_case ON outbox (case_id, created_at)",
    "CREATE INDEX outbox_waiting ON outbox (created_at, id) WHERE status = 'waiting'",
    """
    CREATE TABLE answers (
        caller text, key text, route text NOT NULL, body_hash text NOT NULL, status integer NOT NULL,
        headers jsonb NOT NULL, body bytea NOT NULL, at timestamptz NOT NULL, PRIMARY KEY (caller, key)
    )
    """,
    "CREATE INDEX answers_by_age ON answers (at)",
    "CREATE SCHEMA vault",
    "CREATE TABLE vault.case_keys (case_id text PRIMARY KEY, wrapped bytea, version integer NOT NULL)",
    """
    CREATE TABLE vault.particulars (
        case_id text, record_id text, ciphertext bytea NOT NULL, created_at timestamptz NOT NULL,
        PRIMARY KEY (case_id, record_id)
    )
    """,
)


def upgrade() -> None:
    for statement in _TABLES:
        op.execute(statement)
