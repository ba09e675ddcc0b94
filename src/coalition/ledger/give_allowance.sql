-- Give units back to a partner's allowance: to any part that nobody is at, else wait for one.
CREATE FUNCTION books.give_allowance(p_partner int, p_kind smallint, p_units bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_part smallint;
BEGIN
  SELECT a.part INTO v_part FROM allowance_part a
   WHERE a.partner_id = p_partner AND a.kind = p_kind
   ORDER BY (a.part + pg_backend_pid()) % 8 LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED;
  UPDATE allowance_part a SET units = a.units + p_units
   WHERE a.partner_id = p_partner AND a.kind = p_kind AND a.part = coalesce(v_part, 0);
END $$
