"""Reconciliation: partners' files, their rows while they are compared, and what differs."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

PARTNER = "NULLIF(current_setting('coalition.partner', true), '')::int"

# Not books: a file is worked on and an item is resolved, so their rows change. What they post is
# in the books.
TABLES = {
    "reconciliation_terms": """
        partner_id int PRIMARY KEY REFERENCES partner (id),
        points_tolerance bigint NOT NULL CHECK (points_tolerance >= 0),
        amount_tolerance numeric(20, 8) NOT NULL CHECK (amount_tolerance >= 0),
        time_window_minutes int NOT NULL CHECK (time_window_minutes >= 0),
        open_value_tolerance numeric(20, 8) NOT NULL CHECK (open_value_tolerance >= 0),
        late_earn_days int NOT NULL CHECK (late_earn_days >= 0),
        sla_days int NOT NULL CHECK (sla_days >= 0),
        at_sla text NOT NULL CHECK (at_sla IN ('bill', 'reverse')),
        owner text NOT NULL""",
    "reconciliation_file": """
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        partner_id int NOT NULL REFERENCES partner (id),
        claim uuid NOT NULL UNIQUE,
        request_hash uuid NOT NULL,
        client_id text NOT NULL,
        period_label text NOT NULL,
        format text NOT NULL CHECK (format IN ('CSV', 'NDJSON')),
        compression text NOT NULL CHECK (compression IN ('NONE', 'GZIP')),
        file_name text,
        announced_sha256 bytea CHECK (octet_length(announced_sha256) = 32),
        state text NOT NULL DEFAULT 'AWAITING' CHECK
          (state IN ('AWAITING', 'TAKEN', 'COMPARING', 'RECONCILED', 'SUPERSEDED', 'REPEATED')),
        upload uuid,
        period_id int REFERENCES period (id),
        sequence int CHECK (sequence > 0),
        currency text,
        file_created_at timestamptz,
        rows int,
        points numeric(30),
        amount numeric(30, 4),
        sha256 bytea,
        gap_after int,
        same_as bigint REFERENCES reconciliation_file (id),
        created_at timestamptz NOT NULL,
        taken_at timestamptz,
        reconciled_at timestamptz,
        CHECK ((state = 'REPEATED') = (same_as IS NOT NULL)),
        CHECK ((state IN ('AWAITING', 'REPEATED')) = (taken_at IS NULL))""",
    "reconciliation_row": """
        file_id bigint NOT NULL REFERENCES reconciliation_file (id),
        line int NOT NULL,
        partner_id int NOT NULL,
        upload uuid NOT NULL,
        kind smallint NOT NULL CHECK (kind IN (1, 2, 6, 7)),
        reference text NOT NULL,
        receipt text,
        store text,
        terminal text,
        occurred_at timestamptz NOT NULL,
        member_kind text,
        member_value text,
        points bigint NOT NULL,
        amount bigint,
        currency text NOT NULL,
        status text NOT NULL CHECK (status IN ('POSTED', 'RETURNED')),
        PRIMARY KEY (file_id, line)""",
    "reconciliation_side": """
        file_id bigint NOT NULL REFERENCES reconciliation_file (id),
        side text NOT NULL CHECK (side IN ('ISSUED', 'REDEEMED')),
        partner_id int NOT NULL,
        ledger_rows int NOT NULL,
        ledger_points bigint NOT NULL,
        file_rows int NOT NULL,
        file_points bigint NOT NULL,
        matched_rows int NOT NULL,
        matched_points bigint NOT NULL,
        PRIMARY KEY (file_id, side)""",
    "reconciliation_rest": """
        file_id bigint NOT NULL REFERENCES reconciliation_file (id),
        id bigint GENERATED ALWAYS AS IDENTITY,
        partner_id int NOT NULL,
        side text NOT NULL,
        line int,
        kind smallint NOT NULL,
        reference text NOT NULL,
        receipt_key text,
        store text,
        occurred_at timestamptz NOT NULL,
        in_period boolean NOT NULL,
        member_id bigint,
        who bigint NOT NULL,
        seq int,
        agreement_id int,
        points bigint NOT NULL,
        amount bigint,
        currency text NOT NULL,
        status text NOT NULL,
        member_unknown boolean NOT NULL,
        store_unknown boolean NOT NULL,
        PRIMARY KEY (file_id, id),
        CHECK ((line IS NULL) = (seq IS NOT NULL))""",
    "reconciliation_item": """
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        file_id bigint NOT NULL REFERENCES reconciliation_file (id),
        partner_id int NOT NULL,
        period_id int NOT NULL REFERENCES period (id),
        class text NOT NULL,
        side text NOT NULL CHECK (side IN ('ISSUED', 'REDEEMED')),
        kind smallint NOT NULL CHECK (kind IN (1, 2, 6, 7)),
        found_by text NOT NULL CHECK (found_by IN
          ('REFERENCE', 'RECEIPT', 'SCORE', 'SPLIT', 'NONE')),
        reference text NOT NULL,
        lines int[] NOT NULL,
        member_id bigint,
        seqs int[] NOT NULL,
        ledger_points bigint NOT NULL,
        file_points bigint NOT NULL,
        ledger_amount bigint,
        file_amount bigint,
        file_currency text,
        occurred_at timestamptz NOT NULL,
        told jsonb,
        value bigint NOT NULL CHECK (value >= 0),
        currency text NOT NULL,
        action text NOT NULL,
        state text NOT NULL CHECK (state IN
          ('open', 'accepted', 'posted', 'billed', 'reversed', 'to_dispute', 'superseded')),
        owner text,
        owned_since timestamptz,
        opened_at timestamptz NOT NULL,
        due_at timestamptz NOT NULL,
        resolved_at timestamptz,
        resolved_by text,
        note text,
        resolution_claim uuid UNIQUE,
        resolution_hash uuid,
        request_id uuid,
        CHECK ((state IN ('open')) = (resolved_at IS NULL))""",
}
INDEXES = {
    "reconciliation_file_of_partner": "reconciliation_file (partner_id, id)",
    "reconciliation_file_waiting": "reconciliation_file (id) WHERE state IN ('TAKEN', 'COMPARING')",
    "reconciliation_rest_by_reference": "reconciliation_rest (file_id, reference, who, id)",
    "reconciliation_rest_by_receipt":
        "reconciliation_rest (file_id, receipt_key, id) WHERE receipt_key IS NOT NULL",
    "reconciliation_rest_by_member":
        "reconciliation_rest (file_id, member_id, kind, id) WHERE member_id IS NOT NULL",
    "reconciliation_item_of_file": "reconciliation_item (file_id, class, id)",
    "reconciliation_item_open":
        "reconciliation_item (partner_id, period_id, opened_at) WHERE state = 'open'",
    "reconciliation_item_of_reference": "reconciliation_item (partner_id, reference, kind)",
}  # fmt: skip
IN_SEQUENCE = """
CREATE UNIQUE INDEX reconciliation_file_in_sequence
  ON reconciliation_file (partner_id, period_id, sequence) WHERE taken_at IS NOT NULL
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.execute("SET LOCAL search_path = coalition, pg_temp")
    for name, columns in TABLES.items():
        op.execute(f"CREATE TABLE {name} ({columns})")
        op.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
        op.execute(f"GRANT SELECT ON {name} TO coalition_app, coalition_reader")
        op.execute(
            f"CREATE POLICY sees ON {name} FOR SELECT TO coalition_app"
            f" USING (partner_id = {PARTNER})"
        )
        op.execute(f"CREATE POLICY reads ON {name} FOR SELECT TO coalition_reader USING (true)")
    for name, on in INDEXES.items():
        op.execute(f"CREATE INDEX {name} ON {on}")
    op.execute(IN_SEQUENCE)
    op.execute(
        "INSERT INTO reconciliation_terms SELECT id, 0, 0, 1440, 0, 30, 10, 'bill', 'operator'"
        " FROM partner"
    )


def downgrade() -> None:
    raise RuntimeError("A ledger is not taken down by a migration. Restore a backup instead.")
