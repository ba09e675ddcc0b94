"""Statements of the bank are kept with their numbers, so that one that lacks is seen."""

from alembic import op

revision = "0028"
down_revision = "0025"
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
INDEX = "CREATE INDEX bank_statement_of ON bank_statement (account, day, sequence)"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.execute("SET LOCAL search_path = coalition, pg_temp")
    op.execute(f"CREATE TABLE bank_statement ({BANK_STATEMENT})")
    op.execute(INDEX)
    op.execute("ALTER TABLE bank_statement ENABLE ROW LEVEL SECURITY")
    op.execute("GRANT SELECT ON bank_statement TO coalition_app, coalition_reader")
    op.execute("CREATE POLICY sees ON bank_statement FOR SELECT TO coalition_app USING (false)")
    op.execute("CREATE POLICY reads ON bank_statement FOR SELECT TO coalition_reader USING (true)")
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON bank_statement"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.execute("SELECT seal_table('bank_statement', 'id')")


def downgrade() -> None:
    raise RuntimeError("A ledger is not taken down by a migration. Restore a backup instead.")
