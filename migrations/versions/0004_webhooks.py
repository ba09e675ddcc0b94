"""Webhooks: endpoints with what they want to be told, their secrets, deliveries, attempts."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

PARTNER = "NULLIF(current_setting('coalition.partner', true), '')::int"

# What a partner sees of its own. `transaction_id` and `event_id` are the event's place in the
# feed; a test has none.
SEEN = {
    "webhook_endpoint": """
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        partner_id int NOT NULL REFERENCES partner (id),
        client_id text NOT NULL,
        scopes text[] NOT NULL,
        claim uuid NOT NULL UNIQUE,
        request_hash uuid NOT NULL,
        url text NOT NULL,
        status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'disabled', 'deleted')),
        reason text CHECK (reason IN ('ASKED', 'GONE', 'FAILING')),
        sequence bigint NOT NULL DEFAULT 0,
        failing_since timestamptz,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        CHECK ((status = 'disabled') = (reason IS NOT NULL))""",
    "webhook_subscription": """
        endpoint_id bigint NOT NULL REFERENCES webhook_endpoint (id),
        kind smallint NOT NULL,
        partner_id int NOT NULL,
        document text NOT NULL,
        PRIMARY KEY (endpoint_id, kind)""",
    "webhook_delivery": """
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        endpoint_id bigint NOT NULL REFERENCES webhook_endpoint (id),
        partner_id int NOT NULL,
        kind smallint NOT NULL,
        transaction_id bigint,
        event_id bigint,
        claim uuid UNIQUE,
        sequence bigint NOT NULL,
        happened_at timestamptz NOT NULL,
        state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'dead')),
        reason text,
        tries smallint NOT NULL DEFAULT 0,
        attempts int NOT NULL DEFAULT 0,
        due_at timestamptz NOT NULL,
        lease uuid,
        leased_until timestamptz,
        UNIQUE (endpoint_id, transaction_id, event_id),
        CHECK ((transaction_id IS NULL) = (event_id IS NULL)),
        CHECK ((event_id IS NULL) = (claim IS NOT NULL)),
        CHECK ((state = 'dead') = (reason IS NOT NULL))""",
    "webhook_attempt": """
        delivery_id bigint NOT NULL REFERENCES webhook_delivery (id),
        number int NOT NULL,
        partner_id int NOT NULL,
        lease uuid NOT NULL,
        at timestamptz NOT NULL,
        milliseconds int NOT NULL,
        status int,
        error text,
        response text,
        PRIMARY KEY (delivery_id, number)""",
}
# Nobody is granted anything on these. A secret must be there as it is, since it signs; when its
# time is over it is erased, and the row says which request made it.
HIDDEN = {
    "webhook_secret": """
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        endpoint_id bigint NOT NULL REFERENCES webhook_endpoint (id),
        claim uuid UNIQUE,
        secret bytea CHECK (length(secret) BETWEEN 24 AND 64),
        created_at timestamptz NOT NULL,
        valid_until timestamptz""",
    "webhook_cursor": """
        one boolean PRIMARY KEY DEFAULT true CHECK (one),
        transaction_id bigint NOT NULL,
        event_id bigint NOT NULL""",
}
INDEXES = (
    "CREATE INDEX webhook_endpoint_of_partner ON webhook_endpoint (partner_id)",
    "CREATE INDEX webhook_secret_of_endpoint ON webhook_secret (endpoint_id)",
    "CREATE INDEX webhook_delivery_of_endpoint ON webhook_delivery (endpoint_id, id)",
    "CREATE INDEX webhook_delivery_by_state ON webhook_delivery (endpoint_id, state, id)",
    """CREATE INDEX webhook_delivery_due ON webhook_delivery (endpoint_id, due_at, id)
       WHERE state = 'waiting'""",
    """CREATE INDEX webhook_delivery_leased ON webhook_delivery (endpoint_id, leased_until)
       WHERE lease IS NOT NULL""",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.execute("SET LOCAL search_path = coalition, pg_temp")
    for name, columns in {**SEEN, **HIDDEN}.items():
        op.execute(f"CREATE TABLE {name} ({columns})")
        op.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
    for index in INDEXES:
        op.execute(index)
    for name in SEEN:
        op.execute(f"GRANT SELECT ON {name} TO coalition_app, coalition_reader")
        op.execute(
            f"CREATE POLICY sees ON {name} FOR SELECT TO coalition_app"
            f" USING (partner_id = {PARTNER})"
        )
        op.execute(f"CREATE POLICY reads ON {name} FOR SELECT TO coalition_reader USING (true)")
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON webhook_attempt"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    raise RuntimeError("A ledger is not taken down by a migration. Restore a backup instead.")
