-- What a partner owes for a period and what it is owed are set off against each other, per
-- currency, so that only the difference is left to be paid (money_entry, SET_OFF).
CREATE FUNCTION books.set_off_net(p_period int) RETURNS void
LANGUAGE sql AS $$
  INSERT INTO money_entry (period_id, partner_id, debit, credit, amount, currency, source_kind,
                           source_id)
  SELECT p_period, o.partner_id, CASE WHEN o.both > 0 THEN 610 ELSE 600 END,
         CASE WHEN o.both > 0 THEN 600 ELSE 610 END, abs(o.both), o.currency, 'SET_OFF',
         (SELECT min(n.id) FROM net_position n
           WHERE n.period_id = p_period AND n.partner_id = o.partner_id)
    FROM (SELECT m.partner_id, m.currency, CASE WHEN m.receivable >= m.payable THEN m.payable
                                                ELSE m.receivable END AS both
            FROM (SELECT partner_id, currency,
                         sum(CASE WHEN debit = 600 THEN amount WHEN credit = 600 THEN -amount
                                  ELSE 0 END)::bigint AS receivable,
                         sum(CASE WHEN credit = 610 THEN amount WHEN debit = 610 THEN -amount
                                  ELSE 0 END)::bigint AS payable
                    FROM money_entry WHERE period_id = p_period AND partner_id IS NOT NULL
                   GROUP BY 1, 2) m) o
   WHERE o.both <> 0
$$
