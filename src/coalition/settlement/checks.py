"""The laws of settlement, beside those of the points book (ledger/checks.py)."""

from coalition.kit.database import EVERYTHING
from coalition.ledger import Broken, Check, all_periods
from coalition.partners import Office
from coalition.settlement.close_period import draft_statements
from coalition.settlement.queries import StatementFilter, list_statements

SETTLEMENT_CHECKS: tuple[Check, ...] = (
    Check(
        "I1",
        "Per period and currency, the positions of all partners and the pool sum to nothing",
        """
        SELECT format('statement %s: %s %s net, its postings say %s', s.number, s.net, s.currency,
                      m.net)
          FROM statement s LEFT JOIN (
            SELECT statement_id,
                   sum(CASE WHEN debit IN (600, 610) THEN amount ELSE -amount END) AS net
              FROM money_entry GROUP BY statement_id) m ON m.statement_id = s.id
         WHERE s.net <> coalesce(m.net, 0)
        UNION ALL
        SELECT format('period %s in %s: partners %s, pool %s', period_id, currency, partners, pool)
          FROM (SELECT m.period_id, s.currency,
                       sum(CASE WHEN debit = 620 THEN m.amount ELSE -m.amount END) AS pool,
                       (SELECT sum(x.net) FROM statement x
                         WHERE x.period_id = m.period_id AND x.currency = s.currency) AS partners
                  FROM money_entry m JOIN statement s ON s.id = m.statement_id
                 GROUP BY m.period_id, s.currency) p
         WHERE partners + pool <> 0
        """,
    ),
    Check(
        "I13",
        "The entries of a closed period and the lines of its statements close to nothing",
        """
        SELECT format('period %s, partner %s, %s: %s points in entries, %s on the statement',
                      coalesce(e.period_id, l.period_id), coalesce(e.partner_id, l.partner_id),
                      coalesce(e.kind, l.kind), e.points, l.points)
          FROM (SELECT e.period_id, e.partner_id,
                       CASE e.kind WHEN 1 THEN 'ISSUANCE' WHEN 2 THEN 'ISSUANCE_REVERSAL'
                                   WHEN 6 THEN 'REDEMPTION' ELSE 'REDEMPTION_REVERSAL' END AS kind,
                       sum(CASE WHEN e.kind IN (2, 7) THEN -e.points ELSE e.points END) AS points
                  FROM entry e JOIN period p ON p.id = e.period_id
                 WHERE p.state NOT IN ('open', 'closing') AND e.kind IN (1, 2, 6, 7)
                 GROUP BY 1, 2, 3) e
          FULL JOIN (SELECT s.period_id, s.partner_id, l.kind, sum(l.points) AS points
                  FROM statement s JOIN statement_line l ON l.statement_id = s.id
                 WHERE l.kind <> 'SHORTFALL' GROUP BY 1, 2, 3) l
            ON l.period_id = e.period_id AND l.partner_id = e.partner_id AND l.kind = e.kind
         WHERE e.points IS DISTINCT FROM l.points
        UNION ALL
        SELECT format('statement %s: issued %s, redeemed %s; its lines say %s, %s', s.number,
                      s.issued, s.redeemed, l.issued, l.redeemed)
          FROM statement s LEFT JOIN (
            SELECT statement_id,
                   sum(amount) FILTER (WHERE kind NOT LIKE 'REDEMPTION%') AS issued,
                   sum(amount) FILTER (WHERE kind LIKE 'REDEMPTION%') AS redeemed
              FROM statement_line GROUP BY statement_id) l ON l.statement_id = s.id
         WHERE (s.issued, s.redeemed) <> (coalesce(l.issued, 0), coalesce(l.redeemed, 0))
        """,
    ),
)
_OPEN = {"open", "closing"}

REPRODUCED = Check("I12", "Closing a closed period again would give every statement's hash", "")


async def unreproducible_statements(office: Office) -> Broken:
    """Derive every statement of every closed period once more and compare the hashes."""
    await office.read_terms()
    async with office.database.reading(EVERYTHING) as connection:
        periods = [one for one in await all_periods(connection) if one.state not in _OPEN]
    different = []
    for period in periods:
        drafts = await draft_statements(office, period, of_everybody=True)
        async with office.database.reading(EVERYTHING) as connection:
            issued = await list_statements(connection, StatementFilter(period_id=period.id))
        stands = {one.number: one.hash for one in issued}
        # A brand may join or leave after a close: only what has lines must have a statement.
        again = {one.number: one.hash for one in drafts if one.lines or one.number in stands}
        different += [
            f"statement {number}: issued as {stands.get(number, 'none')[:16]}, entries give"
            f" {again.get(number, 'none')[:16]}"
            for number in sorted(again.keys() | stands.keys())
            if again.get(number) != stands.get(number)
        ]
    return Broken(REPRODUCED, tuple(different))
