"""Whole rate cards, periods per calendar, joint promotions, packs and limits, a hash per entry."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

PARTNER = "NULLIF(current_setting('coalition.partner', true), '')::int"
MEMBER = "NULLIF(current_setting('coalition.member', true), '')::bigint"

PROGRAMME = (
    "ADD COLUMN netting text NOT NULL DEFAULT 'per_currency'",
    "ADD COLUMN fx_source text",
    "ADD COLUMN coverage_floor numeric(20, 8)",
    "ADD COLUMN dispute_window_days int NOT NULL DEFAULT 5",
    "ADD COLUMN approvals int NOT NULL DEFAULT 1",
    "ADD COLUMN operator_entity_id int",
    """ADD CONSTRAINT programme_settles CHECK (
      (netting = 'per_currency' OR netting ~ '^[A-Z]{3}$') AND coverage_floor >= 0
      AND dispute_window_days >= 0 AND approvals > 0) NOT VALID""",
)

AGREEMENT = (
    "ADD COLUMN valid_until timestamptz",
    "ADD COLUMN fee_per_point numeric(20, 8) NOT NULL DEFAULT 0",
    "ADD COLUMN breakage_share numeric(20, 8) NOT NULL DEFAULT 0",
    "ADD COLUMN paid_at_issuance numeric(20, 8) NOT NULL DEFAULT 1",
    "ADD COLUMN vat_mode text NOT NULL DEFAULT 'exempt'",
    "ADD COLUMN vat_rate numeric(20, 8)",
    "ADD COLUMN vat_rate_redemption numeric(20, 8)",
    """ADD CONSTRAINT agreement_is_a_rate_card CHECK (
      valid_until > valid_from AND fee_per_point >= 0 AND breakage_share BETWEEN 0 AND 1
      AND paid_at_issuance BETWEEN 0 AND 1 AND vat_rate BETWEEN 0 AND 1
      AND vat_rate_redemption BETWEEN 0 AND 1
      AND vat_mode IN ('standard', 'reverse_charge', 'exempt', 'third_party_consideration',
                       'mixed')) NOT VALID""",
)

# Periods and partners are few rows, and nothing is served while the book is chained: what would
# be too slow on a large table that is served is right here.
# A range of one text: exclusion by equality, without an extension that a managed PostgreSQL
# may not have.
PERIOD = (
    "CREATE TYPE calendar_range AS RANGE (subtype = text)",
    "ALTER TABLE period ADD COLUMN calendar text",
    """UPDATE period SET calendar = p.settlement_calendar || '@' || p.time_zone
      FROM programme p""",
    (
        "-- squawk-ignore adding-not-nullable-field\n"
        "ALTER TABLE period ALTER COLUMN calendar SET NOT NULL"
    ),
    "-- squawk-ignore ban-drop-constraint\nALTER TABLE period DROP CONSTRAINT period_label_key",
    (
        "-- squawk-ignore ban-drop-constraint\n"
        "ALTER TABLE period DROP CONSTRAINT period_tstzrange_excl"
    ),
    (
        "-- squawk-ignore constraint-missing-not-valid, disallowed-unique-constraint\n"
        "ALTER TABLE period ADD CONSTRAINT period_named_once UNIQUE (calendar, label)"
    ),
    """-- squawk-ignore constraint-missing-not-valid
ALTER TABLE period ADD CONSTRAINT period_apart EXCLUDE USING gist (
      calendar_range(calendar, calendar, '[]') WITH &&, tstzrange(starts_at, ends_at) WITH &&)""",
    "-- squawk-ignore require-concurrent-index-deletion\nDROP INDEX period_open",
    (
        "-- squawk-ignore require-concurrent-index-creation\n"
        "CREATE INDEX period_open ON period (calendar, ends_at) WHERE state = 'open'"
    ),
)

PARTNER_COLUMNS = (
    "ALTER TABLE partner ADD COLUMN settlement_calendar text",
    "ALTER TABLE partner ADD COLUMN time_zone text",
    """UPDATE partner SET settlement_calendar = p.settlement_calendar, time_zone = p.time_zone
      FROM programme p""",
    """-- squawk-ignore adding-not-nullable-field
ALTER TABLE partner ALTER COLUMN settlement_calendar SET NOT NULL,
      -- squawk-ignore adding-not-nullable-field
      ALTER COLUMN time_zone SET NOT NULL,
      ADD CONSTRAINT partner_has_a_calendar
        CHECK (settlement_calendar IN ('weekly', 'monthly', 'quarterly')) NOT VALID""",
    """ALTER TABLE partner ADD COLUMN calendar text NOT NULL
      -- squawk-ignore adding-field-with-default
      GENERATED ALWAYS AS (settlement_calendar || '@' || time_zone) STORED""",
    "ALTER TABLE partner ADD COLUMN stop_earning_on date",
    "ALTER TABLE partner ADD COLUMN redeem_until date",
)

TABLES = {
    "entity_details": """
        legal_entity_id int PRIMARY KEY REFERENCES legal_entity (id),
        street text,
        postcode text,
        city text,
        vat_id text,
        iban text,
        bic text,
        creditor_id text,
        mandate_id text,
        mandate_signed_on date,
        mandate_sequence text CHECK (mandate_sequence IN ('FRST', 'RCUR', 'OOFF', 'FNAL')),
        CHECK ((mandate_id IS NULL) = (mandate_signed_on IS NULL)),
        CHECK ((mandate_id IS NULL) = (mandate_sequence IS NULL)),
        CHECK ((mandate_id IS NOT NULL) <= (iban IS NOT NULL))""",
    "contract": """
        partner_id int PRIMARY KEY REFERENCES partner (id),
        credit_limit bigint CHECK (credit_limit >= 0),
        credit_alert numeric(20, 8) CHECK (credit_alert BETWEEN 0 AND 1),
        overdraft text CHECK (overdraft IN ('refuse', 'to_limit')),
        pack_alert numeric(20, 8) CHECK (pack_alert BETWEEN 0 AND 1),
        dispute_window_days int CHECK (dispute_window_days >= 0),
        dispute_freeze text NOT NULL CHECK (dispute_freeze IN ('carry', 'exclude', 'wait')),
        pays_by text NOT NULL DEFAULT 'direct_debit'
          CHECK (pays_by IN ('direct_debit', 'transfer')),
        CHECK ((overdraft = 'to_limit') <= (credit_limit IS NOT NULL))""",
    "prepaid_pack": """
        id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        partner_id int NOT NULL REFERENCES partner (id),
        code text NOT NULL,
        bought_on date NOT NULL,
        points bigint NOT NULL CHECK (points > 0),
        amount bigint NOT NULL CHECK (amount >= 0),
        UNIQUE (partner_id, code)""",
    "promotion": """
        id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        code text NOT NULL UNIQUE,
        name text NOT NULL,
        partner_id int NOT NULL REFERENCES partner (id),
        valid_from timestamptz NOT NULL,
        valid_until timestamptz NOT NULL,
        points_per_unit numeric(20, 8) NOT NULL CHECK (points_per_unit > 0),
        CHECK (valid_until > valid_from)""",
    "promotion_share": """
        promotion_id int NOT NULL REFERENCES promotion (id),
        partner_id int NOT NULL REFERENCES partner (id),
        share numeric(20, 8) NOT NULL CHECK (share > 0 AND share <= 100),
        PRIMARY KEY (promotion_id, partner_id)""",
    # What each funder of an award gave (points > 0), and what each return took of it (< 0).
    "award_share": """
        member_id bigint NOT NULL,
        act_seq int NOT NULL,
        partner_id int NOT NULL,
        award_seq int NOT NULL,
        entry_seq int NOT NULL,
        awarded_by int NOT NULL,
        agreement_id int NOT NULL,
        points bigint NOT NULL CHECK (points <> 0 AND (points > 0) = (act_seq = award_seq)),
        PRIMARY KEY (member_id, act_seq, partner_id)""",
    # What may still be issued: kind 1 in points of the packs, kind 2 in 10^-8 of the currency.
    "allowance": """
        partner_id int NOT NULL REFERENCES partner (id),
        kind smallint NOT NULL CHECK (kind IN (1, 2)),
        granted bigint NOT NULL,
        restored bigint NOT NULL DEFAULT 0,
        alert_below bigint NOT NULL DEFAULT 0,
        alerted boolean NOT NULL DEFAULT false,
        PRIMARY KEY (partner_id, kind)""",
    # In parts, so that awards at the same moment need not wait for one another.
    "allowance_part": """
        partner_id int NOT NULL,
        kind smallint NOT NULL,
        part smallint NOT NULL,
        units bigint NOT NULL,
        PRIMARY KEY (partner_id, kind, part),
        FOREIGN KEY (partner_id, kind) REFERENCES allowance (partner_id, kind)""",
    "allowance_use": """
        member_id bigint NOT NULL,
        seq int NOT NULL,
        partner_id int NOT NULL,
        kind smallint NOT NULL,
        entry_seq int NOT NULL,
        period_id int NOT NULL,
        agreement_id int NOT NULL,
        points bigint NOT NULL,
        units bigint NOT NULL,
        PRIMARY KEY (member_id, seq, partner_id)""",
}
AFTER = (
    "CREATE INDEX award_share_of ON award_share (member_id, award_seq)",
    "CREATE INDEX allowance_use_in ON allowance_use (period_id, partner_id)",
    "ALTER TABLE allowance_part SET (fillfactor = 50)",
    "ALTER TABLE award ADD COLUMN promotion_id int",
    "-- squawk-ignore ban-drop-constraint\nALTER TABLE event DROP CONSTRAINT event_check",
    """ALTER TABLE event ADD CONSTRAINT event_about_one_thing
      CHECK (member_id IS NULL OR statement_id IS NULL) NOT VALID""",
)
APPEND_ONLY = ("prepaid_pack", "promotion", "promotion_share", "award_share", "allowance_use")
NEVER_REMOVED = ("allowance", "allowance_part", "contract")

SEES_OWN = f"partner_id = {PARTNER}"
POLICIES = {
    "entity_details": "EXISTS (SELECT 1 FROM partner p WHERE p.legal_entity_id ="
    f" entity_details.legal_entity_id AND p.id = {PARTNER})",
    "contract": SEES_OWN,
    "prepaid_pack": SEES_OWN,
    "promotion": SEES_OWN,
    "promotion_share": SEES_OWN,
    # A funder sees the points that it pays for as entries; whose purchase it was is the brand's.
    "award_share": f"awarded_by = {PARTNER} OR member_id = {MEMBER}",
    "allowance": SEES_OWN,
    "allowance_part": SEES_OWN,
    "allowance_use": SEES_OWN,
}

# Every part of lot_use holds one period, and until now all partners had one calendar: the
# issuer's period of its rows is that period. A default fills it in without a row being touched.
ISSUER_PERIOD = """
DO $$
DECLARE
  v_part record;
BEGIN
  FOR v_part IN
    SELECT c.relname, substring(c.relname FROM '[0-9]+$')::int AS period
      FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
     WHERE i.inhparent = 'coalition.lot_use'::regclass
     ORDER BY 2
  LOOP
    EXECUTE format('ALTER TABLE lot_use DETACH PARTITION %I', v_part.relname);
    EXECUTE format('ALTER TABLE %I ADD COLUMN issuer_period_id int NOT NULL DEFAULT %s',
      v_part.relname, v_part.period);
    EXECUTE format('ALTER TABLE %I ALTER COLUMN issuer_period_id DROP DEFAULT', v_part.relname);
  END LOOP;
  ALTER TABLE lot_use ADD COLUMN issuer_period_id int NOT NULL;
  FOR v_part IN
    SELECT c.relname, substring(c.relname FROM '[0-9]+$')::int AS period FROM pg_class c
     WHERE c.relnamespace = 'coalition'::regnamespace AND c.relname ~ '^lot_use_of_[0-9]+$'
     ORDER BY 2
  LOOP
    EXECUTE format('ALTER TABLE lot_use ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)',
      v_part.relname, v_part.period, v_part.period + 1);
  END LOOP;
END $$
"""

ENTRY = (
    """ALTER TABLE entry ADD COLUMN promotion_id int, ADD COLUMN reverses_period_id int,
      ADD COLUMN hash bytea""",
    "ALTER TABLE balance ADD COLUMN head bytea NOT NULL DEFAULT ''",
    # The only update that the book has ever seen: what stands in it gets its place in a chain.
    "ALTER TABLE entry DISABLE TRIGGER append_only",
    """UPDATE entry e SET reverses_period_id = o.period_id FROM entry o
      WHERE o.member_id = e.member_id AND o.seq = e.reverses AND e.kind IN (2, 7)""",
    # books.entry_text, as it was when the chain began.
    """
DO $$
DECLARE
  v_entry record;
  v_member bigint := 0;
  v_hash bytea;
BEGIN
  FOR v_entry IN
    SELECT e.*, l.earned_at, l.spendable_from, coalesce(l.extended_from, l.expires_on) AS last_day,
           CASE WHEN a.seq IS NOT NULL THEN jsonb_build_array(a.claim, a.request_hash, a.reference,
             a.amount, a.basis, (extract(epoch FROM a.spendable_from) * 1000000)::bigint,
             a.store_code, a.terminal_code, a.channel, a.lines) END AS purchase
      FROM entry e
      LEFT JOIN lot l ON l.member_id = e.member_id AND l.seq = e.seq AND e.kind = 1
      LEFT JOIN award a ON a.member_id = e.member_id AND a.seq = e.seq AND e.kind = 1
     ORDER BY e.member_id, e.seq
  LOOP
    IF v_entry.member_id <> v_member THEN
      v_member := v_entry.member_id;
      v_hash := '';
    END IF;
    v_hash := sha256(v_hash || convert_to(concat(v_entry.member_id, '|', v_entry.seq, '|',
      v_entry.period_id, '|', v_entry.kind, '|', v_entry.debit, '|', v_entry.credit, '|',
      v_entry.points, '|', v_entry.partner_id, '|', v_entry.agreement_id, '|',
      v_entry.promotion_id, '|', v_entry.reverses, '|', v_entry.reverses_period_id, '|',
      (extract(epoch FROM v_entry.occurred_at) * 1000000)::bigint, '|',
      (extract(epoch FROM v_entry.recorded_at) * 1000000)::bigint, '|',
      (extract(epoch FROM v_entry.earned_at) * 1000000)::bigint, '|',
      (extract(epoch FROM v_entry.spendable_from) * 1000000)::bigint, '|',
      v_entry.last_day - '1970-01-01'::date, '|', v_entry.purchase), 'UTF8'));
    UPDATE entry SET hash = v_hash
     WHERE member_id = v_entry.member_id AND seq = v_entry.seq
       AND period_id = v_entry.period_id;
  END LOOP;
END $$""",
    "ALTER TABLE entry ENABLE TRIGGER append_only",
    "-- squawk-ignore adding-not-nullable-field\nALTER TABLE entry ALTER COLUMN hash SET NOT NULL",
    """UPDATE balance b SET head = e.hash
      FROM (SELECT DISTINCT ON (member_id) member_id, hash FROM entry
             ORDER BY member_id, seq DESC) e
     WHERE e.member_id = b.member_id""",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.execute("SET LOCAL search_path = coalition, pg_temp")
    for change in PROGRAMME:
        op.execute(f"ALTER TABLE programme {change}")
    for change in AGREEMENT:
        op.execute(f"ALTER TABLE agreement {change}")
    for statement in (*PERIOD, *PARTNER_COLUMNS):
        op.execute(statement)
    for name, columns in TABLES.items():
        op.execute(f"CREATE TABLE {name} ({columns})")
    for statement in AFTER:
        op.execute(statement)
    _guard()
    # A book of years takes longer than a minute to chain; nobody is served meanwhile.
    op.execute("SET LOCAL statement_timeout = 0")
    op.execute(ISSUER_PERIOD)
    op.execute(
        "-- squawk-ignore require-concurrent-index-creation\n"
        "CREATE INDEX lot_use_of_issuer_period ON lot_use (issuer_period_id)"
    )
    for statement in ENTRY:
        op.execute(statement)
    op.execute("INSERT INTO contract (partner_id, dispute_freeze) SELECT id, 'carry' FROM partner")


# The brand that awarded points together with others sees what is left of them.
LOT_POLICY = f"""
ALTER POLICY sees ON lot USING (
  issuer_id = {PARTNER} OR member_id = {MEMBER} OR EXISTS (
    SELECT 1 FROM award_share s WHERE s.member_id = lot.member_id AND s.entry_seq = lot.seq
     AND s.awarded_by = {PARTNER}))
"""


def _guard() -> None:
    op.execute(LOT_POLICY)
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    for table in NEVER_REMOVED:
        op.execute(
            f"CREATE TRIGGER never_removed BEFORE DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    for table, sees in POLICIES.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"GRANT SELECT ON {table} TO coalition_app, coalition_reader")
        op.execute(f"CREATE POLICY sees ON {table} FOR SELECT TO coalition_app USING ({sees})")
        op.execute(f"CREATE POLICY reads ON {table} FOR SELECT TO coalition_reader USING (true)")


def downgrade() -> None:
    raise RuntimeError("A ledger is not taken down by a migration. Restore a backup instead.")
