"""Laws of points that go from member to member, beside those of the books (ledger/laws.py)."""

from coalition.ledger import Check

TRANSFER_CHECKS = (
    Check(
        "MB8",
        "What left one member for another has arrived there or come back, at the same terms, or is"
        " a gift that is under way",
        """
        SELECT format('entry of member %s at place %s: %s points left by partner %s; at member %s,'
                      ' place %s, %s arrived by %s', coalesce(e.member_id, p.from_member_id),
                      coalesce(e.seq, p.from_seq), e.points, e.partner_id, p.to_member_id,
                      p.to_seq, a.points, a.partner_id)
          FROM (SELECT * FROM entry WHERE kind = 10) e
          FULL JOIN passage p ON p.from_member_id = e.member_id AND p.from_seq = e.seq
          LEFT JOIN entry a
            ON a.member_id = p.to_member_id AND a.seq = p.to_seq AND a.kind IN (11, 12)
         WHERE (e.points, e.partner_id, e.agreement_id)
               IS DISTINCT FROM (a.points, a.partner_id, a.agreement_id)
           AND (p.to_seq IS NOT NULL OR NOT EXISTS (
             SELECT 1 FROM transfer t
              WHERE t.from_member_id = e.member_id AND e.seq BETWEEN t.first_seq AND t.last_seq
                AND t.state = 'PENDING'))
        UNION ALL
        SELECT format('entry of member %s at place %s: points arrived that left nobody',
                      e.member_id, e.seq)
          FROM entry e
         WHERE e.kind IN (11, 12) AND NOT EXISTS (
           SELECT 1 FROM passage p WHERE p.to_member_id = e.member_id AND p.to_seq = e.seq)
        UNION ALL
        SELECT format('lot of member %s at place %s: earned at %s; the one it came of at %s',
                      l.member_id, l.seq, l.earned_at, o.earned_at)
          FROM passage p
          JOIN lot l ON l.member_id = p.to_member_id AND l.seq = p.to_seq
          JOIN lot_use u ON u.member_id = p.from_member_id AND u.seq = p.from_seq
          JOIN lot o ON o.member_id = u.member_id AND o.seq = u.lot_seq
         WHERE (l.earned_at, l.issuer_id, l.agreement_id)
               IS DISTINCT FROM (o.earned_at, o.issuer_id, o.agreement_id)
        UNION ALL
        SELECT format('gift %s: %s points, %s; %s left, %s arrived, %s came back', t.id, t.points,
                      t.state, e.points, e.arrived, e.back)
          FROM transfer t CROSS JOIN LATERAL (
            SELECT sum(x.points) AS points,
                   coalesce(sum(x.points) FILTER (WHERE p.to_member_id = t.to_member_id), 0)
                     AS arrived,
                   coalesce(sum(x.points) FILTER (WHERE p.to_member_id = t.from_member_id), 0)
                     AS back
              FROM entry x
              LEFT JOIN passage p ON p.from_member_id = x.member_id AND p.from_seq = x.seq
               AND p.transfer_id = t.id
             WHERE x.member_id = t.from_member_id AND x.kind = 10
               AND x.seq BETWEEN t.first_seq AND t.last_seq) e
         WHERE (e.points, e.arrived, e.back) IS DISTINCT FROM (t.points::numeric,
               CASE t.state WHEN 'ACCEPTED' THEN t.points ELSE 0 END::numeric,
               CASE WHEN t.state IN ('PENDING', 'ACCEPTED') THEN 0 ELSE t.points END::numeric)
        """,
    ),
    Check(
        "MB6",
        "What came of others of a household was spent, is set aside, or has gone home",
        """
        SELECT format('lot of member %s at place %s: %s points of another one of the household were'
                      ' neither spent nor sent home', l.member_id, l.seq, l.remaining)
          FROM passage p
          JOIN lot l ON l.member_id = p.to_member_id AND l.seq = p.to_seq
          JOIN entry e ON e.member_id = p.to_member_id AND e.seq = p.to_seq AND e.kind = 11
         WHERE p.household_id IS NOT NULL AND l.remaining > 0
        UNION ALL
        SELECT format('entry of member %s at place %s: %s points went out, %s came home',
                      p.from_member_id, p.from_seq, e.points, b.points)
          FROM passage p
          JOIN entry e ON e.member_id = p.from_member_id AND e.seq = p.from_seq
          JOIN (SELECT member_id, reverses, sum(points) AS points FROM entry WHERE kind = 12
                 GROUP BY 1, 2) b
            ON b.member_id = p.from_member_id AND b.reverses = p.from_seq
         WHERE b.points > e.points
        """,
    ),
)
