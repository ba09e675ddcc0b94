"""Vouchers that members give to somebody by a link."""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

MEMBER = "NULLIF(current_setting('coalition.member', true), '')::bigint"
# The link is made of the number and a key of the server: nothing that opens it is kept here.
# `opened_by` is the SHA-256 of what the page of whoever opened it carried, to be shown it again
# when the answer was lost.
GIFT = """
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    member_id bigint NOT NULL,
    claim_seq int NOT NULL,
    given_at timestamptz NOT NULL,
    opened_at timestamptz,
    opened_by bytea CHECK (octet_length(opened_by) = 32),
    taken_back_at timestamptz,
    client_id text NOT NULL,
    request_id uuid NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    FOREIGN KEY (member_id, claim_seq) REFERENCES reward_claim (member_id, seq),
    CHECK ((opened_at IS NULL) = (opened_by IS NULL)),
    CHECK (opened_at IS NULL OR taken_back_at IS NULL)"""
FROZEN = "id, member_id, claim_seq, given_at, client_id, request_id, recorded_at"
# Of a table that has just been made.
INDEXES = (
    # One link of a voucher stands at a time.
    """-- squawk-ignore require-concurrent-index-creation
CREATE UNIQUE INDEX voucher_gift_standing ON voucher_gift (member_id, claim_seq)
  WHERE taken_back_at IS NULL""",
    """-- squawk-ignore require-concurrent-index-creation
CREATE INDEX voucher_gift_given ON voucher_gift (member_id, given_at)""",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.execute("SET LOCAL search_path = coalition, pg_temp")
    op.execute(f"CREATE TABLE voucher_gift ({GIFT})")
    op.execute("ALTER TABLE voucher_gift ENABLE ROW LEVEL SECURITY")
    op.execute("GRANT SELECT ON voucher_gift TO coalition_app, coalition_reader")
    # To whom a member gives what is nobody else's business, its brand's neither.
    op.execute(
        "CREATE POLICY sees ON voucher_gift FOR SELECT TO coalition_app"
        f" USING (member_id = {MEMBER})"
    )
    op.execute("CREATE POLICY reads ON voucher_gift FOR SELECT TO coalition_reader USING (true)")
    op.execute(
        "CREATE TRIGGER never_removed BEFORE DELETE OR TRUNCATE ON voucher_gift"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        f"CREATE TRIGGER frozen BEFORE UPDATE OF {FROZEN} ON voucher_gift"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    for index in INDEXES:
        op.execute(index)
    op.execute("SELECT seal_table('voucher_gift', 'id')")


def downgrade() -> None:
    raise RuntimeError("A ledger is not taken down by a migration. Restore a backup instead.")
