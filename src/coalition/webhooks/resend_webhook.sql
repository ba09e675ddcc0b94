-- One delivery again, now, under the id that it had: who took it in before knows it by that.
CREATE FUNCTION verbs.resend_webhook(p_partner int, p_delivery bigint, p_now timestamptz)
RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_status text;
BEGIN
  SELECT w.status INTO v_status FROM webhook_endpoint w
    JOIN webhook_delivery d ON d.endpoint_id = w.id
   WHERE d.id = p_delivery AND d.partner_id = p_partner FOR NO KEY UPDATE OF w;
  IF v_status IS DISTINCT FROM 'active' THEN
    RETURN QUERY SELECT CASE WHEN v_status IS NULL THEN 'WEBHOOK_DELIVERY_NOT_FOUND'
                             ELSE 'WEBHOOK_DISABLED' END;
    RETURN;
  END IF;
  -- One that is being sent at this moment is left to who sends it.
  UPDATE webhook_delivery d SET state = 'waiting', reason = NULL, tries = 0, due_at = p_now
   WHERE d.id = p_delivery AND (d.lease IS NULL OR d.leased_until <= p_now);
  RETURN QUERY SELECT 'QUEUED';
END $$
