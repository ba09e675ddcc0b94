-- Money that has moved at the bank: cash against what the partner owed, or was owed; the other way
-- round (p_booked below zero) when it was taken back.
CREATE FUNCTION books.post_payment(p_payment bigint, p_booked bigint) RETURNS void
LANGUAGE sql AS $$
  INSERT INTO money_entry (period_id, partner_id, debit, credit, amount, currency, source_kind,
                           source_id)
  SELECT p.period_id, p.partner_id,
         CASE WHEN p_booked > 0 THEN a.debit ELSE a.credit END,
         CASE WHEN p_booked > 0 THEN a.credit ELSE a.debit END,
         abs(p_booked), p.currency, 'PAYMENT', p_payment
    FROM payment p
    JOIN (VALUES ('IN', 660, 600), ('OUT', 610, 660)) a (direction, debit, credit)
      ON a.direction = p.direction
   WHERE p.id = p_payment
$$
