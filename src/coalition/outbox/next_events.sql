-- The events after a place in the feed, oldest first, of everybody: for the worker and for the
-- live edge, which decide who may see what. Only transactions older than every one still at
-- work are shown, so nothing can appear before what was already read.
CREATE FUNCTION verbs.next_events(p_transaction bigint, p_id bigint, p_limit int)
RETURNS TABLE (transaction_id bigint, id bigint, kind smallint, partner_id int, member_id bigint,
               seq int, statement_id bigint, client_id text, request_id uuid,
               recorded_at timestamptz, subject_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
  SELECT e.transaction_id::text::bigint, e.id, e.kind, e.partner_id, e.member_id, e.seq,
         e.statement_id, e.client_id, e.request_id, e.recorded_at,
         e.subject_id
    FROM event e
   WHERE (e.transaction_id, e.id) > (p_transaction::text::xid8, p_id)
     AND e.transaction_id < pg_snapshot_xmin(pg_current_snapshot())
   ORDER BY e.transaction_id, e.id LIMIT p_limit
$$
