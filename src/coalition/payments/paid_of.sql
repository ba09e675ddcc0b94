-- The payments of a period (of one partner, unless p_partner is null): how much of each the bank has
-- booked, and of all attempts at the same sum together; how often something came besides, how many
-- entries may have been told before and nobody has said so, what the bank said last, and whether
-- another attempt has taken its place. `is_open`: the newest attempt of a sum that has
-- not come whole, or that the bank has refused after it had booked it.
CREATE FUNCTION books.paid_of(p_period int, p_partner int)
RETURNS TABLE (payment_id bigint, partner_id int, currency text, amount bigint, paid bigint,
               position_paid bigint, surpluses bigint, questions bigint, last_word text,
               is_replaced boolean, is_open boolean)
LANGUAGE sql STABLE AS $$
  SELECT o.id, o.partner_id, o.currency, o.amount, o.paid, o.position_paid, o.surpluses,
         o.questions, o.last_word, o.is_replaced,
         NOT o.is_replaced AND (o.position_paid < o.amount OR o.is_refused)
    FROM (
      SELECT p.id, p.partner_id, p.currency, p.amount, b.paid, b.surpluses, b.questions,
             b.last_word, (sum(b.paid) OVER same)::bigint AS position_paid,
             p.attempt < max(p.attempt) OVER same AS is_replaced,
             bool_or(b.paid > 0 AND b.last_word = 'REJECTED') OVER same AS is_refused
        FROM payment p, LATERAL (
          SELECT coalesce(sum(e.booked), 0)::bigint AS paid,
                 count(*) FILTER (WHERE e.surplus > 0) AS surpluses,
                 count(*) FILTER (WHERE e.outcome = 'PERHAPS_KNOWN' AND NOT EXISTS (
                   SELECT 1 FROM bank_entry a WHERE a.answers = e.id)) AS questions,
                 coalesce((array_agg(e.outcome ORDER BY e.id DESC)
                    FILTER (WHERE e.booked <> 0 OR e.outcome = 'REJECTED'))[1], '') AS last_word
            FROM bank_entry e WHERE e.payment_id = p.id) b
       WHERE p.period_id = p_period AND (p_partner IS NULL OR p.partner_id = p_partner)
      WINDOW same AS (PARTITION BY p.partner_id, p.currency)) o
$$
