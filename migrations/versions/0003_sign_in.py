"""People sign in and give clients leave: logins, sessions, grants, codes, refresh tokens."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

CLIENT = (
    "ADD COLUMN grants text[] NOT NULL DEFAULT '{client_credentials}'",
    "ADD COLUMN redirect_uris text[] NOT NULL DEFAULT '{}'",
    "ADD COLUMN authentication text NOT NULL DEFAULT 'client_secret'",
    "ADD COLUMN public_keys jsonb",
    "ADD COLUMN store_code text",
    "ADD COLUMN terminal_code text",
    """ADD CONSTRAINT client_authenticates CHECK
      (authentication IN ('client_secret', 'private_key_jwt', 'none')) NOT VALID""",
)

# Nobody is granted anything on these: the verbs' functions alone read and write them. What could
# be used by who finds it (tokens, codes) is there as its SHA-256 only.
TABLES = {
    "login": """
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        email text NOT NULL UNIQUE,
        kind text NOT NULL CHECK (kind IN ('PARTNER', 'MEMBER', 'OPERATOR')),
        partner_id int REFERENCES partner (id),
        member_id bigint REFERENCES member (member_id),
        roles text[] NOT NULL,
        status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'closed')),
        password_hash text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        CHECK ((kind = 'PARTNER') = (partner_id IS NOT NULL)),
        CHECK ((kind = 'MEMBER') = (member_id IS NOT NULL))""",
    "session": """
        token_hash bytea PRIMARY KEY,
        login_id bigint NOT NULL REFERENCES login (id),
        began_at timestamptz NOT NULL,
        seen_at timestamptz NOT NULL,
        ends_at timestamptz NOT NULL""",
    "sign_in_attempt": """
        key bytea PRIMARY KEY,
        attempts int NOT NULL,
        last_at timestamptz NOT NULL""",
    "oauth_grant": """
        id uuid PRIMARY KEY,
        client_id text NOT NULL,
        login_id bigint NOT NULL REFERENCES login (id),
        scopes text[] NOT NULL,
        began_at timestamptz NOT NULL,
        ended_at timestamptz""",
    "oauth_code": """
        code_hash bytea PRIMARY KEY,
        grant_id uuid NOT NULL REFERENCES oauth_grant (id),
        redirect_uri text NOT NULL,
        challenge text NOT NULL,
        expires_at timestamptz NOT NULL,
        used_at timestamptz""",
    "refresh_token": """
        token_hash bytea PRIMARY KEY,
        grant_id uuid NOT NULL REFERENCES oauth_grant (id),
        expires_at timestamptz NOT NULL,
        used_at timestamptz""",
    "device_request": """
        device_hash bytea PRIMARY KEY,
        user_code text NOT NULL UNIQUE,
        client_id text NOT NULL,
        scopes text[] NOT NULL,
        state text NOT NULL DEFAULT 'pending'
          CHECK (state IN ('pending', 'allowed', 'denied', 'used')),
        grant_id uuid REFERENCES oauth_grant (id),
        wait_seconds int NOT NULL DEFAULT 5,
        polled_at timestamptz,
        expires_at timestamptz NOT NULL""",
    "used_assertion": """
        client_id text NOT NULL,
        jti_hash bytea NOT NULL,
        until timestamptz NOT NULL,
        PRIMARY KEY (client_id, jti_hash)""",
}
INDEXES = (
    "CREATE INDEX session_of_login ON session (login_id)",
    "CREATE INDEX oauth_grant_of_login ON oauth_grant (login_id, client_id)",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.execute("SET LOCAL search_path = coalition, pg_temp")
    for change in CLIENT:
        op.execute(f"ALTER TABLE client {change}")
    for name, columns in TABLES.items():
        op.execute(f"CREATE TABLE {name} ({columns})")
        op.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
    for index in INDEXES:
        op.execute(index)


def downgrade() -> None:
    raise RuntimeError("A ledger is not taken down by a migration. Restore a backup instead.")
