"""Passkeys; fresh proofs; permissions of our own pages end with the session they were given in."""

from alembic import op

revision = "0007"
down_revision = "0005"
branch_labels = None
depends_on = None

# Nobody is granted anything on these: the verbs' functions alone read and write them.
TABLES = {
    "passkey": """
        credential_id bytea PRIMARY KEY,
        login_id bigint NOT NULL REFERENCES login (id),
        public_key bytea NOT NULL,
        sign_count bigint NOT NULL CHECK (sign_count >= 0),
        label text NOT NULL,
        transports text[] NOT NULL,
        backed_up boolean NOT NULL,
        created_at timestamptz NOT NULL,
        used_at timestamptz""",
    "passkey_challenge": """
        challenge_hash bytea PRIMARY KEY,
        purpose text NOT NULL CHECK (purpose IN ('sign_in', 'add', 'prove')),
        browser_hash bytea NOT NULL,
        expires_at timestamptz NOT NULL""",
}
CHANGES = (
    "ALTER TABLE login ADD COLUMN passkey_handle bytea",
    "ALTER TABLE session ADD COLUMN proved_at timestamptz",
    "ALTER TABLE oauth_grant ADD COLUMN session_hash bytea",
)
INDEXES = ("CREATE INDEX passkey_of_login ON passkey (login_id)",)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.execute("SET LOCAL search_path = coalition, pg_temp")
    for name, columns in TABLES.items():
        op.execute(f"CREATE TABLE {name} ({columns})")
        op.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
    for change in CHANGES:
        op.execute(change)
    for index in INDEXES:
        op.execute(index)


def downgrade() -> None:
    raise RuntimeError("A ledger is not taken down by a migration. Restore a backup instead.")
