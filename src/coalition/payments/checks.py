"""The laws of payments, beside those of the books."""

from coalition.ledger import Check

PAYMENT_CHECKS = (
    Check(
        "I16",
        "What is paid for a period is its netting, partner by partner",
        """
        SELECT format('payments of period %s, partner %s in %s: %s, the netting says %s',
                      coalesce(p.period_id, n.period_id), coalesce(p.partner_id, n.partner_id),
                      coalesce(p.currency, n.currency), p.amount, n.amount)
          FROM (SELECT period_id, partner_id, currency,
                       CASE direction WHEN 'IN' THEN amount ELSE -amount END AS amount
                  FROM payment WHERE attempt = 1) p
          FULL JOIN (SELECT period_id, partner_id, settled_currency AS currency,
                            sum(settled)::bigint AS amount
                       FROM net_position
                      WHERE partner_id IS NOT NULL
                        AND period_id IN (SELECT period_id FROM payment)
                      GROUP BY 1, 2, 3 HAVING sum(settled) <> 0) n
            ON (n.period_id, n.partner_id, n.currency) = (p.period_id, p.partner_id, p.currency)
         WHERE p.amount IS DISTINCT FROM n.amount
        UNION ALL
        SELECT format('payment %s: %s, and its attempt before was %s', p.end_to_end_id, p.amount,
                      e.amount)
          FROM payment p
          LEFT JOIN payment e ON (e.period_id, e.partner_id, e.currency, e.attempt)
                                 = (p.period_id, p.partner_id, p.currency, p.attempt - 1)
         WHERE p.attempt > 1
           AND (p.amount, p.direction) IS DISTINCT FROM (e.amount, e.direction)
        """,
    ),
    Check(
        "I16",
        "Each payment file sums to its payments, and its bytes are those that were made",
        """
        SELECT format('file %s: %s payments of %s, it says %s of %s', f.message_id, p.payments,
                      p.total, f.payments, f.control_sum)
          FROM payment_file f
          LEFT JOIN (SELECT file_id, count(*) AS payments, sum(amount) AS total FROM payment
                      GROUP BY file_id) p ON p.file_id = f.id
         WHERE (p.payments, p.total) IS DISTINCT FROM (f.payments, f.control_sum)
            OR f.hash <> sha256(f.content)
        UNION ALL
        SELECT format('file %s of the bank is not what was taken', message_id) FROM bank_file
         WHERE hash <> sha256(content)
        """,
    ),
    Check(
        "I16",
        "What the bank booked is in the money book, and no sum is paid twice",
        """
        SELECT format('payment %s of %s: %s booked by the bank, %s in the money book',
                      p.end_to_end_id, p.amount, coalesce(b.booked, 0), coalesce(m.booked, 0))
          FROM payment p
          LEFT JOIN (SELECT payment_id, sum(booked) AS booked FROM bank_entry GROUP BY 1) b
            ON b.payment_id = p.id
          LEFT JOIN (SELECT source_id, sum(CASE WHEN (debit, credit) IN ((660, 600), (610, 660))
                                                THEN amount ELSE -amount END) AS booked
                       FROM money_entry WHERE source_kind = 'PAYMENT' GROUP BY 1) m
            ON m.source_id = p.id
         WHERE coalesce(b.booked, 0) <> coalesce(m.booked, 0)
            OR coalesce(b.booked, 0) NOT BETWEEN 0 AND p.amount
        UNION ALL
        SELECT format('period %s, partner %s in %s: %s booked by all attempts at %s', p.period_id,
                      p.partner_id, p.currency, sum(b.booked), max(p.amount))
          FROM payment p JOIN bank_entry b ON b.payment_id = p.id
         GROUP BY p.period_id, p.partner_id, p.currency HAVING sum(b.booked) > max(p.amount)
        """,
    ),
)
