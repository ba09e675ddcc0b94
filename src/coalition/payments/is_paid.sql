-- Whether the sum that a payment is an attempt at has come whole, and stays.
CREATE FUNCTION books.is_paid(p_payment bigint) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT NOT bool_or(o.is_open)
    FROM payment p, LATERAL books.paid_of(p.period_id, p.partner_id) o
   WHERE p.id = p_payment AND o.currency = p.currency
$$
