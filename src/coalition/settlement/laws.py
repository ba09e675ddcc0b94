"""The laws of settlement, beside those of the points book (ledger/laws.py).

Each is one query over the periods that it is asked about: all that have statements, or the one
that is about to be published.
"""

from coalition.ledger import Check

_EVERY = "IN (SELECT id FROM period WHERE state NOT IN ('open', 'closing', 'reconciling'))"

# {periods} stands after a column with a period; {standing}: the statements that none replaced.
_STANDING = """
          SELECT s.*, s.net + s.vat_issued - s.vat_redeemed AS payable FROM statement s
           WHERE s.period_id {periods} AND NOT EXISTS (
             SELECT 1 FROM statement n WHERE n.replaces = s.id)"""

# {billed}: what each line, and the VAT (line 0), moves between the partner and which account.
_BILLED = """
            SELECT s.id AS statement_id, s.number, l.line, s.partner_id, s.currency, l.amount,
                   l.kind NOT IN ('REDEMPTION', 'REDEMPTION_REVERSAL', 'BREAKAGE_SHARE',
                                  'ADJUSTMENT', 'PREPAID') AS owes,
                   CASE WHEN l.kind = 'FEE' THEN 690
                        WHEN l.kind IN ('PREPAID', 'PACK', 'PACK_USED') THEN 680
                        WHEN a.borne_by = 'OPERATOR' THEN 670 ELSE 620 END AS other
              FROM statement s JOIN statement_line l ON l.statement_id = s.id
              LEFT JOIN adjustment a ON a.id = l.adjustment_id
             WHERE s.period_id {periods}
            UNION ALL
            SELECT id, number, 0, partner_id, currency, vat_issued, true, 630
              FROM statement WHERE period_id {periods}
            UNION ALL
            SELECT id, number, 0, partner_id, currency, vat_redeemed, false, 630
              FROM statement WHERE period_id {periods}"""

_LAWS: tuple[tuple[str, str, str], ...] = (
    (
        "LE9",
        "The head of each calculated period is that of its entries, behind the one before it",
        """
        SELECT format('head of period %s of %s: %s', p.label, p.calendar, CASE
                      WHEN h.period_id IS NULL THEN 'it is missing'
                      WHEN h.head = sha256(h.previous || coalesce(e.hashes, ''))
                      THEN 'it does not follow on the one before it'
                      ELSE format('it was kept for %s entries; the %s that are there give another',
                                  h.entries, coalesce(e.entries, 0)) END)
          FROM period p
          LEFT JOIN period_head h ON h.period_id = p.id
          LEFT JOIN period_head b ON b.calendar = h.calendar AND b.place = h.place - 1
          LEFT JOIN (
            SELECT period_id, sum(entries) AS entries,
                   string_agg(hash, '' ORDER BY member_id) AS hashes
              FROM (SELECT period_id, member_id, count(*) AS entries,
                           sha256(string_agg(hash, '' ORDER BY seq)) AS hash
                      FROM entry WHERE period_id {periods} GROUP BY period_id, member_id) m
             GROUP BY period_id) e ON e.period_id = p.id
         WHERE p.id {periods}
           AND CASE WHEN h.period_id IS NULL
                    -- What was calculated before there were heads has none, and no run either.
                    THEN EXISTS (SELECT 1 FROM settlement_run r WHERE r.period_id = p.id)
                    ELSE h.previous <> coalesce(b.head, '')
                         OR (h.place > 1) <> (b.place IS NOT NULL)
                         OR (h.calendar, h.entries) <> (p.calendar, coalesce(e.entries, 0))
                         OR h.head <> sha256(h.previous || coalesce(e.hashes, '')) END
        """,
    ),
    (
        "I1",
        "Each statement's money is what it says, and nothing of what was replaced",
        """
        SELECT format('statement %s: %s %s to pay, its postings say %s', s.number,
                      CASE WHEN standing.id IS NULL THEN 0 ELSE standing.payable END, s.currency,
                      coalesce(m.net, 0))
          FROM statement s
          LEFT JOIN ({standing}) standing ON standing.id = s.id
          LEFT JOIN (
            SELECT statement_id, sum(CASE WHEN debit IN (600, 610) THEN amount
                                          WHEN credit IN (600, 610) THEN -amount END) AS net
              FROM money_entry WHERE period_id {periods} AND source_kind IN ('LINE', 'VAT')
             GROUP BY statement_id) m ON m.statement_id = s.id
         WHERE s.period_id {periods}
           AND coalesce(standing.payable, 0) <> coalesce(m.net, 0)
        """,
    ),
    (
        "I1",
        "Each line's money is posted once, between the partner and the account of its kind",
        """
        SELECT format('statement %s, %s: %s from account %s to %s, its money entries say %s',
                      number, CASE line WHEN 0 THEN 'VAT' ELSE format('line %s', line) END,
                      coalesce(l.amount, 0), credit, debit, coalesce(m.amount, 0))
          FROM (SELECT statement_id, number, line, partner_id, currency, abs(amount) AS amount,
                       CASE WHEN (amount > 0) = owes THEN own ELSE other END AS debit,
                       CASE WHEN (amount > 0) = owes THEN other ELSE own END AS credit
                  FROM ({billed}) b
                 CROSS JOIN LATERAL (SELECT CASE WHEN owes THEN 600 ELSE 610 END AS own) o
                 WHERE amount <> 0) l
          FULL JOIN (
            SELECT m.statement_id, s.number, coalesce(m.line, 0) AS line, m.partner_id, m.currency,
                   m.debit, m.credit, sum(m.amount) AS amount
              FROM money_entry m LEFT JOIN statement s ON s.id = m.statement_id
             WHERE m.period_id {periods} AND m.source_kind IN ('LINE', 'VAT')
               AND m.reverses IS NULL
             GROUP BY 1, 2, 3, 4, 5, 6, 7) m
            USING (statement_id, number, line, partner_id, currency, debit, credit)
         WHERE l.amount IS DISTINCT FROM m.amount
        UNION ALL
        SELECT format('money entry %s: it does not take %s back as that was posted', m.id,
                      m.reverses)
          FROM money_entry m LEFT JOIN money_entry o ON o.id = m.reverses
         WHERE m.period_id {periods} AND m.reverses IS NOT NULL
           AND m.source_kind IN ('LINE', 'VAT')
           AND (m.statement_id, m.line, m.partner_id, m.debit, m.credit, m.amount, m.currency)
               IS DISTINCT FROM
               (o.statement_id, o.line, o.partner_id, o.credit, o.debit, o.amount, o.currency)
        """,
    ),
    (
        "I4",
        "Per period and currency, what all partners pay and all other accounts sum to nothing",
        """
        SELECT format('period %s in %s: partners %s, pool, taxes and the others %s', period_id,
                      currency, partners, others)
          FROM (SELECT s.period_id, s.currency, sum(s.payable) AS partners, (
                       SELECT coalesce(sum(CASE WHEN m.debit NOT IN (600, 610) THEN m.amount
                                                ELSE -m.amount END), 0)
                         FROM money_entry m
                        WHERE m.period_id = s.period_id AND m.currency = s.currency
                          AND m.source_kind IN ('LINE', 'VAT')) AS others
                  FROM ({standing}) s GROUP BY s.period_id, s.currency) p
         WHERE partners + others <> 0
        """,
    ),
    (
        "I5",
        "The entries of a closed period are billed once each, and nothing else is",
        """
        WITH booked AS MATERIALIZED (
          SELECT e.period_id, e.partner_id, e.kind, sum(e.points) AS points, count(*) AS entries
            FROM entry e WHERE e.period_id {periods} GROUP BY e.period_id, e.partner_id, e.kind)
        SELECT format('period %s, partner %s, %s: %s points in entries, %s on the statement',
                      coalesce(e.period_id, l.period_id), coalesce(e.partner_id, l.partner_id),
                      coalesce(e.kind, l.kind), e.points, l.points)
          FROM (SELECT b.period_id, b.partner_id,
                       CASE b.kind WHEN 1 THEN 'ISSUANCE' WHEN 2 THEN 'ISSUANCE_REVERSAL'
                                   WHEN 6 THEN 'REDEMPTION' ELSE 'REDEMPTION_REVERSAL' END AS kind,
                       CASE WHEN b.kind IN (2, 7) THEN -b.points ELSE b.points END AS points
                  FROM booked b WHERE b.kind IN (1, 2, 6, 7)) e
          FULL JOIN (SELECT s.period_id, s.partner_id,
                       replace(l.kind, 'PROMOTION_ISSUANCE', 'ISSUANCE') AS kind,
                       sum(l.points) AS points
                  FROM ({standing}) s JOIN statement_line l ON l.statement_id = s.id
                 WHERE l.kind IN ('ISSUANCE', 'PROMOTION_ISSUANCE', 'ISSUANCE_REVERSAL',
                                  'REDEMPTION', 'REDEMPTION_REVERSAL')
                 GROUP BY 1, 2, 3) l
            ON l.period_id = e.period_id AND l.partner_id = e.partner_id AND l.kind = e.kind
         WHERE e.points IS DISTINCT FROM l.points
        UNION ALL
        SELECT format('run %s of period %s: covers %s entries, the book holds %s', r.id,
                      r.period_id, r.entries, coalesce(e.entries, 0))
          FROM settlement_run r LEFT JOIN (
            SELECT b.period_id, p.legal_entity_id, sum(b.entries) AS entries
              FROM booked b JOIN partner p ON p.id = b.partner_id
             WHERE b.kind IN (1, 2, 6, 7, 8) GROUP BY 1, 2) e
            ON e.period_id = r.period_id AND e.legal_entity_id = r.legal_entity_id
         WHERE r.kind = 'STATEMENTS' AND r.period_id {periods}
           AND r.entries <> coalesce(e.entries, 0)
        """,
    ),
    (
        "I7",
        "Each statement's sums are the sums of its lines",
        """
        SELECT format('statement %s: issued %s, redeemed %s, fees %s, breakage %s, adjusted %s,'
                      ' prepaid %s; its lines say %s, %s, %s, %s, %s, %s', s.number, s.issued,
                      s.redeemed, s.fees, s.breakage, s.adjusted, s.prepaid, l.issued, l.redeemed,
                      l.fees, l.breakage, l.adjusted, l.prepaid)
          FROM statement s CROSS JOIN LATERAL (
            SELECT coalesce(sum(amount) FILTER (WHERE kind NOT IN ('REDEMPTION',
                     'REDEMPTION_REVERSAL', 'FEE', 'BREAKAGE_SHARE', 'ADJUSTMENT', 'PREPAID')), 0)
                     AS issued,
                   coalesce(sum(amount) FILTER (WHERE kind LIKE 'REDEMPTION%'), 0) AS redeemed,
                   coalesce(sum(amount) FILTER (WHERE kind = 'FEE'), 0) AS fees,
                   coalesce(sum(amount) FILTER (WHERE kind = 'BREAKAGE_SHARE'), 0) AS breakage,
                   coalesce(sum(amount) FILTER (WHERE kind = 'ADJUSTMENT'), 0) AS adjusted,
                   coalesce(sum(amount) FILTER (WHERE kind = 'PREPAID'), 0) AS prepaid
              FROM statement_line WHERE statement_id = s.id) l
         WHERE s.period_id {periods}
           AND (s.issued, s.redeemed, s.fees, s.breakage, s.adjusted, s.prepaid)
            <> (l.issued, l.redeemed, l.fees, l.breakage, l.adjusted, l.prepaid)
        """,
    ),
    (
        "I16",
        "A netting's positions are what the statements say, and sum to nothing with the pool",
        """
        SELECT format('netting of period %s, partner %s in %s: %s, the statements say %s',
                      coalesce(n.period_id, s.period_id), coalesce(n.partner_id, s.partner_id),
                      coalesce(n.currency, s.currency), n.amount, s.payable)
          FROM (SELECT period_id, partner_id, currency, amount FROM net_position
                 WHERE period_id {periods} AND partner_id IS NOT NULL) n
          FULL JOIN (
            SELECT s.period_id, s.partner_id, s.currency, s.payable FROM ({standing}) s
             WHERE EXISTS (SELECT 1 FROM settlement_run r
                            WHERE r.period_id = s.period_id AND r.kind = 'NETTING')) s
            ON (s.period_id, s.partner_id, s.currency) = (n.period_id, n.partner_id, n.currency)
         WHERE n.amount IS DISTINCT FROM s.payable
        UNION ALL
        SELECT format('netting of period %s: positions settled in %s sum to %s', period_id,
                      settled_currency, sum(settled))
          FROM net_position WHERE period_id {periods}
         GROUP BY period_id, settled_currency HAVING sum(settled) <> 0
        """,
    ),
)


def _checks(periods: str) -> tuple[Check, ...]:
    standing, billed = _STANDING.format(periods=periods), _BILLED.format(periods=periods)
    return tuple(
        Check(number, law, query.format(periods=periods, standing=standing, billed=billed))
        for number, law, query in _LAWS
    )


# Not asked when a period is published: it is of all periods together.
_PACKS = Check(
    "ST2",
    "What brands have in PREPAID is what is left of their packs, at the packs' own prices",
    """
    WITH settled AS (
      SELECT id FROM period WHERE state NOT IN ('open', 'closing', 'reconciling')
    ), billed AS (
      SELECT k.id, k.partner_id, k.points, k.amount,
             sum(k.points) OVER (PARTITION BY k.partner_id ORDER BY k.bought_on, k.id)
               - k.points AS before
        FROM prepaid_pack k JOIN pack_billed b ON b.pack_id = k.id
       WHERE b.period_id IN (SELECT id FROM settled)
    ), used AS (
      SELECT partner_id, sum(points) AS points FROM allowance_use
       WHERE kind = 1 AND period_id IN (SELECT id FROM settled) GROUP BY partner_id
    ), worth AS (
      SELECT b.partner_id, sum(div(b.amount * (b.points - least(b.points,
                                   greatest(0, coalesce(u.points, 0) - b.before))), b.points))
               AS minor
        FROM billed b LEFT JOIN used u USING (partner_id) GROUP BY b.partner_id
    ), posted AS (
      SELECT partner_id, sum(CASE WHEN credit = 680 THEN amount ELSE -amount END) AS minor
        FROM money_entry WHERE 680 IN (debit, credit) GROUP BY partner_id
    )
    SELECT format('packs of partner %s: what is left of them is worth %s, PREPAID says %s',
                  partner_id, coalesce(w.minor, 0), coalesce(m.minor, 0))
      FROM worth w FULL JOIN posted m USING (partner_id)
     WHERE coalesce(w.minor, 0) <> coalesce(m.minor, 0)
       -- What was used before packs were billed is put right with the first one that is.
       AND (w.partner_id IS NOT NULL OR NOT EXISTS (
             SELECT 1 FROM period p WHERE p.packs_unbilled))
    """,
)

SETTLEMENT_CHECKS = (*_checks(_EVERY), _PACKS)


def checks_of_period(period_id: int) -> tuple[Check, ...]:
    """The same laws, asked of one period: its cost is that of the period."""
    return _checks(f"= {period_id:d}")
