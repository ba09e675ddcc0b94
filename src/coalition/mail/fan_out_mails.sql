-- Read on in the feed from where the last call stopped, and write a mail for each use of points of
-- a member that can be reached, and for spending that was stopped: of that one for each hour at most,
-- so that nobody floods a mailbox by trying on. The place moves in the same transaction: an event is told once,
-- whatever is killed, and two workers take turns. What happened longer ago than p_keep is told
-- nobody any more: no mails may have been sent for months.
CREATE FUNCTION verbs.fan_out_mails(p_limit int, p_keep interval, p_now timestamptz)
RETURNS TABLE (events bigint, written bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_cursor mail_cursor;
BEGIN
  SELECT * INTO v_cursor FROM mail_cursor FOR UPDATE;
  -- The first worker that sends mails; or a dump restored into another cluster, where transactions
  -- are numbered anew.
  IF NOT FOUND
     OR v_cursor.transaction_id >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint THEN
    INSERT INTO mail_cursor (transaction_id, event_id)
    SELECT coalesce(max(l.transaction_id), 0), coalesce(max(l.id), 0) FROM verbs.last_event() l
    ON CONFLICT (id) DO UPDATE
       SET transaction_id = EXCLUDED.transaction_id, event_id = EXCLUDED.event_id;
    RETURN QUERY SELECT 0::bigint, 0::bigint;
    RETURN;
  END IF;
  WITH next AS MATERIALIZED (
    SELECT * FROM verbs.next_events(v_cursor.transaction_id, v_cursor.event_id, p_limit)
  ), told AS (
    INSERT INTO mail (kind, source, rank, member_id, login_id, facts, written_at, due_at,
                      best_before)
    SELECT 'SPENT', n.member_id || '/' || n.seq, 1, n.member_id, books.login_of(n.member_id),
           jsonb_build_object('seq', n.seq), n.recorded_at, p_now, n.recorded_at + p_keep
      FROM next n
     WHERE n.kind = 6 AND n.recorded_at > p_now - p_keep
       AND books.login_of(n.member_id) IS NOT NULL
    ON CONFLICT (kind, source) DO NOTHING
    RETURNING 1
  ), stopped AS (
    INSERT INTO mail (kind, source, rank, member_id, login_id, facts, written_at, due_at,
                      best_before)
    SELECT 'SPENDING_BLOCKED', n.member_id || '/' || date_trunc('hour', n.recorded_at, 'UTC'), 0,
           n.member_id, books.login_of(n.member_id),
           jsonb_build_object('at', n.recorded_at, 'partner', n.partner_id), n.recorded_at, p_now,
           n.recorded_at + p_keep
      FROM next n
     WHERE n.kind = 15 AND n.recorded_at > p_now - p_keep
       AND books.login_of(n.member_id) IS NOT NULL
     ORDER BY n.transaction_id, n.id
    ON CONFLICT (kind, source) DO NOTHING
    RETURNING 1
  ), moved AS (
    UPDATE mail_cursor c SET transaction_id = l.transaction_id, event_id = l.id
      FROM (SELECT n.transaction_id, n.id FROM next n
             ORDER BY n.transaction_id DESC, n.id DESC LIMIT 1) l
  )
  SELECT (SELECT count(*) FROM next),
         (SELECT count(*) FROM told) + (SELECT count(*) FROM stopped) INTO events, written;
  RETURN NEXT;
END $$
