"""Laws of the catalogue, beside those of the books (ledger/laws.py)."""

from coalition.ledger import Check

CATALOGUE_CHECKS = (
    Check(
        "RE6",
        "Each claim is a redemption of its reward, which is given back when it is cancelled and"
        " only then",
        """
        SELECT format('claim of member %s at place %s: %s points of reward %s, %s; redeemed %s of'
                      ' %s, given back %s', coalesce(c.member_id, r.member_id),
                      coalesce(c.seq, r.seq), c.points, c.reward_id, c.state, r.points,
                      r.reward_id, f.points)
          FROM (SELECT * FROM redemption WHERE reward_id IS NOT NULL) r
          FULL JOIN reward_claim c ON c.member_id = r.member_id AND c.seq = r.seq
          LEFT JOIN (SELECT member_id, redemption_seq, sum(points) AS points FROM refund
                      GROUP BY 1, 2) f
            ON f.member_id = c.member_id AND f.redemption_seq = c.seq
         WHERE (c.points, c.reward_id, c.partner_id)
               IS DISTINCT FROM (r.points, r.reward_id, r.partner_id)
            OR coalesce(f.points, 0) <> CASE c.state WHEN 'CANCELLED' THEN c.points ELSE 0 END
        """,
    ),
    Check(
        "RE9",
        "Each claim with a code has one of its reward that nobody else has, and those left are the"
        " stock",
        """
        SELECT format('claim of member %s at place %s: its code is of reward %s, not of %s',
                      c.member_id, c.seq, k.reward_id, c.reward_id)
          FROM reward_claim c
          LEFT JOIN reward_code k ON k.member_id = c.member_id AND k.claim_seq = c.seq
         WHERE (k.id IS NOT NULL) <> (c.kind IN ('VOUCHER', 'GIFT_CARD'))
            OR k.reward_id <> c.reward_id
        UNION ALL
        SELECT format('reward %s: %s in stock, %s codes left', r.id, r.stock,
                      count(k.id) FILTER (WHERE k.member_id IS NULL))
          FROM reward r LEFT JOIN reward_code k ON k.reward_id = r.id
         WHERE r.kind IN ('VOUCHER', 'GIFT_CARD')
         GROUP BY r.id, r.stock
        HAVING r.stock <> count(k.id) FILTER (WHERE k.member_id IS NULL)
        """,
    ),
)
