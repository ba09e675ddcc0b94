"""What has ended goes, in steps; which person asked is kept; what a person began ends with it."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# Which person of a brand, of the operator or which member asked for what the books name by its
# request. Nobody is granted anything on it: the verbs' functions alone write and read it.
# Without a grant: a turn of a worker at a file that the person had sent.
PERSON_REQUEST = """
    request_id uuid PRIMARY KEY,
    login_id bigint NOT NULL REFERENCES login (id),
    grant_id uuid,
    at timestamptz NOT NULL"""

# An attempt is never changed, and goes with its delivery or not at all.
ATTEMPTS = (
    "DROP TRIGGER append_only ON webhook_attempt",
    # What the one before has seen to holds: it is put back at once, and only removes more.
    """-- squawk-ignore ban-drop-constraint
       ALTER TABLE webhook_attempt DROP CONSTRAINT webhook_attempt_delivery_id_fkey""",
    """ALTER TABLE webhook_attempt ADD CONSTRAINT webhook_attempt_delivery_id_fkey
         FOREIGN KEY (delivery_id) REFERENCES webhook_delivery (id) ON DELETE CASCADE NOT VALID""",
    """CREATE FUNCTION refuse_while_delivery_stays() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN
         IF EXISTS (SELECT 1 FROM coalition.webhook_delivery d WHERE d.id = OLD.delivery_id) THEN
           RAISE EXCEPTION '% is append-only: an attempt goes with its delivery or not at all.',
             TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
         END IF;
         RETURN OLD;
       END $$""",
    """CREATE TRIGGER append_only BEFORE UPDATE OR TRUNCATE ON webhook_attempt
         FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
    """CREATE TRIGGER goes_with_its_delivery BEFORE DELETE ON webhook_attempt
         FOR EACH ROW EXECUTE FUNCTION refuse_while_delivery_stays()""",
)
# What goes on by itself ends with the person that let it begin.
CHANGES = (
    "ALTER TABLE webhook_endpoint ADD COLUMN login_id bigint",
    "ALTER TABLE bulk_award ADD COLUMN login_id bigint",
)
# For who removes what has ended, and for the rows that hang on a grant when it goes.
INDEXES = (
    "session_ended ON session (ends_at)",
    "sign_in_attempt_last ON sign_in_attempt (last_at)",
    "passkey_challenge_ended ON passkey_challenge (expires_at)",
    "used_assertion_ended ON used_assertion (until)",
    "oauth_code_ended ON oauth_code (expires_at)",
    "oauth_code_of_grant ON oauth_code (grant_id)",
    "refresh_token_ended ON refresh_token (expires_at)",
    "refresh_token_of_grant ON refresh_token (grant_id)",
    "device_request_ended ON device_request (expires_at)",
    "device_request_of_grant ON device_request (grant_id)",
    "oauth_grant_ended ON oauth_grant (ended_at) WHERE ended_at IS NOT NULL",
    "oauth_grant_of_session ON oauth_grant (began_at) WHERE session_hash IS NOT NULL",
    "webhook_delivery_settled ON webhook_delivery (due_at) WHERE state <> 'waiting'",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.execute("SET LOCAL search_path = coalition, pg_temp")
    op.execute(f"CREATE TABLE person_request ({PERSON_REQUEST})")
    op.execute("ALTER TABLE person_request ENABLE ROW LEVEL SECURITY")
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON person_request"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    for change in (*ATTEMPTS, *CHANGES):
        op.execute(change)
    for index in INDEXES:
        # A migration is one transaction, so not CONCURRENTLY. What people hold is little, and
        # deliveries are younger than the release that this one is part of.
        op.execute(f"-- squawk-ignore require-concurrent-index-creation\nCREATE INDEX {index}")


def downgrade() -> None:
    raise RuntimeError("A ledger is not taken down by a migration. Restore a backup instead.")
