"""Statements of the bank with their numbers, so that one that lacks is seen; and which differences
of a reconciliation a dispute is about.
"""

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

# The last number before those that lacked when it came; the statement that it tells of again.
BANK_STATEMENT = """
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    bank_file_id bigint NOT NULL REFERENCES bank_file (id),
    place int NOT NULL,
    account text NOT NULL,
    currency text,
    identification text,
    page bigint,
    sequence bigint,
    day date,
    missing_after bigint,
    repeats bigint REFERENCES bank_statement (id),
    UNIQUE (bank_file_id, place)"""
DISPUTE_ITEM = """
    dispute_id bigint NOT NULL REFERENCES dispute (id),
    item_id bigint NOT NULL REFERENCES reconciliation_item (id),
    partner_id int NOT NULL REFERENCES partner (id),
    PRIMARY KEY (dispute_id, item_id)"""
INDEXES = (
    "CREATE INDEX bank_statement_of ON bank_statement (account, day, sequence)",
    "CREATE INDEX dispute_item_of ON dispute_item (item_id)",
)
PARTNER = "NULLIF(current_setting('coalition.partner', true), '')::int"
# Of a bank's statement no partner sees anything.
TABLES = {
    "bank_statement": (BANK_STATEMENT, "false", ("id",)),
    "dispute_item": (DISPUTE_ITEM, f"partner_id = {PARTNER}", ("dispute_id", "item_id")),
}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.execute("SET LOCAL search_path = coalition, pg_temp")
    for name, (columns, sees, key) in TABLES.items():
        op.execute(f"CREATE TABLE {name} ({columns})")
        op.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
        op.execute(f"GRANT SELECT ON {name} TO coalition_app, coalition_reader")
        op.execute(f"CREATE POLICY sees ON {name} FOR SELECT TO coalition_app USING ({sees})")
        op.execute(f"CREATE POLICY reads ON {name} FOR SELECT TO coalition_reader USING (true)")
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {name}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        op.execute(f"SELECT seal_table('{name}', {', '.join(repr(one) for one in key)})")
    for index in INDEXES:
        op.execute(index)


def downgrade() -> None:
    raise RuntimeError("A ledger is not taken down by a migration. Restore a backup instead.")
