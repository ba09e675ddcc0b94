"""The law of disputes, beside those of the books."""

from coalition.ledger import Check

DISPUTE_CHECKS = (
    Check(
        "ST9",
        "What a dispute authorised is its adjustment, and what was held back of its line is put"
        " back",
        """
        SELECT format('dispute %s: %s authorised, adjusted by %s', d.id, d.authorised,
                      coalesce(a.amount, 0))
          FROM dispute d LEFT JOIN adjustment a ON a.id = d.adjustment_id
         WHERE d.authorised IS NOT NULL
           AND (d.authorised <> coalesce(a.amount, 0)
                OR a.id IS NOT NULL AND (a.source_kind, a.source_id, a.partner_id)
                                        <> ('DISPUTE', d.id::text, d.partner_id))
        UNION ALL
        SELECT format('dispute %s is %s with %s authorised: of %s held, %s are put back, %s of them'
                      ' in the period of its adjustment', d.id, d.state, coalesce(d.authorised, 0),
                      h.amount, coalesce(r.amount, 0), coalesce(r.won, 0))
          FROM held_line h
          JOIN dispute d ON h.source_kind = 'DISPUTE' AND h.source_id = d.id::text
          LEFT JOIN adjustment a ON a.id = d.adjustment_id
          LEFT JOIN LATERAL (
            SELECT -sum(r.amount) AS amount,
                   -sum(r.amount) FILTER (WHERE r.period_id = a.period_id) AS won
              FROM held_line r WHERE r.releases = h.id) r ON true
         WHERE h.releases IS NULL
           AND (coalesce(r.amount, 0) <> CASE WHEN d.authorised IS NULL THEN 0 ELSE h.amount END
                OR coalesce(r.won, 0) <> coalesce(d.authorised, 0))
        """,
    ),
)
