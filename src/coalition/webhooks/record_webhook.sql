-- What became of a delivery that a worker had claimed:
--   DELIVERED the receiver has it
--   RETRY     it is tried again at p_due
--   DEAD      it is not, because of p_reason; GONE ends the endpoint's being told too
--   LATER     nothing was sent for a fault of ours; it is due again at p_due, and no try is lost
-- An endpoint that has failed for as long as p_patience, without one success, is switched off.
CREATE FUNCTION verbs.record_webhook(
  p_delivery bigint, p_lease uuid, p_outcome text, p_reason text, p_due timestamptz,
  p_at timestamptz, p_milliseconds int, p_status int, p_error text, p_response text,
  p_patience interval
) RETURNS TABLE (disabled text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_endpoint webhook_endpoint;
  v_delivery webhook_delivery;
BEGIN
  -- The endpoint first, as everything does that locks both.
  SELECT w.* INTO v_endpoint FROM webhook_endpoint w
    JOIN webhook_delivery d ON d.endpoint_id = w.id
   WHERE d.id = p_delivery FOR NO KEY UPDATE OF w;
  SELECT * INTO v_delivery FROM webhook_delivery d WHERE d.id = p_delivery FOR NO KEY UPDATE;
  -- This very call, tried again after the connection broke.
  IF EXISTS (SELECT 1 FROM webhook_attempt a
              WHERE a.delivery_id = p_delivery AND a.lease = p_lease) THEN
    RETURN;
  END IF;
  IF p_milliseconds IS NOT NULL THEN
    INSERT INTO webhook_attempt (delivery_id, number, partner_id, lease, at, milliseconds, status,
                                 error, response)
    VALUES (p_delivery, v_delivery.attempts + 1, v_delivery.partner_id, p_lease, p_at,
            p_milliseconds, p_status, p_error, p_response);
    UPDATE webhook_delivery d SET attempts = d.attempts + 1 WHERE d.id = p_delivery;
  END IF;
  IF p_outcome = 'DELIVERED' THEN
    UPDATE webhook_delivery d
       SET state = 'delivered', reason = NULL, tries = d.tries + 1, lease = NULL,
           leased_until = NULL
     WHERE d.id = p_delivery;
    UPDATE webhook_endpoint w SET failing_since = NULL
     WHERE w.id = v_endpoint.id AND w.failing_since IS NOT NULL;
    RETURN;
  END IF;
  -- Who took too long has lost it to another one, who says what becomes of it.
  IF v_delivery.lease IS DISTINCT FROM p_lease OR v_delivery.state <> 'waiting' THEN
    RETURN;
  END IF;
  UPDATE webhook_delivery d
     SET state = CASE p_outcome WHEN 'DEAD' THEN 'dead' ELSE 'waiting' END,
         reason = CASE p_outcome WHEN 'DEAD' THEN p_reason END,
         tries = d.tries + CASE WHEN p_milliseconds IS NULL THEN 0 ELSE 1 END,
         due_at = coalesce(p_due, d.due_at), lease = NULL, leased_until = NULL
   WHERE d.id = p_delivery;
  IF p_milliseconds IS NULL OR v_endpoint.status <> 'active' THEN
    RETURN;
  END IF;
  disabled := CASE
    WHEN p_reason = 'GONE' THEN 'GONE'
    WHEN p_at - v_endpoint.failing_since >= p_patience THEN 'FAILING' END;
  UPDATE webhook_endpoint w
     SET failing_since = coalesce(w.failing_since, p_at), reason = disabled,
         status = CASE WHEN disabled IS NULL THEN w.status ELSE 'disabled' END
   WHERE w.id = v_endpoint.id;
  RETURN NEXT;
END $$
