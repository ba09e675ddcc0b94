"""The law of disputes, beside those of the books."""

from coalition.ledger import Check

DISPUTE_CHECKS = (
    Check(
        "ST9",
        "What a dispute authorised is its adjustment, and a decided line is held back no more",
        """
        SELECT format('dispute %s: %s authorised, adjusted by %s', d.id, d.authorised,
                      coalesce(a.amount, 0))
          FROM dispute d LEFT JOIN adjustment a ON a.id = d.adjustment_id
         WHERE d.authorised IS NOT NULL
           AND (d.authorised <> coalesce(a.amount, 0)
                OR a.id IS NOT NULL AND (a.source_kind, a.source_id, a.partner_id)
                                        <> ('DISPUTE', d.id::text, d.partner_id))
        UNION ALL
        SELECT format('dispute %s is %s, and its line is %s', d.id, d.state,
                      CASE WHEN r.id IS NULL THEN 'held' ELSE 'released' END)
          FROM held_line h
          JOIN dispute d ON h.source_kind = 'DISPUTE' AND h.source_id = d.id::text
          LEFT JOIN held_line r ON r.releases = h.id
         WHERE h.releases IS NULL AND (r.id IS NOT NULL) <> (d.authorised IS NOT NULL)
        """,
    ),
)
