-- A member's balance at a past instant, replayed from what had been recorded by then.
CREATE FUNCTION verbs.balance_then(p_member bigint, p_at timestamptz, p_day date)
RETURNS TABLE (available bigint, pending bigint, held bigint, owed bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
  WITH known AS (
    SELECT e.* FROM entry e WHERE e.member_id = p_member AND e.recorded_at <= p_at
  ), due_holds AS (
    SELECT h.seq FROM hold h
     WHERE h.member_id = p_member AND h.recorded_at <= p_at AND h.expires_at <= p_at
       AND (h.resolved_at IS NULL OR h.resolved_at > p_at)
  ), lots AS (
    SELECT l.seq, l.spendable_from,
           -- A refund into an ended lot gave it a new last day; before that it had its own.
           CASE WHEN bool_or(used.kind IN (7, 12) AND l.extended_from < (
                  used.recorded_at AT TIME ZONE (SELECT time_zone FROM programme))::date)
                THEN l.expires_on ELSE coalesce(l.extended_from, l.expires_on) END AS expires_on,
           l.points
           + coalesce(sum(CASE WHEN u.credit = 20 THEN u.points
                               WHEN u.debit = 20 THEN -u.points END), 0)
           + coalesce(sum(u.points) FILTER (WHERE u.credit = 21
                                            AND u.seq IN (SELECT seq FROM due_holds)
                                            AND NOT books.comes_home(l.member_id, l.seq)), 0)
             AS remaining
      FROM lot l
      JOIN known earned ON earned.seq = l.seq AND earned.kind IN (1, 9, 11)
      LEFT JOIN (lot_use u JOIN known used ON used.seq = u.seq)
        ON u.member_id = l.member_id AND u.lot_seq = l.seq
     WHERE l.member_id = p_member
     GROUP BY l.seq, l.spendable_from, l.extended_from, l.expires_on, l.points
  ), alive AS (
    SELECT * FROM lots WHERE expires_on IS NULL OR expires_on >= p_day
  )
  SELECT
    coalesce((SELECT sum(remaining) FROM alive
               WHERE spendable_from IS NULL OR spendable_from <= p_at), 0)::bigint,
    coalesce((SELECT sum(remaining) FROM alive WHERE spendable_from > p_at), 0)::bigint,
    coalesce((SELECT sum(CASE WHEN credit = 21 THEN points WHEN debit = 21 THEN -points END)
                FROM known), 0)::bigint
      - coalesce((SELECT sum(k.points) FROM known k JOIN due_holds d ON d.seq = k.seq), 0)::bigint,
    coalesce((SELECT sum(CASE WHEN debit = 22 THEN points WHEN credit = 22 THEN -points END)
                FROM known), 0)::bigint
$$
