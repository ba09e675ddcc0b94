-- End an endpoint: its secrets are erased, what waited for it is dead, what was delivered stays.
CREATE FUNCTION verbs.delete_webhook(p_partner int, p_endpoint bigint)
RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
BEGIN
  UPDATE webhook_endpoint w SET status = 'deleted', reason = NULL
   WHERE w.id = p_endpoint AND w.partner_id = p_partner AND w.status <> 'deleted';
  IF NOT FOUND THEN
    RETURN QUERY SELECT 'WEBHOOK_NOT_FOUND';
    RETURN;
  END IF;
  UPDATE webhook_secret s SET secret = NULL WHERE s.endpoint_id = p_endpoint;
  UPDATE webhook_delivery d SET state = 'dead', reason = 'DELETED'
   WHERE d.endpoint_id = p_endpoint AND d.state = 'waiting';
  RETURN QUERY SELECT 'DELETED';
END $$
