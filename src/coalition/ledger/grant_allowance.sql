-- What a partner may issue, as its contract says by now: `p_granted` units in all, and a warning
-- when fewer than `p_alert_below` are left. What was used stays used.
CREATE FUNCTION books.grant_allowance(
  p_partner int, p_kind smallint, p_granted bigint, p_alert_below bigint
) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_before bigint;
BEGIN
  INSERT INTO allowance (partner_id, kind, granted) VALUES (p_partner, p_kind, 0)
    ON CONFLICT DO NOTHING;
  INSERT INTO allowance_part (partner_id, kind, part, units)
    SELECT p_partner, p_kind, g, 0 FROM generate_series(0, 7) g ON CONFLICT DO NOTHING;
  SELECT a.granted INTO v_before FROM allowance a
   WHERE a.partner_id = p_partner AND a.kind = p_kind;
  IF p_granted <> v_before THEN
    PERFORM books.spread_allowance(p_partner, p_kind, p_granted - v_before);
  END IF;
  UPDATE allowance a SET granted = p_granted, alert_below = p_alert_below,
         alerted = a.alerted AND (SELECT sum(s.units) < p_alert_below FROM allowance_part s
                                   WHERE s.partner_id = p_partner AND s.kind = p_kind)
   WHERE a.partner_id = p_partner AND a.kind = p_kind;
END $$
