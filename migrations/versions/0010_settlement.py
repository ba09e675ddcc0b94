"""Settlement whole: ten states, runs, statements with their taxes, netting, rates, adjustments."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

PARTNER = "NULLIF(current_setting('coalition.partner', true), '')::int"
# Statements are calculated first and published afterwards: a partner sees them from then on.
PUBLISHED = "('closed', 'disputed', 'final', 'instructed', 'settled', 'locked')"

# Periods, statements and what hangs on them are thousands of rows where entries are millions: a
# scan under their lock is short, and lock_timeout gives up before anybody waits for it.
SHORT = (
    "-- squawk-ignore adding-foreign-key-constraint, ban-drop-constraint, ban-drop-not-null,"
    " constraint-missing-not-valid, disallowed-unique-constraint,"
    " require-concurrent-index-creation\n"
)
PERIOD = (
    "ALTER TABLE period DROP CONSTRAINT period_state_check",
    """ALTER TABLE period ADD CONSTRAINT period_state_check CHECK (state IN ('open', 'closing',
      'reconciling', 'calculated', 'closed', 'disputed', 'final', 'instructed', 'settled',
      'locked'))""",
)

# append-only, each with who did it: `person` is a login where a person's token was used, else
# the client (books.person).
TABLES = {
    "period_step": """
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        period_id int NOT NULL REFERENCES period (id),
        state text NOT NULL,
        person text NOT NULL,
        client_id text NOT NULL,
        request_id uuid NOT NULL,
        reason text,
        recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()""",
    # What stands in the way of a state. The newest row of a period, state, partner and subject
    # holds; the capability that the subject belongs to writes it.
    "period_gate": """
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        period_id int NOT NULL REFERENCES period (id),
        state text NOT NULL,
        partner_id int NOT NULL REFERENCES partner (id),
        subject text NOT NULL,
        open_items int NOT NULL CHECK (open_items >= 0),
        recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()""",
    "gate_waiver": """
        gate_id bigint NOT NULL REFERENCES period_gate (id),
        person text NOT NULL,
        client_id text NOT NULL,
        request_id uuid NOT NULL,
        reason text NOT NULL,
        recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (gate_id, person)""",
    # `figures`: a hash of the statements and held lines that were approved.
    "period_approval": """
        period_id int NOT NULL REFERENCES period (id),
        person text NOT NULL,
        figures bytea NOT NULL,
        client_id text NOT NULL,
        request_id uuid NOT NULL,
        recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (period_id, person, figures)""",
    # What a run covers is said by reference: the whole part of the books of its period, for the
    # partners of its legal entity (none: of all), `entries` entries up to the cut-off `up_to`.
    "settlement_run": """
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        period_id int NOT NULL REFERENCES period (id),
        kind text NOT NULL CHECK (kind IN ('STATEMENTS', 'NETTING')),
        legal_entity_id int REFERENCES legal_entity (id),
        version int NOT NULL CHECK (version > 0),
        entries bigint NOT NULL,
        up_to timestamptz,
        hash bytea NOT NULL,
        person text NOT NULL,
        client_id text NOT NULL,
        request_id uuid NOT NULL,
        reason text,
        recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        UNIQUE NULLS NOT DISTINCT (period_id, kind, legal_entity_id, version)""",
    # `amount` above zero is in the partner's favour.
    "adjustment": """
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        claim uuid NOT NULL UNIQUE,
        request_hash uuid NOT NULL,
        period_id int NOT NULL REFERENCES period (id),
        partner_id int NOT NULL REFERENCES partner (id),
        currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
        corrects text NOT NULL CHECK (corrects IN ('ISSUANCE', 'REDEMPTION')),
        points bigint NOT NULL,
        price numeric(20, 8),
        amount bigint NOT NULL CHECK (amount <> 0),
        authorised bigint NOT NULL CHECK (authorised >= abs(amount)),
        borne_by text NOT NULL CHECK (borne_by IN ('POOL', 'OPERATOR')),
        reason text NOT NULL,
        source_kind text NOT NULL,
        source_id text NOT NULL,
        agreement_id int NOT NULL REFERENCES agreement (id),
        statement_id bigint,
        line int,
        person text NOT NULL,
        client_id text NOT NULL,
        request_id uuid NOT NULL,
        occurred_at timestamptz NOT NULL,
        recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        CHECK ((points = 0) = (price IS NULL)),
        FOREIGN KEY (statement_id, line) REFERENCES statement_line (statement_id, line)""",
    # One unit of `base` is `rate` of `quote`.
    "fx_rate": """
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        source text NOT NULL,
        on_date date NOT NULL,
        base text NOT NULL CHECK (base ~ '^[A-Z]{3}$'),
        quote text NOT NULL CHECK (quote ~ '^[A-Z]{3}$' AND quote <> base),
        rate numeric(20, 10) NOT NULL CHECK (rate > 0),
        client_id text NOT NULL,
        recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        UNIQUE (source, on_date, base, quote)""",
    # `amount` and `settled` above zero: the partner pays. No partner: the pool's side.
    "net_position": """
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        run_id bigint NOT NULL REFERENCES settlement_run (id),
        period_id int NOT NULL REFERENCES period (id),
        partner_id int REFERENCES partner (id),
        legal_entity_id int REFERENCES legal_entity (id),
        currency text NOT NULL,
        net bigint NOT NULL,
        vat bigint NOT NULL,
        amount bigint NOT NULL CHECK (amount = net + vat),
        billed bigint NOT NULL CHECK (billed >= 0),
        settled_currency text NOT NULL,
        settled bigint NOT NULL,
        fx_rate_id bigint REFERENCES fx_rate (id),
        UNIQUE NULLS NOT DISTINCT (run_id, partner_id, currency)""",
    # What the pool sold to have another currency: `booked` at the rate of the netting, `sold` at
    # the rate of the bank; the difference is the coalition's.
    "fx_exchange": """
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        claim uuid NOT NULL UNIQUE,
        request_hash uuid NOT NULL,
        period_id int NOT NULL REFERENCES period (id),
        bought_currency text NOT NULL,
        bought bigint NOT NULL CHECK (bought > 0),
        sold_currency text NOT NULL,
        booked bigint NOT NULL CHECK (booked > 0),
        sold bigint NOT NULL CHECK (sold > 0),
        fx_rate_id bigint NOT NULL REFERENCES fx_rate (id),
        executed_rate numeric(20, 10) NOT NULL CHECK (executed_rate > 0),
        person text NOT NULL,
        client_id text NOT NULL,
        request_id uuid NOT NULL,
        recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()""",
    # What became of an issuer's points in a period: kept when it is calculated, so that the
    # figures of a later day are sums over periods and not over all history.
    "issuer_roll": """
        period_id int NOT NULL REFERENCES period (id),
        issuer_id int NOT NULL REFERENCES partner (id),
        issued bigint NOT NULL,
        returned bigint NOT NULL,
        redeemed bigint NOT NULL,
        refunded bigint NOT NULL,
        expired bigint NOT NULL,
        repaid bigint NOT NULL,
        PRIMARY KEY (period_id, issuer_id)""",
}

# table -> who sees a row, besides the operator; a table that is not here is the operator's only
POLICIES = {
    "fx_rate": "true",
    "net_position": f"partner_id = {PARTNER}",
    "issuer_roll": f"issuer_id = {PARTNER} AND EXISTS (SELECT 1 FROM period p"
    f" WHERE p.id = period_id AND p.state IN {PUBLISHED})",
    "adjustment": f"partner_id = {PARTNER}",
}

STATEMENT = (
    "ALTER TABLE statement DROP CONSTRAINT statement_period_id_partner_id_key",
    "ALTER TABLE statement DROP CONSTRAINT statement_check",
    "ALTER TABLE statement ADD COLUMN run_id bigint REFERENCES settlement_run (id)",
    "ALTER TABLE statement ADD COLUMN version int NOT NULL DEFAULT 1",
    "ALTER TABLE statement ADD COLUMN replaces bigint REFERENCES statement (id)",
    *(
        f"ALTER TABLE statement ADD COLUMN {name} bigint NOT NULL DEFAULT 0"
        for name in ("fees", "breakage", "adjusted", "prepaid", "vat_issued", "vat_redeemed")
    ),
    "ALTER TABLE statement ADD COLUMN taxes jsonb NOT NULL DEFAULT '[]'",
    """ALTER TABLE statement ADD CONSTRAINT statement_sums CHECK
      (net = issued + fees - redeemed - breakage - adjusted - prepaid) NOT VALID""",
    "ALTER TABLE statement VALIDATE CONSTRAINT statement_sums",
    """ALTER TABLE statement ADD CONSTRAINT statement_once UNIQUE
      (period_id, partner_id, currency, version)""",
    "ALTER TABLE statement_line DROP CONSTRAINT statement_line_kind_check",
    """ALTER TABLE statement_line ADD CONSTRAINT statement_line_kind_check CHECK (kind IN (
      'ISSUANCE', 'PROMOTION_ISSUANCE', 'ISSUANCE_REVERSAL', 'SHORTFALL', 'OWN_POINTS_REDEEMED',
      'OWN_POINTS_REFUNDED', 'FEE', 'REDEMPTION', 'REDEMPTION_REVERSAL', 'BREAKAGE_SHARE',
      'ADJUSTMENT', 'PREPAID'))""",
    "ALTER TABLE statement_line ADD COLUMN share numeric(20, 16) NOT NULL DEFAULT 1",
    "ALTER TABLE statement_line ADD COLUMN agreement_id int REFERENCES agreement (id)",
    "ALTER TABLE statement_line ADD COLUMN original_period_id int REFERENCES period (id)",
    "ALTER TABLE statement_line ADD COLUMN promotion text",
    "ALTER TABLE statement_line ADD COLUMN redeemer_id int REFERENCES partner (id)",
    "ALTER TABLE statement_line ADD COLUMN adjustment_id bigint REFERENCES adjustment (id)",
    # Which entries the line sums: of this kind and debit account (empty: of any).
    "ALTER TABLE statement_line ADD COLUMN entry_kind smallint",
    "ALTER TABLE statement_line ADD COLUMN entry_debit smallint",
)
# source_kind: LINE (statement and line), VAT (statement), NETTING (source_id: net_position),
# FX_EXCHANGE (source_id), or what a later capability posts for its own documents.
MONEY = (
    *(
        f"ALTER TABLE money_entry ALTER COLUMN {name} DROP NOT NULL"
        for name in ("statement_id", "line", "partner_id")
    ),
    "ALTER TABLE money_entry ADD COLUMN source_kind text NOT NULL DEFAULT 'LINE'",
    "ALTER TABLE money_entry ADD COLUMN source_id bigint",
    "ALTER TABLE money_entry ADD COLUMN reverses bigint REFERENCES money_entry (id)",
    "ALTER TABLE money_entry DROP CONSTRAINT money_moves_between_partner_and_pool",
    """ALTER TABLE money_entry ADD CONSTRAINT money_moves_between_its_accounts CHECK (
      debit <> credit AND debit = ANY ('{600,610,620,630,640,650,660,670,680,690}'::smallint[])
      AND credit = ANY ('{600,610,620,630,640,650,660,670,680,690}'::smallint[])) NOT VALID""",
    "ALTER TABLE money_entry VALIDATE CONSTRAINT money_moves_between_its_accounts",
    """ALTER TABLE money_entry ADD CONSTRAINT money_entry_names_its_source CHECK (
      CASE source_kind WHEN 'LINE' THEN statement_id IS NOT NULL AND line IS NOT NULL
                       WHEN 'VAT' THEN statement_id IS NOT NULL
                       ELSE source_id IS NOT NULL END) NOT VALID""",
    "ALTER TABLE money_entry VALIDATE CONSTRAINT money_entry_names_its_source",
    "CREATE INDEX money_entry_of_statement ON money_entry (statement_id)",
    "CREATE UNIQUE INDEX money_entry_reversed_once ON money_entry (reverses)",
    "CREATE INDEX period_step_of ON period_step (period_id, id)",
    "CREATE INDEX period_gate_of ON period_gate (period_id, state, partner_id, subject, id DESC)",
    "CREATE INDEX adjustment_of ON adjustment (period_id)",
    "CREATE INDEX adjustment_from ON adjustment (source_kind, source_id)",
    "CREATE INDEX net_position_of ON net_position (period_id)",
)
SEEN_WHEN_PUBLISHED = {
    "statement": f"partner_id = {PARTNER} AND EXISTS (SELECT 1 FROM period p"
    f" WHERE p.id = period_id AND p.state IN {PUBLISHED})",
    "statement_line": f"partner_id = {PARTNER} AND EXISTS (SELECT 1 FROM statement s"
    " WHERE s.id = statement_id)",
    "money_entry": f"partner_id = {PARTNER} AND EXISTS (SELECT 1 FROM period p"
    f" WHERE p.id = period_id AND p.state IN {PUBLISHED})",
}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.execute("SET LOCAL search_path = coalition, pg_temp")
    for change in PERIOD:
        op.execute(SHORT + change)
    for name, columns in TABLES.items():
        op.execute(f"CREATE TABLE {name} ({columns})")
        op.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {name}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        op.execute(f"GRANT SELECT ON {name} TO coalition_app, coalition_reader")
        op.execute(f"CREATE POLICY reads ON {name} FOR SELECT TO coalition_reader USING (true)")
        sees = POLICIES.get(name, "false")
        op.execute(f"CREATE POLICY sees ON {name} FOR SELECT TO coalition_app USING ({sees})")
    for change in (*STATEMENT, *MONEY):
        op.execute(SHORT + change)
    for name, sees in SEEN_WHEN_PUBLISHED.items():
        op.execute(f"ALTER POLICY sees ON {name} USING ({sees})")


def downgrade() -> None:
    raise RuntimeError("A ledger is not taken down by a migration. Restore a backup instead.")
