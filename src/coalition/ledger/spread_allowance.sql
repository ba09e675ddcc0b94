-- Add units to a partner's allowance (fewer, when negative) and spread what there is then evenly
-- over its parts. Waits for all of them.
CREATE FUNCTION books.spread_allowance(p_partner int, p_kind smallint, p_units bigint)
RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_all bigint;
  v_parts int;
BEGIN
  PERFORM 1 FROM allowance_part a WHERE a.partner_id = p_partner AND a.kind = p_kind
    ORDER BY a.part FOR NO KEY UPDATE;
  SELECT sum(a.units) + p_units, count(*) INTO v_all, v_parts FROM allowance_part a
   WHERE a.partner_id = p_partner AND a.kind = p_kind;
  -- Whole division rounds to zero, so below zero the remainder is negative, too.
  UPDATE allowance_part a
     SET units = v_all / v_parts + CASE WHEN a.part >= abs(v_all % v_parts) THEN 0
                                        WHEN v_all < 0 THEN -1 ELSE 1 END
   WHERE a.partner_id = p_partner AND a.kind = p_kind;
END $$
