-- A brand's purchases of a period whose points several partners gave together, and their returns:
-- one row each, however many entries there are. A purchase is of the period of the brand's own
-- entry; where the brand pays for nothing of it, of the period in which it happened. `given`: the
-- points of all its parts, summed from them.
CREATE FUNCTION books.joint_ledger(p_partner int, p_period int, p_until timestamptz)
RETURNS TABLE (kind smallint, reference text, member_id bigint, seq int, agreement_id int,
               occurred_at timestamptz, points bigint, amount bigint, store text, terminal text,
               given bigint)
LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN r.seq IS NULL THEN 1 ELSE 2 END::smallint, a.reference, a.member_id, s.act_seq,
         a.agreement_id, at.happened, coalesce(r.points, a.points), coalesce(r.returned, a.amount),
         a.store_code, a.terminal_code, abs(s.points)
    FROM (SELECT x.member_id, x.act_seq, x.award_seq, sum(x.points)::bigint AS points,
                 max(x.entry_seq) FILTER (WHERE x.partner_id = p_partner) AS own_seq
            FROM award_share x WHERE x.awarded_by = p_partner
           GROUP BY x.member_id, x.act_seq, x.award_seq) s
    JOIN award a ON a.member_id = s.member_id AND a.seq = s.award_seq
    LEFT JOIN award_reversal r ON r.member_id = s.member_id AND r.seq = s.act_seq
    JOIN period p ON p.id = p_period,
         LATERAL (SELECT coalesce(r.occurred_at, a.purchased_at) AS happened) at
    LEFT JOIN LATERAL (
      SELECT e.period_id FROM entry e
       WHERE e.member_id = s.member_id AND e.partner_id = p_partner
         AND CASE WHEN r.seq IS NULL THEN e.seq = s.own_seq
                  ELSE e.kind = 2 AND e.reverses = s.own_seq AND e.seq >= s.act_seq END
       ORDER BY e.seq LIMIT 1) own ON true
   WHERE at.happened <= p_until
     AND coalesce(own.period_id = p_period,
                  at.happened >= p.starts_at AND at.happened < p.ends_at)
$$
