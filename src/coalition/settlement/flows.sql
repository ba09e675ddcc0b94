-- Who issued what was spent where in a period, refunds taken off. With a partner: its own row
-- and column only.
CREATE FUNCTION verbs.flows(p_calendar text, p_label text, p_partner int)
RETURNS TABLE (issuer_id int, redeemer_id int, points bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
  SELECT u.issuer_id, u.partner_id,
         sum(CASE WHEN u.credit = 30 THEN u.points ELSE -u.points END)::bigint
    FROM lot_use u
   WHERE u.period_id = (SELECT id FROM period
                         WHERE calendar = p_calendar AND label = p_label)
     AND (u.credit = 30 OR u.debit = 30)
     AND (p_partner IS NULL OR u.issuer_id = p_partner OR u.partner_id = p_partner)
   GROUP BY u.issuer_id, u.partner_id
  HAVING sum(CASE WHEN u.credit = 30 THEN u.points ELSE -u.points END) <> 0
   ORDER BY u.issuer_id, u.partner_id
$$
