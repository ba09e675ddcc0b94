-- The next lots of a file of opening balances. Nothing of them counts until it is posted.
CREATE FUNCTION verbs.add_opening_rows(
  p_upload uuid, p_lines int[], p_issuers int[], p_agreements int[], p_lots text[],
  p_member_kinds text[], p_member_values text[], p_points bigint[], p_earned_at timestamptz[],
  p_expires_on date[]
) RETURNS TABLE (added int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
BEGIN
  INSERT INTO opening_row (upload, line, issuer_id, agreement_id, lot, member_kind, member_value,
                           points, earned_at, expires_on)
  SELECT p_upload, r.line, r.issuer_id, r.agreement_id, r.lot, r.member_kind, r.member_value,
         r.points, r.earned_at, r.expires_on
    FROM unnest(p_lines, p_issuers, p_agreements, p_lots, p_member_kinds, p_member_values,
                p_points, p_earned_at, p_expires_on)
         AS r (line, issuer_id, agreement_id, lot, member_kind, member_value, points, earned_at,
               expires_on);
  GET DIAGNOSTICS added = ROW_COUNT;
  RETURN NEXT;
END $$
