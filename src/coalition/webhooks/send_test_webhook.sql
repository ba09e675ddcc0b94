-- Queue a message that tells of nothing, to try an endpoint with.
CREATE FUNCTION verbs.send_test_webhook(
  p_partner int, p_endpoint bigint, p_claim uuid, p_now timestamptz
) RETURNS TABLE (outcome text, delivery_id bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_endpoint webhook_endpoint;
  v_earlier webhook_delivery;
BEGIN
  SELECT * INTO v_endpoint FROM webhook_endpoint w
   WHERE w.id = p_endpoint AND w.partner_id = p_partner AND w.status <> 'deleted'
     FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN QUERY SELECT 'WEBHOOK_NOT_FOUND', NULL::bigint;
    RETURN;
  END IF;
  SELECT * INTO v_earlier FROM webhook_delivery d WHERE d.claim = p_claim;
  IF FOUND THEN
    RETURN QUERY SELECT
      CASE WHEN v_earlier.endpoint_id = p_endpoint THEN 'REPLAYED'
           ELSE 'IDEMPOTENCY_KEY_REUSED' END, v_earlier.id;
    RETURN;
  END IF;
  IF v_endpoint.status = 'disabled' THEN
    RETURN QUERY SELECT 'WEBHOOK_DISABLED', NULL::bigint;
    RETURN;
  END IF;
  UPDATE webhook_endpoint w SET sequence = w.sequence + 1 WHERE w.id = p_endpoint;
  INSERT INTO webhook_delivery (endpoint_id, partner_id, kind, claim, sequence, happened_at, due_at)
  VALUES (p_endpoint, p_partner, 0, p_claim, v_endpoint.sequence + 1, p_now, p_now)
  RETURNING id INTO delivery_id;
  outcome := 'QUEUED';
  RETURN NEXT;
END $$
