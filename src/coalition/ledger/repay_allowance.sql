-- Give an issuer back what an award drew from its packs or its credit, for points of it that are
-- taken back. The last of the points gives back the last of the units.
CREATE FUNCTION books.repay_allowance(
  p_member bigint, p_entry int, p_seq int, p_points bigint, p_period int
) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_used record;
  v_left record;
  v_units bigint;
BEGIN
  SELECT u.* INTO v_used FROM allowance_use u WHERE u.member_id = p_member AND u.seq = p_entry;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  SELECT sum(u.points)::bigint AS points, sum(u.units)::bigint AS units INTO v_left
    FROM allowance_use u
   WHERE u.member_id = p_member AND u.entry_seq = p_entry AND u.partner_id = v_used.partner_id;
  v_units := CASE WHEN p_points >= v_left.points THEN v_left.units
                  ELSE floor(v_left.units::numeric * p_points / v_left.points)::bigint END;
  INSERT INTO allowance_use (member_id, seq, partner_id, kind, entry_seq, period_id, agreement_id,
                             points, units)
  VALUES (p_member, p_seq, v_used.partner_id, v_used.kind, p_entry, p_period, v_used.agreement_id,
          -p_points, -v_units);
  PERFORM books.give_allowance(v_used.partner_id, v_used.kind, v_units);
END $$
