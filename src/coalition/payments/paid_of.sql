-- The payments of a period: how much of each the bank has booked, what came besides, what the
-- bank said last, and whether another attempt has taken its place.
CREATE FUNCTION books.paid_of(p_period int)
RETURNS TABLE (payment_id bigint, partner_id int, amount bigint, paid bigint, surpluses bigint,
               last_word text, is_replaced boolean)
LANGUAGE sql STABLE AS $$
  SELECT p.id, p.partner_id, p.amount, coalesce(sum(b.booked), 0)::bigint,
         count(*) FILTER (WHERE b.surplus > 0),
         (array_agg(b.outcome ORDER BY b.id DESC)
            FILTER (WHERE b.booked <> 0 OR b.outcome = 'REJECTED'))[1],
         EXISTS (SELECT 1 FROM payment n WHERE n.period_id = p.period_id
                    AND n.partner_id = p.partner_id AND n.currency = p.currency
                    AND n.attempt > p.attempt)
    FROM payment p LEFT JOIN bank_entry b ON b.payment_id = p.id
   WHERE p.period_id = p_period GROUP BY p.id
$$
