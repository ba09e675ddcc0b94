"""Packs are billed: in which period each is, and which periods were calculated without them."""

from alembic import op

revision = "0025"
down_revision = "0023"
branch_labels = None
depends_on = None

PARTNER = "NULLIF(current_setting('coalition.partner', true), '')::int"
SHORT = "-- squawk-ignore ban-drop-constraint, constraint-missing-not-valid\n"
# The agreement is that of the day on which it was bought: its line is taxed by that.
PACK_BILLED = """
    pack_id int PRIMARY KEY REFERENCES prepaid_pack (id),
    partner_id int NOT NULL REFERENCES partner (id),
    period_id int NOT NULL REFERENCES period (id),
    agreement_id int NOT NULL REFERENCES agreement (id)"""
# Of packs, not of postings: it is not long.
INDEX = """-- squawk-ignore require-concurrent-index-creation
CREATE INDEX pack_billed_in ON pack_billed (period_id)"""
KINDS = (
    "ALTER TABLE statement_line DROP CONSTRAINT statement_line_kind_check",
    """ALTER TABLE statement_line ADD CONSTRAINT statement_line_kind_check CHECK (kind IN (
      'ISSUANCE', 'PROMOTION_ISSUANCE', 'ISSUANCE_REVERSAL', 'SHORTFALL', 'OWN_POINTS_REDEEMED',
      'OWN_POINTS_REFUNDED', 'FEE', 'REDEMPTION', 'REDEMPTION_REVERSAL', 'BREAKAGE_SHARE',
      'ADJUSTMENT', 'PREPAID', 'PACK', 'PACK_USED')) NOT VALID""",
    "ALTER TABLE statement_line VALIDATE CONSTRAINT statement_line_kind_check",
)
# Null: packs are billed. What was calculated before stays as it was issued.
UNBILLED = (
    "ALTER TABLE period ADD COLUMN packs_unbilled boolean",
    """UPDATE period SET packs_unbilled = true
      WHERE state NOT IN ('open', 'closing', 'reconciling')""",
)

# Both are asked by the verbs and by who reads, so they are no functions of the verbs.
# The packs that an open period would bill if it were cut off now (books.bill_packs). A day is one
# of the programme's zone; the agreement is that of the day, or the first one.
PACKS_DUE = """
CREATE FUNCTION packs_due(p_period int)
RETURNS TABLE (pack_id int, partner_id int, agreement_id int)
LANGUAGE sql STABLE SET search_path = coalition, pg_temp AS $$
  SELECT k.id, k.partner_id, a.id
    FROM period p
    JOIN partner b ON b.calendar = p.calendar
    JOIN prepaid_pack k ON k.partner_id = b.id
   CROSS JOIN LATERAL (
     SELECT k.bought_on::timestamp AT TIME ZONE g.time_zone AS bought_at FROM programme g) d
    JOIN LATERAL (
     SELECT a.id FROM agreement a WHERE a.partner_id = b.id
      ORDER BY a.valid_from > d.bought_at,
               abs(extract(epoch FROM a.valid_from - d.bought_at)) LIMIT 1) a ON true
   WHERE p.id = p_period AND p.state = 'open' AND p.ends_at > d.bought_at
     AND NOT EXISTS (SELECT 1 FROM pack_billed s WHERE s.pack_id = k.id)
     AND NOT EXISTS (SELECT 1 FROM period e WHERE e.calendar = p.calendar AND e.state = 'open'
                        AND e.ends_at > d.bought_at AND e.ends_at < p.ends_at)
$$"""
# Whether a pack paid for the points of a lot. One that another member passed on is what it was.
IS_OUT_OF_PACK = """
CREATE FUNCTION is_out_of_pack(p_member bigint, p_lot int) RETURNS boolean
LANGUAGE sql STABLE SET search_path = coalition, pg_temp AS $$
  WITH RECURSIVE origin AS (
    SELECT p_member AS member_id, p_lot AS seq
    UNION ALL
    SELECT p.from_member_id, u.lot_seq
      FROM origin o
      JOIN passage p ON p.to_member_id = o.member_id AND p.to_seq = o.seq
      JOIN lot_use u ON u.member_id = p.from_member_id AND u.seq = p.from_seq)
  SELECT EXISTS (SELECT 1 FROM origin o JOIN allowance_use a USING (member_id, seq)
                  WHERE a.kind = 1)
$$"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.execute("SET LOCAL search_path = coalition, pg_temp")
    op.execute(f"CREATE TABLE pack_billed ({PACK_BILLED})")
    op.execute(INDEX)
    op.execute("ALTER TABLE pack_billed ENABLE ROW LEVEL SECURITY")
    op.execute("GRANT SELECT ON pack_billed TO coalition_app, coalition_reader")
    op.execute(
        "CREATE POLICY sees ON pack_billed FOR SELECT TO coalition_app"
        f" USING (partner_id = {PARTNER})"
    )
    op.execute("CREATE POLICY reads ON pack_billed FOR SELECT TO coalition_reader USING (true)")
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON pack_billed"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    for change in (*KINDS, *UNBILLED):
        op.execute(SHORT + change)
    for function in (PACKS_DUE, IS_OUT_OF_PACK):
        op.execute(function)
    op.execute("REVOKE ALL ON FUNCTION packs_due(int), is_out_of_pack(bigint, int) FROM PUBLIC")
    op.execute(
        "GRANT EXECUTE ON FUNCTION packs_due(int), is_out_of_pack(bigint, int) TO coalition_reader"
    )
    op.execute("SELECT seal_table('pack_billed', 'pack_id')")


def downgrade() -> None:
    raise RuntimeError("A ledger is not taken down by a migration. Restore a backup instead.")
