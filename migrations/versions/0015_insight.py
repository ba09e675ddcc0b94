"""What a period did to points by the month in which they were earned; rates of redemption."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

PARTNER = "NULLIF(current_setting('coalition.partner', true), '')::int"
PUBLISHED = "('closed', 'disputed', 'final', 'instructed', 'settled', 'locked')"

PROGRAMME = (
    "ADD COLUMN concentration_alert int NOT NULL DEFAULT 5000",
    "ADD COLUMN redemption_rates jsonb NOT NULL DEFAULT '[]'",
    "ADD COLUMN stand_alone jsonb",
    """ADD CONSTRAINT programme_has_an_alert CHECK (
      concentration_alert BETWEEN 1 AND 10000) NOT VALID""",  # one row, which the default fits
)

# Months are their first days, in the programme's zone.
COHORT_ROLL = """CREATE TABLE cohort_roll (
        period_id int NOT NULL REFERENCES period (id),
        issuer_id int NOT NULL REFERENCES partner (id),
        agreement_id int NOT NULL REFERENCES agreement (id),
        earned_in date NOT NULL,
        used_in date NOT NULL,
        issued bigint NOT NULL,
        returned bigint NOT NULL,
        redeemed bigint NOT NULL,
        refunded bigint NOT NULL,
        expired bigint NOT NULL,
        repaid bigint NOT NULL,
        opened bigint NOT NULL,
        PRIMARY KEY (period_id, issuer_id, agreement_id, earned_in, used_in))"""

# For periods that were calculated before these figures were kept.
FILL_COHORTS = """
INSERT INTO cohort_roll
SELECT period_id, issuer_id, agreement_id, earned_in, used_in, sum(issued), sum(returned),
       sum(redeemed), sum(refunded), sum(expired), sum(repaid), 0
  FROM (
    SELECT e.period_id, e.partner_id AS issuer_id, e.agreement_id,
           date_trunc('month', timezone(g.time_zone, e.occurred_at))::date AS earned_in,
           date_trunc('month', timezone(g.time_zone, e.occurred_at))::date AS used_in,
           e.points AS issued, 0 AS returned, 0 AS redeemed, 0 AS refunded, 0 AS expired,
           0 AS repaid
      FROM programme g, entry e WHERE e.kind = 1
    UNION ALL
    SELECT u.issuer_period_id, u.issuer_id, l.agreement_id,
           date_trunc('month', timezone(g.time_zone, l.earned_at))::date,
           date_trunc('month', timezone(g.time_zone, e.occurred_at))::date, 0,
           CASE WHEN u.credit = 10 THEN u.points ELSE 0 END,
           CASE WHEN u.credit = 30 THEN u.points ELSE 0 END,
           CASE WHEN u.debit = 30 THEN u.points ELSE 0 END,
           CASE WHEN u.credit = 40 THEN u.points ELSE 0 END,
           CASE WHEN u.credit = 22 THEN u.points ELSE 0 END
      FROM programme g, lot_use u
      JOIN lot l ON l.member_id = u.member_id AND l.seq = u.lot_seq
      JOIN entry e ON e.member_id = u.member_id AND e.seq = u.seq AND e.period_id = u.period_id
     WHERE u.credit IN (10, 22, 30, 40) OR u.debit = 30) moved
 WHERE period_id IN (SELECT id FROM period WHERE state NOT IN ('open', 'closing', 'reconciling'))
 GROUP BY 1, 2, 3, 4, 5"""
FILL_ISSUERS = """
INSERT INTO issuer_roll (period_id, issuer_id, issued, returned, redeemed, refunded, expired,
                        repaid)
SELECT c.period_id, c.issuer_id, sum(c.issued), sum(c.returned), sum(c.redeemed),
       sum(c.refunded), sum(c.expired), sum(c.repaid)
  FROM cohort_roll c
 WHERE NOT EXISTS (SELECT 1 FROM issuer_roll r WHERE r.period_id = c.period_id)
 GROUP BY 1, 2"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    # The two that fill read all that was closed so far, once.
    op.execute("SET LOCAL statement_timeout = '30min'")
    op.execute("SET LOCAL search_path = coalition, pg_temp")
    for change in PROGRAMME:
        op.execute(f"ALTER TABLE programme {change}")
    op.execute(COHORT_ROLL)
    op.execute("ALTER TABLE cohort_roll ENABLE ROW LEVEL SECURITY")
    op.execute("GRANT SELECT ON cohort_roll TO coalition_app, coalition_reader")
    op.execute("CREATE POLICY reads ON cohort_roll FOR SELECT TO coalition_reader USING (true)")
    op.execute(
        f"CREATE POLICY sees ON cohort_roll FOR SELECT TO coalition_app USING ("
        f"issuer_id = {PARTNER} AND EXISTS (SELECT 1 FROM period p"
        f" WHERE p.id = period_id AND p.state IN {PUBLISHED}))"
    )
    op.execute(FILL_COHORTS)
    op.execute(FILL_ISSUERS)
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON cohort_roll"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    raise RuntimeError("A ledger is not taken down by a migration. Restore a backup instead.")
