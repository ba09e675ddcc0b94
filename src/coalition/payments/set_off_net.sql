-- What a partner owes for a period and what it is owed are set off against each other, per
-- currency, so that only the difference is left to be paid (money_entry, SET_OFF). What its netting
-- leaves out is not owed yet; what it puts back stands in the books of the period that left it out.
CREATE FUNCTION books.set_off_net(p_period int) RETURNS void
LANGUAGE sql AS $$
  INSERT INTO money_entry (period_id, partner_id, debit, credit, amount, currency, source_kind,
                           source_id)
  SELECT p_period, o.partner_id, CASE WHEN o.both > 0 THEN 610 ELSE 600 END,
         CASE WHEN o.both > 0 THEN 600 ELSE 610 END, abs(o.both), o.currency, 'SET_OFF',
         (SELECT min(n.id) FROM net_position n
           WHERE n.period_id = p_period AND n.partner_id = o.partner_id)
    FROM (SELECT m.partner_id, m.currency,
                 least(m.receivable - coalesce(h.amount, 0), m.payable) AS both
            FROM (SELECT partner_id, currency,
                         sum(CASE WHEN debit = 600 THEN amount WHEN credit = 600 THEN -amount
                                  ELSE 0 END)::bigint AS receivable,
                         sum(CASE WHEN credit = 610 THEN amount WHEN debit = 610 THEN -amount
                                  ELSE 0 END)::bigint AS payable
                    FROM money_entry WHERE period_id = p_period AND partner_id IS NOT NULL
                   GROUP BY 1, 2) m
            LEFT JOIN (SELECT h.partner_id, h.currency, sum(h.amount)::bigint AS amount
                         FROM held_line h
                         JOIN held_line_netted n ON n.held_line_id = h.id
                         JOIN settlement_run r ON r.id = n.run_id
                        WHERE r.period_id = p_period
                        GROUP BY 1, 2) h USING (partner_id, currency)) o
   WHERE o.both <> 0
$$
