"""Purchases that brought no points, reported by members and answered by brands; and help."""

from alembic import op

revision = "0022"
down_revision = "0020"
branch_labels = None
depends_on = None

PARTNER = "NULLIF(current_setting('coalition.partner', true), '')::int"
MEMBER = "NULLIF(current_setting('coalition.member', true), '')::bigint"

CHANGES = (
    # From how many days after a purchase its points may be asked for, until how many, and within
    # how many the brand answers. Null: what holds where nothing was agreed (missing/rules.py).
    "ALTER TABLE contract ADD COLUMN missing_after_days int",
    "ALTER TABLE contract ADD COLUMN missing_until_days int",
    "ALTER TABLE contract ADD COLUMN missing_answer_days int",
)

STATES = "('OPEN', 'ASKED', 'APPROVED', 'DECLINED', 'WITHDRAWN')"
SIGNED = """
        client_id text NOT NULL,
        request_id uuid NOT NULL,
        recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()"""

TABLES = {
    # `amount` in minor units of the brand's currency. `due_at`: until when the brand is to answer;
    # null while it waits for the member, and when it is decided. `award_seq`: what it was given.
    "missing_purchase": f"""
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        member_id bigint NOT NULL,
        partner_id int NOT NULL REFERENCES partner (id),
        claim uuid NOT NULL UNIQUE,
        request_hash uuid NOT NULL,
        reference text NOT NULL,
        purchased_on date NOT NULL,
        amount bigint NOT NULL CHECK (amount > 0),
        currency text NOT NULL,
        reported_at timestamptz NOT NULL,
        state text NOT NULL CHECK (state IN {STATES}),
        due_at timestamptz,
        changed_at timestamptz NOT NULL,
        award_seq int,{SIGNED},
        FOREIGN KEY (member_id, award_seq) REFERENCES award (member_id, seq),
        CHECK ((state = 'OPEN') = (due_at IS NOT NULL)),
        CHECK ((state = 'APPROVED') = (award_seq IS NOT NULL))""",
    "missing_step": f"""
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        missing_id bigint NOT NULL REFERENCES missing_purchase (id),
        member_id bigint NOT NULL,
        partner_id int NOT NULL,
        side text NOT NULL CHECK (side IN ('MEMBER', 'PARTNER')),
        kind text NOT NULL CHECK (kind IN ('REPORT', 'RECEIPT', 'QUESTION', 'ANSWER', 'APPROVAL',
          'REFUSAL', 'WITHDRAWAL')),
        state text NOT NULL CHECK (state IN {STATES}),
        claim uuid UNIQUE,
        request_hash uuid,
        reason text,
        message text,
        occurred_at timestamptz NOT NULL,
        person text NOT NULL,{SIGNED},
        CHECK ((reason IS NOT NULL) = (kind = 'REFUSAL'))""",
    # What members read: questions with answers, whom to ask, and the terms in all their versions.
    # As it was written: the first language is for who has none of the others.
    "programme_help": """
        id int PRIMARY KEY REFERENCES programme (id),
        content json NOT NULL""",
    # `content` null: the member has left, and its picture went with it.
    "missing_receipt": f"""
        missing_id bigint NOT NULL REFERENCES missing_purchase (id),
        number smallint NOT NULL CHECK (number BETWEEN 1 AND 3),
        member_id bigint NOT NULL,
        partner_id int NOT NULL,
        media_type text NOT NULL CHECK (media_type IN ('image/png', 'image/jpeg',
          'application/pdf')),
        sha256 bytea NOT NULL CHECK (octet_length(sha256) = 32),
        size int NOT NULL CHECK (size BETWEEN 1 AND 5242880),
        content bytea CHECK (octet_length(content) = size),
        received_at timestamptz NOT NULL,{SIGNED},
        PRIMARY KEY (missing_id, number)""",
}
FROZEN = {
    "missing_purchase": """id, member_id, partner_id, claim, request_hash, reference, purchased_on,
      amount, currency, reported_at""",
    "missing_step": """id, missing_id, member_id, partner_id, side, kind, state, claim,
      request_hash, reason, occurred_at, person""",
    "missing_receipt": "missing_id, number, member_id, partner_id, media_type, sha256, size",
}
# For whoever may ask anything.
POLICIES = {"programme_help": "true"}
INDEXES = (
    "CREATE INDEX missing_purchase_of_member ON missing_purchase (member_id, id)",
    "CREATE INDEX missing_purchase_of_partner ON missing_purchase (partner_id, state, id)",
    # One question about a purchase at a time.
    """CREATE UNIQUE INDEX missing_purchase_open
      ON missing_purchase (member_id, partner_id, reference, purchased_on)
      WHERE state IN ('OPEN', 'ASKED')""",
    "CREATE INDEX missing_step_of ON missing_step (missing_id, id)",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.execute("SET LOCAL search_path = coalition, pg_temp")
    for change in CHANGES:
        op.execute(change)
    for name, columns in TABLES.items():
        op.execute(f"CREATE TABLE {name} ({columns})")
        op.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
        op.execute(f"GRANT SELECT ON {name} TO coalition_app, coalition_reader")
        sees = POLICIES.get(name, f"partner_id = {PARTNER} OR member_id = {MEMBER}")
        op.execute(f"CREATE POLICY sees ON {name} FOR SELECT TO coalition_app USING ({sees})")
        op.execute(f"CREATE POLICY reads ON {name} FOR SELECT TO coalition_reader USING (true)")
    for name, columns in FROZEN.items():
        op.execute(
            f"CREATE TRIGGER never_removed BEFORE DELETE OR TRUNCATE ON {name}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER frozen BEFORE UPDATE OF {columns} ON {name}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    for change in INDEXES:
        op.execute(change)


def downgrade() -> None:
    raise RuntimeError("A ledger is not taken down by a migration. Restore a backup instead.")
