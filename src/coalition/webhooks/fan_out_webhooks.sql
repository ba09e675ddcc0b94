-- Read on in the feed from where the last call stopped, and queue one delivery for each endpoint
-- that wants to be told of an event. The place moves in the same transaction: an event is queued
-- once, whatever is killed, and two workers take turns.
CREATE FUNCTION verbs.fan_out_webhooks(p_limit int, p_now timestamptz)
RETURNS TABLE (events bigint, queued bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_cursor webhook_cursor;
BEGIN
  SELECT * INTO v_cursor FROM webhook_cursor FOR UPDATE;
  IF NOT FOUND THEN
    RETURN QUERY SELECT 0::bigint, 0::bigint;
    RETURN;
  END IF;
  -- A dump restored into another cluster, where transactions are numbered anew.
  IF v_cursor.transaction_id >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint THEN
    SELECT coalesce(max(l.transaction_id), 0), coalesce(max(l.id), 0)
      INTO v_cursor.transaction_id, v_cursor.event_id FROM verbs.last_event() l;
    UPDATE webhook_cursor
       SET transaction_id = v_cursor.transaction_id, event_id = v_cursor.event_id;
  END IF;
  WITH next AS MATERIALIZED (
    SELECT * FROM verbs.next_events(v_cursor.transaction_id, v_cursor.event_id, p_limit)
  ), wanted AS MATERIALIZED (
    SELECT w.id AS endpoint_id, w.partner_id, n.kind, n.transaction_id, n.id AS event_id,
           n.recorded_at,
           row_number() OVER (PARTITION BY w.id ORDER BY n.transaction_id, n.id) AS place
      FROM next n
      JOIN webhook_endpoint w ON w.partner_id = n.partner_id AND w.status = 'active'
       AND w.created_at <= n.recorded_at
      JOIN webhook_subscription s ON s.endpoint_id = w.id AND s.kind = n.kind
  ), numbered AS (
    UPDATE webhook_endpoint w SET sequence = w.sequence + c.count
      FROM (SELECT endpoint_id, count(*) FROM wanted GROUP BY endpoint_id) c
     WHERE w.id = c.endpoint_id
    RETURNING w.id, w.sequence - c.count AS before
  ), told AS (
    INSERT INTO webhook_delivery (endpoint_id, partner_id, kind, transaction_id, event_id,
                                  sequence, happened_at, due_at)
    SELECT a.endpoint_id, a.partner_id, a.kind, a.transaction_id, a.event_id,
           b.before + a.place, a.recorded_at, p_now
      FROM wanted a JOIN numbered b ON b.id = a.endpoint_id
     ORDER BY a.transaction_id, a.event_id, a.endpoint_id
    ON CONFLICT (endpoint_id, transaction_id, event_id) DO NOTHING
    RETURNING 1
  ), moved AS (
    UPDATE webhook_cursor c SET transaction_id = l.transaction_id, event_id = l.id
      FROM (SELECT n.transaction_id, n.id FROM next n
             ORDER BY n.transaction_id DESC, n.id DESC LIMIT 1) l
  )
  SELECT (SELECT count(*) FROM next), (SELECT count(*) FROM told) INTO events, queued;
  RETURN NEXT;
END $$
