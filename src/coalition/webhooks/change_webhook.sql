-- Another address, other events, switched on or off. What is NULL stays.
-- Who changes an endpoint lends it its own rights from then on: otherwise a client with few of
-- them could lead to itself what another one may see.
CREATE FUNCTION verbs.change_webhook(
  p_partner int, p_endpoint bigint, p_client text, p_scopes text[], p_login bigint, p_refusal text,
  p_url text, p_kinds smallint[], p_documents text[], p_enabled boolean, p_now timestamptz
) RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_status text;
BEGIN
  SELECT w.status INTO v_status FROM webhook_endpoint w
   WHERE w.id = p_endpoint AND w.partner_id = p_partner AND w.status <> 'deleted'
     FOR NO KEY UPDATE;
  outcome := CASE
    WHEN v_status IS NULL THEN 'WEBHOOK_NOT_FOUND'
    WHEN NOT books.may_post(p_partner) THEN 'PARTNER_SUSPENDED'
    ELSE p_refusal END;
  IF outcome IS NOT NULL THEN
    RETURN NEXT;
    RETURN;
  END IF;
  UPDATE webhook_endpoint w
     SET url = coalesce(p_url, w.url), client_id = p_client, scopes = p_scopes,
         login_id = p_login,
         status = CASE p_enabled WHEN true THEN 'active' WHEN false THEN 'disabled'
                                 ELSE w.status END,
         reason = CASE p_enabled WHEN true THEN NULL WHEN false THEN coalesce(w.reason, 'ASKED')
                                 ELSE w.reason END,
         failing_since = CASE WHEN p_enabled THEN NULL ELSE w.failing_since END
   WHERE w.id = p_endpoint;
  IF p_kinds IS NOT NULL THEN
    DELETE FROM webhook_subscription s WHERE s.endpoint_id = p_endpoint;
    INSERT INTO webhook_subscription (endpoint_id, kind, partner_id, document)
    SELECT p_endpoint, a.kind, p_partner, a.document
      FROM unnest(p_kinds, p_documents) AS a (kind, document);
  END IF;
  -- What waited while it was off is due at once.
  IF p_enabled AND v_status = 'disabled' THEN
    UPDATE webhook_delivery d SET due_at = least(d.due_at, p_now)
     WHERE d.endpoint_id = p_endpoint AND d.state = 'waiting';
  END IF;
  outcome := 'CHANGED';
  RETURN NEXT;
END $$
