"""The law of balances that were carried over, beside those of the books."""

from coalition.ledger import Check

OPENING_CHECKS = (
    Check(
        "LE15",
        "What was carried over is what was signed for, lot by lot and entry by entry",
        """
        SELECT format('carry-over %s, issuer %s: signed for %s lots of %s points; there are %s of'
                      ' %s', coalesce(t.opening_id, l.opening_id),
                      coalesce(t.issuer_id, l.issuer_id), t.lots, t.points, coalesce(l.lots, 0),
                      coalesce(l.points, 0))
          FROM opening_issuer t FULL JOIN (
            SELECT opening_id, issuer_id, count(*) AS lots, sum(points) AS points
              FROM opening_lot GROUP BY 1, 2) l
            ON l.opening_id = t.opening_id AND l.issuer_id = t.issuer_id
         WHERE (t.lots, t.points) IS DISTINCT FROM (l.lots, l.points)
        UNION ALL
        SELECT format('opening of member %s at place %s: %s points of issuer %s; entry %s by %s,'
                      ' lot %s by %s', coalesce(o.member_id, e.member_id), coalesce(o.seq, e.seq),
                      o.points, o.issuer_id, e.points, e.partner_id, l.points, l.issuer_id)
          FROM opening_lot o
          FULL JOIN (SELECT * FROM entry WHERE kind = 9) e
            ON e.member_id = o.member_id AND e.seq = o.seq
          LEFT JOIN lot l ON l.member_id = coalesce(o.member_id, e.member_id)
           AND l.seq = coalesce(o.seq, e.seq)
         WHERE (o.points, o.issuer_id) IS DISTINCT FROM (e.points, e.partner_id)
            OR (o.points, o.issuer_id) IS DISTINCT FROM (l.points, l.issuer_id)
            OR e.agreement_id IS DISTINCT FROM l.agreement_id
        """,
    ),
)
