-- Of the payments that a partner makes for a period, the one with which its credit comes back:
-- the one in its own currency, else the first; of several attempts the one asked about.
CREATE FUNCTION books.payment_of_credit(p_payment bigint) RETURNS bigint
LANGUAGE sql STABLE AS $$
  SELECT p_payment
    FROM payment asked
   WHERE asked.id = p_payment AND asked.currency = (
     SELECT p.currency FROM payment p JOIN partner b ON b.id = p.partner_id
      WHERE p.period_id = asked.period_id AND p.partner_id = asked.partner_id
        AND p.direction = 'IN'
      ORDER BY p.currency <> b.currency, p.id LIMIT 1)
$$
