-- Tell once that less of a partner's allowance is left than its contract wants to be warned of.
-- Two who cross that line at once tell it once: the second waits and finds it told.
CREATE FUNCTION books.warn_of_allowance(
  p_partner int, p_kind smallint, p_client text, p_request uuid
) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM allowance a WHERE a.partner_id = p_partner AND a.kind = p_kind
              AND NOT a.alerted AND a.alert_below > (
                SELECT sum(s.units) FROM allowance_part s
                 WHERE s.partner_id = p_partner AND s.kind = p_kind)) THEN
    UPDATE allowance a SET alerted = true
     WHERE a.partner_id = p_partner AND a.kind = p_kind AND NOT a.alerted;
    IF FOUND THEN
      INSERT INTO event (kind, partner_id, client_id, request_id)
      VALUES (29 + p_kind, p_partner, p_client, p_request);
    END IF;
  END IF;
END $$
