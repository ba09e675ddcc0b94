-- A transaction before which nothing in the feed was recorded at p_at or later. Transactions are
-- numbered about in the order of time, so it is found by halving and not by reading the feed; a
-- request is never recorded a quarter of an hour after it began.
CREATE FUNCTION books.feed_place_at(p_at timestamptz) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
  v_low bigint := 0;
  v_high bigint := pg_snapshot_xmax(pg_current_snapshot())::text::bigint;
  v_middle bigint;
  v_recorded timestamptz;
BEGIN
  WHILE v_high - v_low > 1 LOOP
    v_middle := (v_low + v_high) / 2;
    SELECT e.recorded_at INTO v_recorded FROM event e
     WHERE e.transaction_id >= v_middle::text::xid8 ORDER BY e.transaction_id, e.id LIMIT 1;
    IF v_recorded < p_at - interval '15 minutes' THEN
      v_low := v_middle;
    ELSE
      v_high := v_middle;
    END IF;
  END LOOP;
  RETURN v_low;
END $$
