-- Take the file that has waited longest for a turn, for p_lease. Whoever was killed while it held
-- one loses it when its lease ends. By the database's clock: workers may not agree about theirs.
CREATE FUNCTION verbs.claim_bulk_award(p_holder uuid, p_lease interval, p_now timestamptz)
RETURNS TABLE (id bigint, partner_id int, format text, compression text, announced_rows int,
               client_id text, built_in boolean, store_code text, terminal_code text, state text,
               upload uuid, chunks int, sha256 bytea, rows int, next_place int)
LANGUAGE sql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
  UPDATE bulk_award b SET holder = p_holder, leased_until = clock_timestamp() + p_lease,
                          served_at = clock_timestamp(), started_at = coalesce(b.started_at, p_now)
   WHERE b.id = (
     SELECT w.id FROM bulk_award w
      WHERE w.state IN ('CHECKING', 'AWARDING')
        AND (w.leased_until IS NULL OR w.leased_until <= clock_timestamp())
        AND (w.not_before IS NULL OR w.not_before <= clock_timestamp())
      ORDER BY coalesce(w.served_at, w.uploaded_at), w.id
      LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED)
  RETURNING b.id, b.partner_id, b.format, b.compression, b.announced_rows, b.client_id, b.built_in,
            b.store_code, b.terminal_code, b.state, b.upload, b.chunks, b.sha256, b.rows,
            b.next_place
$$
