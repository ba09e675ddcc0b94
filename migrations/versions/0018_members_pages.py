"""Members' pages: their sessions, from where somebody is signed in, and how the brands look."""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

COLUMNS = (
    # What the browser said that it is; null for sessions of before.
    "ALTER TABLE session ADD COLUMN agent text",
    "ALTER TABLE programme ADD COLUMN theme jsonb",
    "ALTER TABLE partner ADD COLUMN colour text",
)
# Nobody is granted anything on it: the verbs' functions alone read and write it.
WEB_SESSION = """
    token_hash bytea PRIMARY KEY,
    sealed bytea NOT NULL,
    access_ends_at timestamptz NOT NULL,
    renewing_until timestamptz,
    began_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL"""
PARTNER_LOGO = """
    partner_id int PRIMARY KEY REFERENCES partner (id),
    sha256 text NOT NULL,
    media_type text NOT NULL CHECK (media_type IN ('image/png', 'image/webp')),
    content bytea NOT NULL"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.execute("SET LOCAL search_path = coalition, pg_temp")
    for change in COLUMNS:
        op.execute(change)
    op.execute(f"CREATE TABLE web_session ({WEB_SESSION})")
    op.execute("ALTER TABLE web_session ENABLE ROW LEVEL SECURITY")
    op.execute("CREATE INDEX web_session_ending ON web_session (ends_at)")
    op.execute(f"CREATE TABLE partner_logo ({PARTNER_LOGO})")
    op.execute("ALTER TABLE partner_logo ENABLE ROW LEVEL SECURITY")
    op.execute("GRANT SELECT ON partner_logo TO coalition_app, coalition_reader")
    op.execute("CREATE POLICY sees ON partner_logo FOR SELECT TO coalition_app USING (true)")
    op.execute("CREATE POLICY reads ON partner_logo FOR SELECT TO coalition_reader USING (true)")


def downgrade() -> None:
    raise RuntimeError("A ledger is not taken down by a migration. Restore a backup instead.")
