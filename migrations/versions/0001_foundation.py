"""The foundation: terms, members, the two books, earning, redemption, settlement."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Whose rows a transaction may see; the settings are written by kit/database.see_as only.
PARTNER = "NULLIF(current_setting('coalition.partner', true), '')::int"
MEMBER = "NULLIF(current_setting('coalition.member', true), '')::bigint"

TABLES = """
CREATE TABLE programme (
  id smallint PRIMARY KEY DEFAULT 1 CHECK (id = 1),
  version int NOT NULL,
  name text NOT NULL,
  point_name text NOT NULL,
  point_value numeric(20, 8) NOT NULL CHECK (point_value > 0),
  currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  time_zone text NOT NULL,
  settlement_calendar text NOT NULL
    CHECK (settlement_calendar IN ('weekly', 'monthly', 'quarterly')),
  pending_days int NOT NULL CHECK (pending_days >= 0),
  late_purchase_days int NOT NULL CHECK (late_purchase_days >= 0),
  expiry_kind text NOT NULL CHECK (expiry_kind IN ('none', 'rolling', 'period_end', 'fixed')),
  expiry_months int CHECK (expiry_months > 0),
  expiry_period text CHECK (expiry_period IN ('month', 'quarter', 'year')),
  expiry_on date,
  clawback text NOT NULL CHECK (clawback IN ('only_pending', 'within_balance', 'unlimited')),
  shortfall_payer text NOT NULL CHECK (shortfall_payer IN ('issuer', 'pool')),
  debt_limit bigint NOT NULL CHECK (debt_limit >= 0),
  refund_grace_days int NOT NULL CHECK (refund_grace_days >= 0),
  hold_seconds int NOT NULL CHECK (hold_seconds > 0)
);

CREATE TABLE legal_entity (
  id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  code text NOT NULL UNIQUE,
  name text NOT NULL,
  country text NOT NULL
);

CREATE TABLE partner (
  id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  code text NOT NULL UNIQUE,
  name text NOT NULL,
  legal_entity_id int NOT NULL REFERENCES legal_entity (id),
  currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  status text NOT NULL CHECK (status IN ('active', 'suspended', 'leaving', 'left'))
);

CREATE TABLE store (
  partner_id int NOT NULL REFERENCES partner (id),
  code text NOT NULL,
  name text NOT NULL,
  terminals text[] NOT NULL DEFAULT '{}',
  PRIMARY KEY (partner_id, code)
);

CREATE TABLE agreement (
  id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  partner_id int NOT NULL REFERENCES partner (id),
  valid_from timestamptz NOT NULL,
  points_per_unit numeric(20, 8) NOT NULL CHECK (points_per_unit > 0),
  issue_price numeric(20, 8) NOT NULL CHECK (issue_price >= 0),
  redeem_price numeric(20, 8) NOT NULL CHECK (redeem_price >= 0),
  minimum_redemption bigint NOT NULL CHECK (minimum_redemption > 0),
  excludes text[] NOT NULL DEFAULT '{}'
    CHECK (excludes <@ ARRAY['tax', 'shipping', 'paid_with_points']),
  UNIQUE (partner_id, valid_from)
);

CREATE TABLE client (
  id text PRIMARY KEY,
  partner_id int REFERENCES partner (id),
  name text NOT NULL,
  scopes text[] NOT NULL,
  status text NOT NULL CHECK (status IN ('active', 'revoked')),
  created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE client_secret (
  client_id text NOT NULL REFERENCES client (id),
  secret_hash bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  valid_until timestamptz,
  PRIMARY KEY (client_id, secret_hash)
);

CREATE TABLE signing_key (
  kid text PRIMARY KEY,
  private_key text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  retired_at timestamptz
);

CREATE TABLE secret (
  name text PRIMARY KEY,
  value bytea NOT NULL
);

CREATE TABLE member (
  member_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  status text NOT NULL DEFAULT 'active'
    CHECK (status IN ('active', 'locked', 'suspended', 'closed')),
  given_name text,
  family_name text,
  locale text,
  time_zone text,
  enrolled_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  enrolled_by int REFERENCES partner (id)
);

CREATE TABLE member_partner (
  partner_id int NOT NULL REFERENCES partner (id),
  member_id bigint NOT NULL REFERENCES member (member_id),
  since timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (partner_id, member_id)
);
CREATE INDEX member_partner_by_member ON member_partner (member_id);

CREATE TABLE identifier (
  kind text NOT NULL CHECK (kind IN ('CARD', 'EMAIL', 'PHONE', 'EXTERNAL')),
  partner_id int NOT NULL,
  value text NOT NULL,
  member_id bigint NOT NULL REFERENCES member (member_id),
  state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'blocked')),
  since timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (kind, partner_id, value),
  CHECK ((kind = 'CARD') <= (partner_id = 0)),
  CHECK ((kind = 'EXTERNAL') <= (partner_id > 0))
);
CREATE INDEX identifier_by_member ON identifier (member_id);

CREATE TABLE enrolment (
  claim uuid PRIMARY KEY,
  request_hash uuid NOT NULL,
  partner_id int,
  member_id bigint NOT NULL REFERENCES member (member_id),
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE member_change (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  claim uuid NOT NULL UNIQUE,
  request_hash uuid NOT NULL,
  member_id bigint NOT NULL REFERENCES member (member_id),
  what text NOT NULL,
  reason text NOT NULL,
  partner_id int,
  client_id text NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE balance (
  member_id bigint PRIMARY KEY REFERENCES member (member_id),
  points bigint NOT NULL DEFAULT 0,
  held bigint NOT NULL DEFAULT 0,
  owed bigint NOT NULL DEFAULT 0,
  seq int NOT NULL DEFAULT 0,
  CHECK (least(points, held, owed) >= 0)
) WITH (fillfactor = 70);

CREATE TABLE period (
  id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label text NOT NULL UNIQUE,
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  state text NOT NULL DEFAULT 'open'
    CHECK (state IN ('open', 'closing', 'closed', 'final', 'settled')),
  closed_at timestamptz,
  CHECK (starts_at < ends_at),
  EXCLUDE USING gist (tstzrange(starts_at, ends_at) WITH &&)
);
CREATE INDEX period_open ON period (ends_at) WHERE state = 'open';

CREATE TABLE entry (
  member_id bigint NOT NULL,
  seq int NOT NULL,
  period_id int NOT NULL,
  kind smallint NOT NULL,
  debit smallint NOT NULL,
  credit smallint NOT NULL,
  points bigint NOT NULL CHECK (points > 0),
  partner_id int NOT NULL,
  agreement_id int NOT NULL,
  reverses int,
  occurred_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (member_id, seq, period_id),
  -- kind, debit and credit as one number: PostgreSQL reads a constraint's text anew for each
  -- insert, and a list of twelve triples costs an eighth of an award.
  CONSTRAINT entry_moves_between_its_accounts CHECK (
    kind * 10000 + debit * 100 + credit = ANY ('{11020, 22010, 22210, 25010, 25110, 32022, 42021,
      52120, 62030, 62130, 73020, 82040}'::int[])
  ),
  CONSTRAINT entry_names_what_it_corrects CHECK (
    (kind = ANY ('{2, 5, 7}'::smallint[])) = (reverses IS NOT NULL)
  )
) PARTITION BY RANGE (period_id);

CREATE TABLE lot_use (
  member_id bigint NOT NULL,
  seq int NOT NULL,
  lot_seq int NOT NULL,
  period_id int NOT NULL,
  debit smallint NOT NULL,
  credit smallint NOT NULL CHECK (credit <> debit),
  points bigint NOT NULL CHECK (points > 0),
  issuer_id int NOT NULL,
  partner_id int NOT NULL,
  PRIMARY KEY (member_id, seq, lot_seq, period_id)
) PARTITION BY RANGE (period_id);

CREATE TABLE lot (
  member_id bigint NOT NULL,
  seq int NOT NULL,
  issuer_id int NOT NULL,
  agreement_id int NOT NULL,
  points bigint NOT NULL,
  remaining bigint NOT NULL,
  held bigint NOT NULL DEFAULT 0,
  earned_at timestamptz NOT NULL,
  spendable_from timestamptz,
  expires_on date,
  extended_from date,
  PRIMARY KEY (member_id, seq),
  CHECK (points > 0 AND least(remaining, held) >= 0 AND remaining + held <= points)
) WITH (fillfactor = 85);
CREATE INDEX lot_open ON lot (member_id, expires_on, seq) WHERE remaining > 0;
CREATE INDEX lot_pending ON lot (member_id, spendable_from)
  WHERE remaining > 0 AND spendable_from IS NOT NULL;

CREATE TABLE award (
  member_id bigint NOT NULL,
  seq int NOT NULL,
  partner_id int NOT NULL,
  agreement_id int NOT NULL,
  claim uuid NOT NULL,
  request_hash uuid NOT NULL,
  reference text NOT NULL,
  purchased_at timestamptz NOT NULL,
  amount bigint NOT NULL,
  basis bigint NOT NULL,
  points bigint NOT NULL,
  spendable_from timestamptz NOT NULL,
  expires_on date,
  store_code text,
  terminal_code text,
  channel text CHECK (channel = ANY ('{STORE,ONLINE,MOBILE,PHONE}'::text[])),
  lines jsonb,
  recorded_at timestamptz NOT NULL,
  PRIMARY KEY (member_id, seq),
  CHECK (least(basis, points) > 0 AND basis <= amount)
);
CREATE UNIQUE INDEX award_claimed_once ON award (claim);
CREATE UNIQUE INDEX award_purchase_once ON award (partner_id, reference);
CREATE INDEX award_listed ON award (partner_id, purchased_at, member_id, seq);

CREATE TABLE award_reversal (
  member_id bigint NOT NULL,
  seq int NOT NULL,
  award_seq int NOT NULL,
  partner_id int NOT NULL,
  claim uuid NOT NULL UNIQUE,
  request_hash uuid NOT NULL,
  returned bigint NOT NULL CHECK (returned > 0),
  points bigint NOT NULL CHECK (points >= 0),
  clawed_back bigint NOT NULL CHECK (clawed_back >= 0),
  owed bigint NOT NULL CHECK (owed >= 0),
  borne bigint NOT NULL CHECK (borne >= 0),
  borne_by text CHECK (borne_by IN ('issuer', 'pool')),
  reason text NOT NULL,
  occurred_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (member_id, seq),
  CHECK (points = clawed_back + owed + borne),
  CHECK ((borne > 0) <= (borne_by IS NOT NULL))
);
CREATE INDEX award_reversal_of ON award_reversal (member_id, award_seq);

CREATE TABLE hold (
  member_id bigint NOT NULL,
  seq int NOT NULL,
  partner_id int NOT NULL,
  agreement_id int NOT NULL,
  claim uuid NOT NULL UNIQUE,
  request_hash uuid NOT NULL,
  points bigint NOT NULL CHECK (points > 0),
  reference text NOT NULL,
  store_code text,
  state text NOT NULL DEFAULT 'held'
    CHECK (state IN ('held', 'captured', 'released', 'expired')),
  occurred_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  resolved_at timestamptz,
  release_claim uuid UNIQUE,
  release_hash uuid,
  PRIMARY KEY (member_id, seq),
  CHECK ((state = 'held') = (resolved_at IS NULL))
);
CREATE INDEX hold_open_of ON hold (member_id) WHERE state = 'held';
CREATE INDEX hold_due ON hold (expires_at) WHERE state = 'held';
CREATE INDEX hold_listed ON hold (partner_id, member_id, seq);

CREATE TABLE redemption (
  member_id bigint NOT NULL,
  seq int NOT NULL,
  partner_id int NOT NULL,
  agreement_id int NOT NULL,
  claim uuid NOT NULL UNIQUE,
  request_hash uuid NOT NULL,
  points bigint NOT NULL CHECK (points > 0),
  reference text NOT NULL,
  store_code text,
  hold_seq int,
  redeemed_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (member_id, seq)
);
CREATE INDEX redemption_listed ON redemption (partner_id, redeemed_at, member_id, seq);

CREATE TABLE refund (
  member_id bigint NOT NULL,
  seq int NOT NULL,
  redemption_seq int NOT NULL,
  partner_id int NOT NULL,
  claim uuid NOT NULL UNIQUE,
  request_hash uuid NOT NULL,
  points bigint NOT NULL CHECK (points > 0),
  reason text NOT NULL,
  occurred_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (member_id, seq)
);
CREATE INDEX refund_of ON refund (member_id, redemption_seq);

CREATE TABLE statement (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  period_id int NOT NULL REFERENCES period (id),
  partner_id int NOT NULL REFERENCES partner (id),
  number text NOT NULL UNIQUE,
  currency text NOT NULL,
  issued bigint NOT NULL,
  redeemed bigint NOT NULL,
  net bigint NOT NULL CHECK (net = issued - redeemed),
  hash bytea NOT NULL,
  issued_at timestamptz NOT NULL,
  UNIQUE (period_id, partner_id)
);
CREATE INDEX statement_listed ON statement (partner_id, id);

CREATE TABLE statement_line (
  statement_id bigint NOT NULL REFERENCES statement (id),
  line int NOT NULL,
  partner_id int NOT NULL,
  kind text NOT NULL CHECK (kind IN ('ISSUANCE', 'ISSUANCE_REVERSAL', 'SHORTFALL',
    'REDEMPTION', 'REDEMPTION_REVERSAL', 'BREAKAGE_SHARE', 'ADJUSTMENT', 'FEE')),
  description text NOT NULL,
  points bigint NOT NULL,
  price numeric(20, 8),
  amount bigint NOT NULL,
  entries int NOT NULL,
  PRIMARY KEY (statement_id, line)
);

CREATE TABLE money_entry (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  statement_id bigint NOT NULL,
  line int NOT NULL,
  period_id int NOT NULL,
  partner_id int NOT NULL,
  debit smallint NOT NULL,
  credit smallint NOT NULL,
  amount bigint NOT NULL CHECK (amount > 0),
  currency text NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  FOREIGN KEY (statement_id, line) REFERENCES statement_line (statement_id, line),
  CONSTRAINT money_moves_between_partner_and_pool CHECK (
    (debit, credit) IN ((600, 620), (620, 600), (620, 610), (610, 620))
  )
);
CREATE INDEX money_entry_of_period ON money_entry (period_id);
"""

APPEND_ONLY = (
    "agreement", "member_change", "enrolment", "entry", "lot_use", "award", "award_reversal",
    "redemption", "refund", "statement", "statement_line", "money_entry",
)  # fmt: skip

GUARDS = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: % refused. Correct it by adding what undoes it.',
    TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION refuse_late_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'The period of % is closed: nothing is added to it.', TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation';
END $$;
"""

# A lot and a hold have figures that change; who issued what, when and at which terms does not.
FROZEN = {
    "lot": "member_id, seq, issuer_id, agreement_id, points, earned_at, spendable_from",
    "hold": "member_id, seq, partner_id, agreement_id, claim, points, reference, expires_at",
}
NEVER_REMOVED = ("lot", "hold", "balance", "member", "partner", "period")

# table -> who sees a row, besides the operator (who reads as coalition_reader)
SEES_OWN = f"partner_id = {PARTNER}"
SEES_OWN_OR_MEMBER = f"partner_id = {PARTNER} OR member_id = {MEMBER}"
POLICIES = {
    "programme": "true",
    "legal_entity": "true",
    "partner": "true",
    "period": "true",
    "store": SEES_OWN,
    "agreement": SEES_OWN,
    "client": SEES_OWN,
    "member": f"member_id = {MEMBER} OR EXISTS (SELECT 1 FROM member_partner p"
    f" WHERE p.member_id = member.member_id AND p.partner_id = {PARTNER})",
    "member_partner": SEES_OWN_OR_MEMBER,
    "identifier": SEES_OWN_OR_MEMBER,
    "enrolment": SEES_OWN,
    "member_change": SEES_OWN,
    "balance": f"member_id = {MEMBER}",
    "entry": SEES_OWN_OR_MEMBER,
    "lot_use": f"member_id = {MEMBER}",
    "lot": f"issuer_id = {PARTNER} OR member_id = {MEMBER}",
    "award": SEES_OWN_OR_MEMBER,
    "award_reversal": SEES_OWN_OR_MEMBER,
    "hold": SEES_OWN_OR_MEMBER,
    "redemption": SEES_OWN_OR_MEMBER,
    "refund": SEES_OWN_OR_MEMBER,
    "statement": SEES_OWN,
    "statement_line": SEES_OWN,
    "money_entry": SEES_OWN,
}
# Read by functions of the schema `verbs` only; nobody else is granted anything.
HIDDEN = ("client_secret", "signing_key", "secret")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.execute("SET LOCAL search_path = coalition, pg_temp")
    for statement in _statements(TABLES):
        op.execute(statement)
    for function in GUARDS.split("\n\n"):
        op.execute(function)
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    for table, columns in FROZEN.items():
        op.execute(
            f"CREATE TRIGGER frozen BEFORE UPDATE OF {columns} ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    for table in NEVER_REMOVED:
        op.execute(
            f"CREATE TRIGGER never_removed BEFORE DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    for table in (*POLICIES, *HIDDEN):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    for table, sees in POLICIES.items():
        op.execute(f"GRANT SELECT ON {table} TO coalition_app, coalition_reader")
        op.execute(f"CREATE POLICY sees ON {table} FOR SELECT TO coalition_app USING ({sees})")
        op.execute(f"CREATE POLICY reads ON {table} FOR SELECT TO coalition_reader USING (true)")
    op.execute("GRANT USAGE ON SCHEMA coalition TO coalition_app, coalition_reader")


def downgrade() -> None:
    raise RuntimeError("A ledger is not taken down by a migration. Restore a backup instead.")


def _statements(script: str) -> list[str]:
    return [part.strip() for part in script.split(";\n") if part.strip()]
