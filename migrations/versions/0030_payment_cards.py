"""Payment cards that members link at a brand, known by their tokens."""

from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

MEMBER = "NULLIF(current_setting('coalition.member', true), '')::bigint"
PARTNER = "NULLIF(current_setting('coalition.partner', true), '')::int"
KINDS = "kind IN ('CARD', 'EMAIL', 'PHONE', 'EXTERNAL', 'PAYMENT_CARD')"
# A token names a member at the brand that sees it, as a row of `identifier`; here stands what its
# holder knows it by. The number of a card is not taken.
PAYMENT_CARD = """
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    partner_id int NOT NULL REFERENCES partner (id),
    token text NOT NULL,
    member_id bigint NOT NULL REFERENCES member (member_id),
    label text NOT NULL,
    last_four text NOT NULL CHECK (last_four ~ '^[0-9]{4}$'),
    valid_until date,
    client_id text NOT NULL REFERENCES client (id),
    linked_at timestamptz NOT NULL,
    last_used_at timestamptz,
    UNIQUE (partner_id, token)"""
# Of a table that has just been made.
INDEX = """-- squawk-ignore require-concurrent-index-creation
CREATE INDEX payment_card_of ON payment_card (member_id)"""
OF_BRANDS = "(kind = 'PAYMENT_CARD') <= (partner_id > 0)"
# One kind more; rows of before are of the others, and are not looked at again.
IDENTIFIER = (
    """-- squawk-ignore ban-drop-constraint
ALTER TABLE identifier DROP CONSTRAINT identifier_kind_check""",
    f"ALTER TABLE identifier ADD CONSTRAINT identifier_kind_check CHECK ({KINDS}) NOT VALID",
    f"ALTER TABLE identifier ADD CONSTRAINT identifier_of_brands CHECK ({OF_BRANDS}) NOT VALID",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.execute("SET LOCAL search_path = coalition, pg_temp")
    for statement in IDENTIFIER:
        op.execute(statement)
    op.execute(f"CREATE TABLE payment_card ({PAYMENT_CARD})")
    op.execute("ALTER TABLE payment_card ENABLE ROW LEVEL SECURITY")
    op.execute("GRANT SELECT ON payment_card TO coalition_app, coalition_reader")
    op.execute(
        "CREATE POLICY sees ON payment_card FOR SELECT TO coalition_app"
        f" USING (partner_id = {PARTNER} OR member_id = {MEMBER})"
    )
    op.execute("CREATE POLICY reads ON payment_card FOR SELECT TO coalition_reader USING (true)")
    op.execute(INDEX)


def downgrade() -> None:
    raise RuntimeError("A ledger is not taken down by a migration. Restore a backup instead.")
