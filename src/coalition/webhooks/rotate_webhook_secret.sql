-- A new secret. The one before it signs too until p_until, those that were ending already until
-- their own end: a receiver that has not heard of the newest one yet still finds its own.
CREATE FUNCTION verbs.rotate_webhook_secret(
  p_partner int, p_endpoint bigint, p_claim uuid, p_secret bytea, p_refusal text,
  p_until timestamptz, p_now timestamptz
) RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_earlier webhook_secret;
BEGIN
  PERFORM 1 FROM webhook_endpoint w
    WHERE w.id = p_endpoint AND w.partner_id = p_partner AND w.status <> 'deleted'
      FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN QUERY SELECT 'WEBHOOK_NOT_FOUND';
    RETURN;
  END IF;
  SELECT * INTO v_earlier FROM webhook_secret s WHERE s.claim = p_claim;
  IF FOUND THEN
    RETURN QUERY SELECT CASE
      WHEN v_earlier.endpoint_id <> p_endpoint THEN 'IDEMPOTENCY_KEY_REUSED'
      WHEN v_earlier.secret = p_secret THEN 'ROTATED'
      ELSE 'REPLAYED' END;
    RETURN;
  END IF;
  IF p_refusal IS NOT NULL THEN
    RETURN QUERY SELECT p_refusal;
    RETURN;
  END IF;
  UPDATE webhook_secret s SET secret = NULL
   WHERE s.endpoint_id = p_endpoint AND s.valid_until <= p_now;
  UPDATE webhook_secret s SET valid_until = p_until
   WHERE s.endpoint_id = p_endpoint AND s.valid_until IS NULL;
  INSERT INTO webhook_secret (endpoint_id, claim, secret, created_at)
  VALUES (p_endpoint, p_claim, p_secret, p_now);
  RETURN QUERY SELECT 'ROTATED';
END $$
