-- Queue again what happened behind a place in the feed or since a moment: what was delivered, what
-- is dead, and what the endpoint was never told because it was off or not there yet. Each event
-- keeps its delivery and so its id; one that is being sent at this moment is left to who sends it.
-- Not more than p_limit at once, out of p_scan events of everybody: `more` says whether to go on
-- behind (`transaction_id`, `event_id`).
CREATE FUNCTION verbs.replay_webhook(
  p_partner int, p_endpoint bigint, p_transaction bigint, p_event bigint, p_from timestamptz,
  p_until timestamptz, p_only_dead boolean, p_limit int, p_scan int, p_now timestamptz
) RETURNS TABLE (outcome text, queued bigint, more boolean, transaction_id bigint, event_id bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_cursor webhook_cursor;
  v_endpoint webhook_endpoint;
BEGIN
  SELECT * INTO v_endpoint FROM webhook_endpoint w
   WHERE w.id = p_endpoint AND w.partner_id = p_partner AND w.status <> 'deleted'
     FOR NO KEY UPDATE;
  IF v_endpoint.id IS NULL OR v_endpoint.status = 'disabled' THEN
    outcome := CASE WHEN v_endpoint.id IS NULL THEN 'WEBHOOK_NOT_FOUND'
                    ELSE 'WEBHOOK_DISABLED' END;
    RETURN NEXT;
    RETURN;
  END IF;
  -- What is not fanned out yet is not replayed either: it will come by itself. Not locked: the
  -- deliveries of all that it has passed are there, and many replays would keep it from moving.
  SELECT * INTO v_cursor FROM webhook_cursor;
  IF p_from IS NOT NULL AND p_transaction = 0 THEN
    p_transaction := books.feed_place_at(p_from);
  END IF;
  WITH scanned AS MATERIALIZED (
    SELECT e.transaction_id AS number, e.id, e.kind, e.partner_id, e.recorded_at FROM event e
     WHERE (e.transaction_id, e.id) > (p_transaction::text::xid8, p_event)
       AND (e.transaction_id, e.id) <= (v_cursor.transaction_id::text::xid8, v_cursor.event_id)
     ORDER BY e.transaction_id, e.id LIMIT p_scan
  ), wanted AS MATERIALIZED (
    SELECT s.number::text::bigint AS number, s.id, s.kind, s.recorded_at, d.id AS delivery_id,
           d.lease IS NOT NULL AND d.leased_until > p_now AS under_way
      FROM scanned s
      JOIN webhook_subscription u ON u.endpoint_id = p_endpoint AND u.kind = s.kind
      LEFT JOIN webhook_delivery d ON d.endpoint_id = p_endpoint AND d.event_id = s.id
       AND d.transaction_id = s.number::text::bigint
     WHERE s.partner_id = p_partner AND (p_from IS NULL OR s.recorded_at >= p_from)
       AND (p_until IS NULL OR s.recorded_at < p_until)
       AND (NOT p_only_dead OR d.state = 'dead')
     ORDER BY s.number, s.id LIMIT p_limit
  ), again AS (
    UPDATE webhook_delivery d SET state = 'waiting', reason = NULL, tries = 0, due_at = p_now
      FROM wanted w WHERE d.id = w.delivery_id AND NOT w.under_way RETURNING 1
  ), first_time AS (
    INSERT INTO webhook_delivery (endpoint_id, partner_id, kind, transaction_id, event_id,
                                  sequence, happened_at, due_at)
    SELECT p_endpoint, p_partner, w.kind, w.number, w.id,
           v_endpoint.sequence + row_number() OVER (ORDER BY w.number, w.id), w.recorded_at, p_now
      FROM wanted w WHERE w.delivery_id IS NULL RETURNING 1
  ), numbered AS (
    UPDATE webhook_endpoint e SET sequence = e.sequence + c.count
      FROM (SELECT count(*) FROM wanted w WHERE w.delivery_id IS NULL) c
     WHERE e.id = p_endpoint AND c.count > 0
  ), size AS (
    SELECT (SELECT count(*) FROM wanted) >= p_limit AS full_page,
           (SELECT count(*) FROM scanned) >= p_scan
           AND (p_until IS NULL OR (SELECT max(recorded_at) FROM scanned)
                < p_until + interval '15 minutes') AS more_to_scan
  ), last AS (
    SELECT number, id FROM wanted WHERE (SELECT full_page FROM size)
    UNION ALL
    SELECT number::text::bigint, id FROM scanned WHERE NOT (SELECT full_page FROM size)
     ORDER BY number DESC, id DESC LIMIT 1
  )
  SELECT (SELECT count(*) FROM again) + (SELECT count(*) FROM first_time),
         z.full_page OR z.more_to_scan, l.number, l.id
    INTO queued, more, transaction_id, event_id
    FROM size z LEFT JOIN last l ON true;
  outcome := 'QUEUED';
  RETURN NEXT;
END $$
