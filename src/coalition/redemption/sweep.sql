-- Post the release of holds past their time, at most p_limit in one transaction; a member who is
-- being served just now, or one of its household, is left to the next round. Returns how many were
-- released.
CREATE FUNCTION verbs.sweep_holds(p_now timestamptz, p_limit int)
RETURNS TABLE (released int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_due bigint[];
  v_locked bigint[];
  v_member bigint;
BEGIN
  PERFORM books.enter_books();
  released := 0;
  v_due := ARRAY(SELECT h.member_id FROM hold h
                  WHERE h.state = 'held' AND h.expires_at <= p_now
                  ORDER BY h.expires_at LIMIT p_limit);
  v_locked := ARRAY(
    SELECT b.member_id FROM balance b
     WHERE b.member_id IN (SELECT unnest(books.circle_of(d)) FROM unnest(v_due) AS d)
     ORDER BY b.member_id FOR NO KEY UPDATE SKIP LOCKED);
  FOR v_member IN
    SELECT DISTINCT d FROM unnest(v_due) AS d WHERE books.circle_of(d) <@ v_locked ORDER BY d
  LOOP
    released := released + books.free_expired_holds(v_member, p_now);
  END LOOP;
  RETURN NEXT;
END $$
