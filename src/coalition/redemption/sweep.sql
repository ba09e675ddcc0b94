-- Post the release of holds past their time, at most p_limit members in one transaction; a
-- member who is being served just now is left to the next round. Returns how many were released.
CREATE FUNCTION verbs.sweep_holds(p_now timestamptz, p_limit int)
RETURNS TABLE (released int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_member bigint;
BEGIN
  PERFORM books.enter_books();
  released := 0;
  FOR v_member IN
    SELECT b.member_id FROM balance b
     WHERE b.member_id IN (SELECT h.member_id FROM hold h
                            WHERE h.state = 'held' AND h.expires_at <= p_now
                            ORDER BY h.expires_at LIMIT p_limit)
     ORDER BY b.member_id FOR NO KEY UPDATE SKIP LOCKED
  LOOP
    released := released + books.free_expired_holds(v_member, p_now);
  END LOOP;
  RETURN NEXT;
END $$
