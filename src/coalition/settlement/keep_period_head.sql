-- Keep the head of a period's entries: the SHA-256 over the head kept before it in its calendar
-- (nothing for the first) and the hashes of its entries in the order of member and place. Its
-- entries cannot change any more; who changes one behind the application's back changes the head.
CREATE FUNCTION books.keep_period_head(p_period int) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_calendar text;
  v_place int;
  v_previous bytea;
BEGIN
  SELECT p.calendar INTO v_calendar FROM period p WHERE p.id = p_period;
  -- Two periods of a calendar that are calculated at once would follow on the same head.
  PERFORM pg_advisory_xact_lock(hashtextextended('period_head ' || v_calendar, 0));
  SELECT h.place, h.head INTO v_place, v_previous
    FROM period_head h WHERE h.calendar = v_calendar ORDER BY h.place DESC LIMIT 1;
  v_previous := coalesce(v_previous, '');
  INSERT INTO period_head (period_id, calendar, place, entries, previous, head)
  SELECT p_period, v_calendar, coalesce(v_place, 0) + 1, count(*), v_previous,
         sha256(v_previous || coalesce(string_agg(e.hash, '' ORDER BY e.member_id, e.seq), ''))
    FROM entry e WHERE e.period_id = p_period
  ON CONFLICT (period_id) DO NOTHING;
END $$
