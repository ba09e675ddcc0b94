-- A new endpoint of a partner with what it is to be told. It is told what happens from now on.
-- Judged in this order: replayed, key reused, partner suspended, what Python refused, too many.
CREATE FUNCTION verbs.create_webhook(
  p_partner int, p_client text, p_scopes text[], p_login bigint, p_claim uuid, p_hash uuid,
  p_refusal text, p_url text, p_kinds smallint[], p_documents text[], p_secret bytea, p_most int
) RETURNS TABLE (outcome text, endpoint_id bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_earlier webhook_endpoint;
BEGIN
  -- One at a time, so that their number is counted rightly.
  PERFORM 1 FROM partner p WHERE p.id = p_partner FOR NO KEY UPDATE;
  SELECT * INTO v_earlier FROM webhook_endpoint w WHERE w.claim = p_claim;
  IF FOUND THEN
    endpoint_id := v_earlier.id;
    -- This very call, tried again after the connection broke: its secret was shown to nobody.
    outcome := CASE
      WHEN v_earlier.request_hash <> p_hash THEN 'IDEMPOTENCY_KEY_REUSED'
      WHEN EXISTS (SELECT 1 FROM webhook_secret s
                    WHERE s.endpoint_id = v_earlier.id AND s.secret = p_secret) THEN 'CREATED'
      ELSE 'REPLAYED' END;
    RETURN NEXT;
    RETURN;
  END IF;
  outcome := CASE
    WHEN NOT books.may_post(p_partner) THEN 'PARTNER_SUSPENDED'
    WHEN p_refusal IS NOT NULL THEN p_refusal
    WHEN (SELECT count(*) FROM webhook_endpoint w
           WHERE w.partner_id = p_partner AND w.status <> 'deleted') >= p_most
      THEN 'TOO_MANY_WEBHOOKS' END;
  IF outcome IS NOT NULL THEN
    RETURN NEXT;
    RETURN;
  END IF;
  INSERT INTO webhook_endpoint (partner_id, client_id, scopes, login_id, claim, request_hash, url)
  VALUES (p_partner, p_client, p_scopes, p_login, p_claim, p_hash, p_url)
  RETURNING id INTO endpoint_id;
  INSERT INTO webhook_subscription (endpoint_id, kind, partner_id, document)
  SELECT create_webhook.endpoint_id, a.kind, p_partner, a.document
    FROM unnest(p_kinds, p_documents) AS a (kind, document);
  INSERT INTO webhook_secret (endpoint_id, secret, created_at)
  VALUES (endpoint_id, p_secret, clock_timestamp());
  -- The first endpoint of all: the feed is read from here on.
  INSERT INTO webhook_cursor (transaction_id, event_id)
  SELECT coalesce(max(l.transaction_id), 0), coalesce(max(l.id), 0) FROM verbs.last_event() l
  ON CONFLICT DO NOTHING;
  outcome := 'CREATED';
  RETURN NEXT;
END $$
