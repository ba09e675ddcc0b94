-- The household that a member is in, a row for each who is in it, as that member may see it: who they
-- are by their first names, what they may do, what each has brought in to be spent, and what each
-- has earned and spent since it came. A child sees no figures but its own.
CREATE FUNCTION verbs.household_of(p_member bigint, p_now timestamptz, p_today date)
RETURNS TABLE (household_id bigint, founded_at timestamptz, stay_id bigint, is_self boolean,
               name text, card_end text, role text, joined_at timestamptz, spendable bigint,
               earned bigint, spent bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
  SELECT d.id, d.founded_at, o.id, o.id = mine.id, m.given_name,
         (SELECT right(i.value, 4) FROM identifier i
           WHERE i.member_id = o.member_id AND i.kind = 'CARD' AND i.partner_id = 0
             AND i.state = 'active' ORDER BY i.since DESC, i.value LIMIT 1),
         o.role, o.joined_at,
         CASE WHEN s.seen AND m.status = 'active' AND m.spend_locked_at IS NULL
               AND (m.spend_paused_until IS NULL OR m.spend_paused_until <= p_now)
              THEN books.pooled_points(ARRAY[o.member_id], p_now, p_today)
              WHEN s.seen THEN 0 END,
         CASE WHEN s.seen THEN e.earned END, CASE WHEN s.seen THEN e.spent END
    FROM household_member mine
    JOIN household d ON d.id = mine.household_id
    JOIN household_member o ON o.household_id = mine.household_id AND o.left_at IS NULL
    JOIN member m ON m.member_id = o.member_id
   CROSS JOIN LATERAL (SELECT mine.role <> 'CHILD' OR o.id = mine.id AS seen) s
   CROSS JOIN LATERAL (
     SELECT coalesce(sum(CASE t.kind WHEN 1 THEN t.points WHEN 2 THEN -t.points END), 0)::bigint
              AS earned,
            coalesce(sum(CASE t.kind WHEN 6 THEN t.points WHEN 7 THEN -t.points END), 0)::bigint
              AS spent
       FROM entry t WHERE t.member_id = o.member_id AND t.occurred_at >= o.joined_at) e
   WHERE mine.member_id = p_member AND mine.left_at IS NULL
   ORDER BY o.joined_at, o.id
$$
