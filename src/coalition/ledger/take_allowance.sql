-- Take units of a partner's allowance (allowance.kind), or all of it when there is less. Returns
-- how many were taken, and whether every part is locked now. At most once for a partner and kind
-- in a transaction, partners and kinds in their order: so nobody waits for one who waits for it.
CREATE FUNCTION books.take_allowance(
  p_partner int, p_kind smallint, p_units bigint, OUT taken bigint, OUT locked_all boolean
)
LANGUAGE plpgsql AS $$
DECLARE
  v_part smallint;
BEGIN
  -- Those who award at the same moment find other parts. A part that is locked is passed over.
  SELECT a.part INTO v_part FROM allowance_part a
   WHERE a.partner_id = p_partner AND a.kind = p_kind AND a.units >= p_units
   ORDER BY (a.part + pg_backend_pid()) % 8 LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED;
  IF FOUND THEN
    UPDATE allowance_part a SET units = a.units - p_units
     WHERE a.partner_id = p_partner AND a.kind = p_kind AND a.part = v_part;
    taken := p_units;
    locked_all := false;
    RETURN;
  END IF;
  -- No part has enough by itself: wait for all of them, then nothing is overlooked or overdrawn.
  PERFORM 1 FROM allowance_part a WHERE a.partner_id = p_partner AND a.kind = p_kind
    ORDER BY a.part FOR NO KEY UPDATE;
  SELECT greatest(least(sum(a.units), p_units), 0) INTO taken FROM allowance_part a
   WHERE a.partner_id = p_partner AND a.kind = p_kind;
  locked_all := true;
  PERFORM books.spread_allowance(p_partner, p_kind, -taken);
END $$
