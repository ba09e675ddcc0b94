-- Give a partner back the part of its credit limit that it has paid for: `p_units` in 10^-8 of
-- its currency. Without a limit there is nothing to give back.
CREATE FUNCTION books.restore_credit(p_partner int, p_units bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM allowance a WHERE a.partner_id = p_partner AND a.kind = 2) THEN
    RETURN;
  END IF;
  PERFORM books.spread_allowance(p_partner, 2::smallint, p_units);
  UPDATE allowance a SET restored = a.restored + p_units,
         alerted = a.alerted AND (SELECT sum(s.units) < a.alert_below FROM allowance_part s
                                   WHERE s.partner_id = p_partner AND s.kind = 2)
   WHERE a.partner_id = p_partner AND a.kind = 2;
END $$
