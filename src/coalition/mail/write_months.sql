-- Write to the next p_limit members behind p_behind, of those that want mails of the programme and
-- can be reached, about the month that begins at p_first: once. reached: where to go on; null: there
-- is nobody left.
CREATE FUNCTION verbs.write_months(
  p_first date, p_best_before timestamptz, p_behind bigint, p_limit int, p_now timestamptz
) RETURNS TABLE (reached bigint, written int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_members bigint[];
BEGIN
  SELECT array_agg(b.member_id), CASE WHEN count(*) = p_limit THEN max(b.member_id) END
    INTO v_members, reached FROM books.next_readers('MONTHLY', p_behind, p_limit) b;
  WITH told AS (
    INSERT INTO mail (kind, source, rank, member_id, login_id, facts, written_at, due_at,
                      best_before)
    SELECT 'MONTHLY', m.id || '/' || p_first, 2, m.id, books.login_of(m.id),
           jsonb_build_object('month', p_first), p_now, p_now, p_best_before
      FROM unnest(v_members) AS m (id)
    ON CONFLICT (kind, source) DO NOTHING
    RETURNING 1
  )
  SELECT count(*) INTO written FROM told;
  RETURN NEXT;
END $$
