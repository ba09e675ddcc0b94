-- Write to the next p_limit members behind p_behind, of those that want mails of the programme and
-- can be reached, whose points end within the longest of p_steps days: of each last day at the
-- step that it has come to, once. reached: where to go on; null: there is nobody left.
CREATE FUNCTION verbs.write_reminders(
  p_today date, p_steps int[], p_best_before timestamptz, p_behind bigint, p_limit int,
  p_now timestamptz
) RETURNS TABLE (reached bigint, written int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_members bigint[];
BEGIN
  SELECT array_agg(b.member_id), CASE WHEN count(*) = p_limit THEN max(b.member_id) END
    INTO v_members, reached FROM books.next_readers('EXPIRING', p_behind, p_limit) b;
  WITH ending AS (
    SELECT l.member_id, l.expires_on,
           (SELECT min(s.step) FROM unnest(p_steps) AS s (step)
             WHERE l.expires_on <= p_today + s.step) AS step
      FROM lot l
     WHERE l.member_id = ANY (v_members) AND l.remaining > 0
       AND l.expires_on BETWEEN p_today
                            AND p_today + (SELECT max(s.step) FROM unnest(p_steps) AS s (step))
     GROUP BY l.member_id, l.expires_on
  ), new AS (
    INSERT INTO expiry_reminder (member_id, expires_on, days_before)
    SELECT e.member_id, e.expires_on, e.step FROM ending e
    ON CONFLICT DO NOTHING
    RETURNING member_id, expires_on
  ), told AS (
    INSERT INTO mail (kind, source, rank, member_id, login_id, facts, written_at, due_at,
                      best_before)
    SELECT 'EXPIRING', n.member_id || '/' || p_now, 2, n.member_id, books.login_of(n.member_id),
           jsonb_build_object('days', jsonb_agg(n.expires_on ORDER BY n.expires_on)), p_now, p_now,
           p_best_before
      FROM new n GROUP BY n.member_id
    ON CONFLICT (kind, source) DO NOTHING
    RETURNING 1
  )
  SELECT count(*) INTO written FROM told;
  RETURN NEXT;
END $$
