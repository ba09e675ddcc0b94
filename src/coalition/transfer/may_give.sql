-- How many points a member may still give away just now, by the programme's limits. What came back
-- does not count. The member is locked where it matters.
CREATE FUNCTION books.may_give(p_member bigint, p_gifts jsonb, p_now timestamptz) RETURNS bigint
LANGUAGE sql STABLE AS $$
  SELECT greatest(least((p_gifts ->> 'most')::bigint,
    (p_gifts ->> 'a_day')::bigint
      - coalesce(sum(t.points) FILTER (WHERE t.sent_at > p_now - interval '1 day'), 0)::bigint,
    (p_gifts ->> 'a_year')::bigint - coalesce(sum(t.points), 0)::bigint), 0)
    FROM coalition.transfer t
   WHERE t.from_member_id = p_member AND t.sent_at > p_now - interval '1 year'
     AND t.state IN ('PENDING', 'ACCEPTED')
$$
