"""What is kept of periods is a copy: it must stay what their entries say."""

from coalition.ledger import Check

_MOVED = """
  SELECT e.period_id, e.partner_id AS issuer_id, e.points AS issued, 0 AS left_lots
    FROM entry e WHERE e.kind IN (1, 9)
  UNION ALL
  SELECT u.issuer_period_id, u.issuer_id, 0,
         CASE WHEN u.debit = 30 THEN -u.points ELSE u.points END
    FROM lot_use u WHERE u.credit IN (10, 22, 30, 40) OR u.debit = 30"""

INSIGHT_CHECKS = (
    Check(
        "ST12",
        "What is kept of each issuer's points is what the entries of its periods say",
        f"""
        SELECT format('period %s, issuer %s: kept %s issued and %s gone, by earn month %s and %s,'
                      ' the entries say %s and %s', period_id, issuer_id, r.issued, r.gone,
                      c.issued, c.gone, m.issued, m.gone)
          FROM (SELECT period_id, issuer_id, sum(issued) AS issued, sum(left_lots) AS gone
                  FROM ({_MOVED}) moved
                 WHERE period_id IN (SELECT id FROM period
                         WHERE state NOT IN ('open', 'closing', 'reconciling'))
                 GROUP BY 1, 2) m
          FULL JOIN (SELECT period_id, issuer_id, issued + opened AS issued,
                            returned + redeemed + expired + repaid - refunded AS gone
                       FROM issuer_roll) r USING (period_id, issuer_id)
          FULL JOIN (SELECT period_id, issuer_id, sum(issued + opened) AS issued,
                            sum(returned + redeemed + expired + repaid - refunded) AS gone
                       FROM cohort_roll GROUP BY 1, 2) c USING (period_id, issuer_id)
         WHERE (m.issued, m.gone) IS DISTINCT FROM (r.issued, r.gone)
            OR (m.issued, m.gone) IS DISTINCT FROM (c.issued, c.gone)
        """,  # noqa: S608 - our own text
    ),
)
