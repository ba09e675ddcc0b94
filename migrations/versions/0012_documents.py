"""Documents: statements as they were signed, numbered invoices, the head of a period's entries."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

PARTNER = "NULLIF(current_setting('coalition.partner', true), '')::int"

TABLES = {
    # Over the hashes of a period's entries, behind the head kept before it in its calendar.
    "period_head": """
        period_id int PRIMARY KEY REFERENCES period (id),
        calendar text NOT NULL,
        place int NOT NULL CHECK (place > 0),
        entries bigint NOT NULL CHECK (entries >= 0),
        previous bytea NOT NULL,
        head bytea NOT NULL CHECK (length(head) = 32),
        recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        UNIQUE (calendar, place)""",
    # `content` is what was signed, to the byte (docs/proof.md).
    "statement_document": """
        statement_id bigint PRIMARY KEY REFERENCES statement (id),
        partner_id int NOT NULL REFERENCES partner (id),
        content text NOT NULL,
        sha256 bytea NOT NULL CHECK (sha256 = sha256(convert_to(content, 'UTF8'))),
        signature text NOT NULL,
        recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()""",
    # Who numbers: a legal entity's code; empty for an operator that names none.
    "invoice": """
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        type_code smallint NOT NULL CHECK (type_code IN (261, 380, 381, 389)),
        issuer text NOT NULL,
        series text NOT NULL,
        place int NOT NULL CHECK (place > 0),
        number text NOT NULL,
        period_id int NOT NULL REFERENCES period (id),
        partner_id int NOT NULL REFERENCES partner (id),
        statement_id bigint NOT NULL REFERENCES statement (id),
        corrects bigint UNIQUE REFERENCES invoice (id),
        currency text NOT NULL,
        net bigint NOT NULL,
        vat bigint NOT NULL,
        total bigint NOT NULL CHECK (total = net + vat),
        content text NOT NULL,
        sha256 bytea NOT NULL CHECK (sha256 = sha256(convert_to(content, 'UTF8'))),
        recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        UNIQUE (issuer, series, place)""",
}
POLICIES = {
    "period_head": "true",
    "statement_document": f"partner_id = {PARTNER} AND EXISTS (SELECT 1 FROM statement s"
    " WHERE s.id = statement_id)",
    "invoice": f"partner_id = {PARTNER}",
}
CHANGES = (
    "CREATE INDEX invoice_of_statement ON invoice (statement_id)",
    "CREATE INDEX invoice_of_period ON invoice (period_id)",
    "ALTER TABLE signing_key ADD COLUMN purpose text NOT NULL DEFAULT 'tokens'",
    """ALTER TABLE signing_key ADD CONSTRAINT signing_key_has_a_purpose CHECK (
      purpose IN ('tokens', 'statements')) NOT VALID""",
    # A key or two: the scan is over at once.
    """-- squawk-ignore constraint-missing-not-valid
    ALTER TABLE signing_key VALIDATE CONSTRAINT signing_key_has_a_purpose""",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.execute("SET LOCAL search_path = coalition, pg_temp")
    for name, columns in TABLES.items():
        op.execute(f"CREATE TABLE {name} ({columns})")
        op.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {name}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        op.execute(f"GRANT SELECT ON {name} TO coalition_app, coalition_reader")
        op.execute(f"CREATE POLICY reads ON {name} FOR SELECT TO coalition_reader USING (true)")
        op.execute(
            f"CREATE POLICY sees ON {name} FOR SELECT TO coalition_app USING ({POLICIES[name]})"
        )
    for change in CHANGES:
        op.execute(change)


def downgrade() -> None:
    raise RuntimeError("A ledger is not taken down by a migration. Restore a backup instead.")
