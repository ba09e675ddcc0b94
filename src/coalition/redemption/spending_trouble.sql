-- What stands in the way of so many points being spent, though they are there: a pattern of theft,
-- or more in a time than the programme lets be spent. p_is_fresh: the member has just shown that it
-- is it. It counts by when we were asked: a till that says an earlier time would pass every limit. A
-- hold's points count from then, captured or not, and once. Refunds take nothing off: who drains an
-- account does not care.
CREATE FUNCTION books.spending_trouble(
  p_member bigint, p_partner int, p_points bigint, p_available bigint, p_spending jsonb,
  p_is_fresh boolean, p_now timestamptz
) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
  v_drain jsonb := p_spending -> 'drain';
  v_limit record;
  v_spent record;
BEGIN
  IF NOT p_is_fresh AND p_points >= (v_drain ->> 'at_least')::bigint
     AND p_points >= (v_drain ->> 'share')::numeric * p_available
     AND EXISTS (
       SELECT 1 FROM redemption r
        WHERE r.member_id = p_member AND r.points <= (v_drain ->> 'test_points')::bigint
          AND r.asked_at > p_now - make_interval(mins => (v_drain ->> 'minutes')::int)
       UNION ALL
       SELECT 1 FROM hold h
        WHERE h.member_id = p_member AND h.points <= (v_drain ->> 'test_points')::bigint
          AND h.asked_at > p_now - make_interval(mins => (v_drain ->> 'minutes')::int)) THEN
    RETURN 'STEP_UP_REQUIRED';
  END IF;
  FOR v_limit IN
    SELECT make_interval(mins => l.minutes) AS span, l.points, l.times, l.per_brand,
           l."then" AS answer
      FROM jsonb_to_recordset(p_spending -> 'limits')
           AS l (minutes int, points bigint, times int, per_brand boolean, "then" text)
  LOOP
    CONTINUE WHEN v_limit.answer = 'step_up' AND p_is_fresh;
    SELECT coalesce(sum(s.points), 0) AS points, count(*) AS times INTO v_spent FROM (
      SELECT r.points, r.partner_id FROM redemption r
       WHERE r.member_id = p_member AND r.asked_at > p_now - v_limit.span
      UNION ALL
      SELECT h.points, h.partner_id FROM hold h
       WHERE h.member_id = p_member AND h.state = 'held' AND h.expires_at > p_now
         AND h.asked_at > p_now - v_limit.span) s
     WHERE NOT v_limit.per_brand OR s.partner_id = p_partner;
    IF v_spent.points + p_points > v_limit.points OR v_spent.times + 1 > v_limit.times THEN
      RETURN CASE v_limit.answer WHEN 'step_up' THEN 'STEP_UP_REQUIRED' ELSE 'VELOCITY_LIMIT' END;
    END IF;
  END LOOP;
  RETURN NULL;
END $$
