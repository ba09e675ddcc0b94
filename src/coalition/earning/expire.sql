-- Post the end of lots past their last day for the next p_limit members after p_after. Held
-- points survive until their hold ends. Returns the last member seen (null: none is left).
CREATE FUNCTION verbs.expire_points(
  p_after bigint, p_limit int, p_today date
) RETURNS TABLE (last_member bigint, lots int, points bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_member bigint;
  v_ended record;
BEGIN
  PERFORM books.enter_books();
  lots := 0;
  points := 0;
  FOR v_member IN
    SELECT b.member_id FROM balance b
     WHERE b.member_id IN (SELECT DISTINCT l.member_id FROM lot l
                            WHERE l.member_id > p_after AND l.remaining > 0
                              AND l.expires_on < p_today
                            ORDER BY l.member_id LIMIT p_limit)
     ORDER BY b.member_id FOR NO KEY UPDATE
  LOOP
    SELECT * INTO v_ended FROM books.end_lots(v_member, p_today);
    lots := lots + v_ended.lots;
    points := points + v_ended.points;
    last_member := v_member;
  END LOOP;
  RETURN NEXT;
END $$
