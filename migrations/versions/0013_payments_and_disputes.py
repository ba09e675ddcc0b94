"""Payment files out, bank files in, and disputes against a line of a statement."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

PARTNER = "NULLIF(current_setting('coalition.partner', true), '')::int"

SIGNED = """
        person text NOT NULL,
        client_id text NOT NULL,
        request_id uuid NOT NULL,
        recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()"""

# append-only
TABLES = {
    # A part of a line that is left out of what is paid while it is disputed; above zero the
    # partner pays so much less. Rows that release another one put it back. Each counts in the
    # netting of its period, or in the next one behind it.
    "held_line": """
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        period_id int NOT NULL REFERENCES period (id),
        partner_id int NOT NULL REFERENCES partner (id),
        statement_id bigint NOT NULL,
        line int NOT NULL,
        currency text NOT NULL,
        amount bigint NOT NULL CHECK (amount <> 0),
        releases bigint REFERENCES held_line (id),
        source_kind text NOT NULL,
        source_id text NOT NULL,
        recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        CHECK ((amount < 0) = (releases IS NOT NULL)),
        UNIQUE (releases, period_id),
        FOREIGN KEY (statement_id, line) REFERENCES statement_line (statement_id, line)""",
    # In which netting a row counted.
    "held_line_netted": """
        held_line_id bigint PRIMARY KEY REFERENCES held_line (id),
        run_id bigint NOT NULL REFERENCES settlement_run (id)""",
    "payment_file": f"""
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        period_id int NOT NULL REFERENCES period (id),
        scheme text NOT NULL CHECK (scheme IN ('CREDIT_TRANSFER', 'DIRECT_DEBIT')),
        is_sepa boolean NOT NULL,
        currency text NOT NULL CHECK (currency ~ '^[A-Z]{{3}}$'),
        attempt int NOT NULL CHECK (attempt > 0),
        message_id text NOT NULL UNIQUE,
        schema_name text NOT NULL,
        payments int NOT NULL CHECK (payments > 0),
        control_sum bigint NOT NULL CHECK (control_sum > 0),
        hash bytea NOT NULL,
        content bytea NOT NULL,{SIGNED},
        UNIQUE (period_id, scheme, is_sepa, currency, attempt)""",
    # `direction` IN: the partner pays. No file: it is waited for, or paid by hand, and `reason`
    # says why. `account` is the partner's, all but its ends left out.
    "payment": f"""
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        period_id int NOT NULL REFERENCES period (id),
        partner_id int NOT NULL REFERENCES partner (id),
        statement_number text NOT NULL,
        end_to_end_id text NOT NULL UNIQUE,
        attempt int NOT NULL CHECK (attempt > 0),
        direction text NOT NULL CHECK (direction IN ('IN', 'OUT')),
        method text NOT NULL
          CHECK (method IN ('CREDIT_TRANSFER', 'DIRECT_DEBIT', 'INVOICE', 'BY_HAND')),
        amount bigint NOT NULL CHECK (amount > 0),
        currency text NOT NULL,
        account text,
        due_on date NOT NULL,
        file_id bigint REFERENCES payment_file (id),
        reason text,
        mandate_id text,
        mandate_sequence text CHECK (mandate_sequence IN ('FRST', 'RCUR', 'OOFF', 'FNAL')),{SIGNED},
        CHECK ((method = 'DIRECT_DEBIT') = (mandate_id IS NOT NULL)),
        CHECK ((mandate_id IS NULL) = (mandate_sequence IS NULL)),
        CHECK ((file_id IS NULL) = (method IN ('INVOICE', 'BY_HAND'))),
        CHECK ((file_id IS NULL) = (reason IS NOT NULL)),
        UNIQUE (period_id, partner_id, currency, attempt)""",
    "bank_file": f"""
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        hash bytea NOT NULL UNIQUE,
        schema_name text NOT NULL,
        message_id text NOT NULL,
        account text,
        content bytea NOT NULL,{SIGNED}""",
    # `booked`: what it paid of the payment, below zero what it took back; `surplus`: what came
    # besides and is nobody's yet. `from_another`: from the account of another brand. A row that
    # `answers` another one says what a person has made of it: only such a row has a person.
    "bank_entry": """
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        bank_file_id bigint NOT NULL REFERENCES bank_file (id),
        place int NOT NULL,
        kind text NOT NULL CHECK (kind IN ('BOOKED', 'RETURNED', 'REJECTED', 'ACCEPTED')),
        payment_id bigint REFERENCES payment (id),
        partner_id int REFERENCES partner (id),
        outcome text NOT NULL CHECK (outcome IN ('MATCHED', 'PARTIAL', 'OVERPAID', 'DOUBLE',
          'RETURNED', 'REJECTED', 'ACCEPTED', 'KNOWN', 'PERHAPS_KNOWN', 'UNKNOWN', 'AMBIGUOUS',
          'CURRENCY_DIFFERS', 'AMOUNT_DIFFERS', 'DIRECTION_DIFFERS', 'ACCOUNT_DIFFERS',
          'PERIOD_LOCKED')),
        end_to_end_id text,
        bank_reference text,
        is_credit boolean,
        amount bigint,
        currency text,
        booked bigint NOT NULL DEFAULT 0,
        surplus bigint NOT NULL DEFAULT 0 CHECK (surplus >= 0),
        reason text,
        booked_on date,
        from_another boolean NOT NULL,
        answers bigint UNIQUE REFERENCES bank_entry (id),
        person text,
        client_id text,
        request_id uuid,
        recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        CHECK (outcome IN ('MATCHED', 'PARTIAL', 'OVERPAID', 'RETURNED') OR booked = 0),
        CHECK (outcome <> 'PERHAPS_KNOWN' OR (surplus = 0 AND answers IS NULL)),
        CHECK ((answers IS NULL) = (person IS NULL)),
        CHECK ((person IS NULL) = (client_id IS NULL)),
        CHECK ((person IS NULL) = (request_id IS NULL))""",
    # What happened to a dispute, in order; nothing that anybody did about it is dropped.
    "dispute_step": f"""
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        dispute_id bigint NOT NULL,
        partner_id int NOT NULL REFERENCES partner (id),
        side text NOT NULL CHECK (side IN ('PARTNER', 'OPERATOR', 'TIME')),
        kind text NOT NULL CHECK (kind IN ('OPENED', 'EVIDENCE', 'REPLY', 'MESSAGE', 'DECISION',
          'WITHDRAWAL', 'EXPIRY')),
        state text NOT NULL,
        round int NOT NULL,
        claim uuid UNIQUE,
        request_hash uuid,
        reason text,
        amount bigint,
        message text,
        is_late boolean NOT NULL,
        due_at timestamptz,
        evidence_name text,
        evidence_type text,
        evidence_hash bytea,
        evidence bytea,
        occurred_at timestamptz NOT NULL,{SIGNED},
        CHECK ((evidence IS NULL) = (evidence_hash IS NULL)),
        CHECK (octet_length(evidence) <= 2097152)""",
}
# A dispute's state changes; what it is about does not. `warned_of`: the deadline of which both
# sides were told that it is near.
DISPUTE = """
CREATE TABLE dispute (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  partner_id int NOT NULL REFERENCES partner (id),
  period_id int NOT NULL REFERENCES period (id),
  statement_id bigint NOT NULL,
  line int NOT NULL,
  currency text NOT NULL,
  amount bigint NOT NULL CHECK (amount > 0),
  frozen_as text NOT NULL CHECK (frozen_as IN ('carry', 'exclude', 'wait')),
  source_kind text,
  source_id text,
  opened_at timestamptz NOT NULL,
  state text NOT NULL CHECK (state IN ('OPEN', 'PARTNER_EVIDENCE', 'OPERATOR_REPLY',
    'CORRESPONDENCE', 'ACCEPTED', 'PARTIAL', 'REJECTED', 'EXPIRED')),
  round int NOT NULL CHECK (round BETWEEN 1 AND 3),
  due_at timestamptz,
  authorised bigint CHECK (authorised BETWEEN 0 AND amount),
  adjustment_id bigint REFERENCES adjustment (id),
  warned_of timestamptz,
  CHECK ((source_kind IS NULL) = (source_id IS NULL)),
  CHECK ((state IN ('ACCEPTED', 'PARTIAL', 'REJECTED', 'EXPIRED')) = (authorised IS NOT NULL)),
  CHECK ((authorised > 0) IS NOT DISTINCT FROM (CASE WHEN authorised IS NULL THEN NULL
         ELSE adjustment_id IS NOT NULL END)),
  FOREIGN KEY (statement_id, line) REFERENCES statement_line (statement_id, line)
)"""
FROZEN = "partner_id, period_id, statement_id, line, currency, amount, frozen_as, opened_at"

ADDED = (
    # `settled` is what is paid of `amount` less what is held back of it.
    "ALTER TABLE net_position ADD COLUMN held bigint NOT NULL DEFAULT 0",
    # What an event is about that is neither a place in a ledger nor a statement, by its kind.
    "ALTER TABLE event ADD COLUMN subject_id bigint",
)
INDEXES = (
    "CREATE INDEX held_line_of ON held_line (period_id)",
    "CREATE INDEX payment_of ON payment (period_id, partner_id)",
    "CREATE INDEX payment_debited ON payment (mandate_id, id) WHERE mandate_id IS NOT NULL",
    "CREATE INDEX payment_numbered ON payment (statement_number)",
    "CREATE UNIQUE INDEX bank_entry_at ON bank_entry (bank_file_id, place) WHERE answers IS NULL",
    "CREATE INDEX bank_file_named ON bank_file (message_id)",
    "CREATE INDEX bank_entry_of ON bank_entry (payment_id)",
    "CREATE INDEX bank_entry_named ON bank_entry (bank_reference)",
    "CREATE INDEX dispute_of ON dispute (partner_id, id)",
    "CREATE INDEX dispute_due ON dispute (due_at) WHERE authorised IS NULL",
    # One open dispute about a line: two would authorise it twice.
    "CREATE UNIQUE INDEX dispute_once ON dispute (statement_id, line) WHERE authorised IS NULL",
    "CREATE INDEX dispute_step_of ON dispute_step (dispute_id, id)",
)
OWN = f"partner_id = {PARTNER}"
POLICIES = {"held_line": OWN, "payment": OWN, "dispute": OWN, "dispute_step": OWN}
# A partner sees what the bank said of its payments, not what else came in the same file.
POLICIES["bank_entry"] = OWN


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.execute("SET LOCAL search_path = coalition, pg_temp")
    for change in ADDED:
        op.execute(change)
    op.execute(DISPUTE)
    for name, columns in TABLES.items():
        op.execute(f"CREATE TABLE {name} ({columns})")
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {name}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    op.execute(
        f"CREATE TRIGGER frozen BEFORE UPDATE OF {FROZEN} ON dispute"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER never_removed BEFORE DELETE OR TRUNCATE ON dispute"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    for name in ("dispute", *TABLES):
        op.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
        op.execute(f"GRANT SELECT ON {name} TO coalition_app, coalition_reader")
        op.execute(f"CREATE POLICY reads ON {name} FOR SELECT TO coalition_reader USING (true)")
        sees = POLICIES.get(name, "false")
        op.execute(f"CREATE POLICY sees ON {name} FOR SELECT TO coalition_app USING ({sees})")
    for change in INDEXES:
        op.execute(change)


def downgrade() -> None:
    raise RuntimeError("A ledger is not taken down by a migration. Restore a backup instead.")
