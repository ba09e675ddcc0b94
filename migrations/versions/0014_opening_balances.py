"""Opening balances: a kind of entry, the files that they came in, and what is being loaded."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# The twelve triples of before (0001) and 9: ISSUED to MEMBER, an opening. Not validated: what is
# there was written under a narrower law.
KINDS = (
    (
        "-- squawk-ignore ban-drop-constraint\n"
        "ALTER TABLE entry DROP CONSTRAINT entry_moves_between_its_accounts"
    ),
    """ALTER TABLE entry ADD CONSTRAINT entry_moves_between_its_accounts CHECK (
      kind * 10000 + debit * 100 + credit = ANY ('{11020, 22010, 22210, 25010, 25110, 32022, 42021,
        52120, 62030, 62130, 73020, 82040, 91020}'::int[])) NOT VALID""",
    "ALTER TABLE issuer_roll ADD COLUMN opened bigint NOT NULL DEFAULT 0",
)
TABLES = {
    "opening": """
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        source text NOT NULL,
        as_of timestamptz NOT NULL,
        file_name text NOT NULL,
        sha256 bytea NOT NULL UNIQUE CHECK (octet_length(sha256) = 32),
        client_id text,
        request_id uuid,
        members bigint NOT NULL,
        enrolled bigint NOT NULL,
        recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()""",
    "opening_issuer": """
        opening_id bigint NOT NULL REFERENCES opening (id),
        issuer_id int NOT NULL REFERENCES partner (id),
        lots int NOT NULL CHECK (lots >= 0),
        points bigint NOT NULL CHECK (points >= 0),
        paid boolean NOT NULL,
        PRIMARY KEY (opening_id, issuer_id)""",
    "opening_lot": """
        member_id bigint NOT NULL,
        seq int NOT NULL,
        opening_id bigint NOT NULL,
        line int NOT NULL,
        issuer_id int NOT NULL,
        lot text NOT NULL,
        points bigint NOT NULL CHECK (points > 0),
        PRIMARY KEY (member_id, seq)""",
    "opening_row": """
        upload uuid NOT NULL,
        line int NOT NULL,
        issuer_id int NOT NULL,
        agreement_id int NOT NULL,
        lot text NOT NULL,
        member_kind text NOT NULL,
        member_value text NOT NULL,
        member_id bigint,
        points bigint NOT NULL,
        earned_at timestamptz NOT NULL,
        expires_on date,
        loaded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (upload, line)""",
}
APPEND_ONLY = ("opening", "opening_issuer", "opening_lot")
INDEXES = (
    # A lot of the old system is carried over once, whatever file it comes in.
    "CREATE UNIQUE INDEX opening_lot_once ON opening_lot (issuer_id, lot)",
    "CREATE INDEX opening_lot_of ON opening_lot (opening_id, issuer_id)",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.execute("SET LOCAL search_path = coalition, pg_temp")
    for change in KINDS:
        op.execute(change)
    for name, columns in TABLES.items():
        op.execute(f"CREATE TABLE {name} ({columns})")
        op.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
        op.execute(f"GRANT SELECT ON {name} TO coalition_app, coalition_reader")
        op.execute(f"CREATE POLICY sees ON {name} FOR SELECT TO coalition_app USING (false)")
        op.execute(f"CREATE POLICY reads ON {name} FOR SELECT TO coalition_reader USING (true)")
    for name in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {name}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    for change in INDEXES:
        op.execute(change)


def downgrade() -> None:
    raise RuntimeError("A ledger is not taken down by a migration. Restore a backup instead.")
