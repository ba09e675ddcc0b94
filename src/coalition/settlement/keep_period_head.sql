-- Keep the head of a period's entries: the SHA-256 over the head kept before it in its calendar
-- (nothing for the first) and, by member, the SHA-256 over the hashes of the member's entries in
-- their order. Its entries cannot change any more; who changes one behind the application's back
-- changes the head. By member first: no value of PostgreSQL holds the hashes of a large month.
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
  SELECT p_period, v_calendar, coalesce(v_place, 0) + 1, coalesce(sum(m.entries), 0), v_previous,
         sha256(v_previous || coalesce(string_agg(m.hash, '' ORDER BY m.member_id), ''))
    FROM (SELECT e.member_id, count(*) AS entries, sha256(string_agg(e.hash, '' ORDER BY e.seq))
                   AS hash
            FROM entry e WHERE e.period_id = p_period GROUP BY e.member_id) m
  ON CONFLICT (period_id) DO NOTHING;
END $$
