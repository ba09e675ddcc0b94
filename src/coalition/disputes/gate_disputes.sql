-- Say how many disputes of a partner keep a period from being final: those that are open and whose
-- contract has the period wait for them.
CREATE FUNCTION books.gate_disputes(p_period int, p_partner int) RETURNS void
LANGUAGE sql AS $$
  SELECT books.set_gate(p_period, 'final', p_partner, 'DISPUTES', (
    SELECT count(*)::int FROM dispute d
     WHERE d.period_id = p_period AND d.partner_id = p_partner AND d.frozen_as = 'wait'
       AND d.authorised IS NULL))
$$
