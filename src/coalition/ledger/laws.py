"""The laws of the points book: each is one query that finds the rows which break it. They are the
invariants of the field by their usual numbers (docs/books.md lists them), and are checked by
checks.py.
"""

from coalition.ledger.allowances import ALLOWANCES_ADD_UP
from coalition.ledger.chain import CHAIN_HOLDS
from coalition.ledger.law import Check

CHECKS: tuple[Check, ...] = (
    CHAIN_HOLDS,
    ALLOWANCES_ADD_UP,
    Check(
        "I1",
        "Every entry moves one positive amount between two accounts, and its lots sum to it",
        """
        SELECT format('entry of member %s at place %s: %s points, lots %s', e.member_id, e.seq,
                      e.points, u.points)
          FROM entry e LEFT JOIN (
            SELECT member_id, seq, debit, credit, sum(points) AS points FROM lot_use
             GROUP BY member_id, seq, debit, credit) u
            ON u.member_id = e.member_id AND u.seq = e.seq AND u.debit = e.debit
           AND u.credit = e.credit
         WHERE e.points <= 0 OR e.debit = e.credit
            OR ((e.kind NOT IN (1, 2, 9, 11) OR (e.kind = 2 AND e.debit = 20))
                AND e.points IS DISTINCT FROM u.points)
        UNION ALL
        SELECT format('entry of member %s at place %s: costs %s, its lots %s',
                      coalesce(e.member_id, c.member_id), coalesce(e.seq, c.seq), e.cost, c.cost)
          FROM (SELECT member_id, seq, cost FROM entry WHERE cost IS NOT NULL) e
          FULL JOIN (SELECT member_id, seq, sum(cost) AS cost FROM cost_share GROUP BY 1, 2) c
            ON c.member_id = e.member_id AND c.seq = e.seq
         WHERE e.cost IS DISTINCT FROM c.cost
        """,
    ),
    Check(
        "I2",
        "What each member has, holds and owes is what its entries say",
        """
        SELECT format('balance of member %s: points %s, held %s, owed %s; entries say %s, %s, %s',
                      b.member_id, b.points, b.held, b.owed, e.points, e.held, e.owed)
          FROM balance b LEFT JOIN (
            SELECT member_id,
                   sum(CASE 20 WHEN credit THEN points WHEN debit THEN -points ELSE 0 END)
                     AS points,
                   sum(CASE 21 WHEN credit THEN points WHEN debit THEN -points ELSE 0 END)
                     AS held,
                   sum(CASE 22 WHEN debit THEN points WHEN credit THEN -points ELSE 0 END)
                     AS owed
              FROM entry GROUP BY member_id) e ON e.member_id = b.member_id
         WHERE (b.points, b.held, b.owed)
               <> (coalesce(e.points, 0), coalesce(e.held, 0), coalesce(e.owed, 0))
        UNION ALL
        SELECT format('balance of member %s: its last place is %s, the last one used is %s',
                      b.member_id, b.seq, coalesce(l.seq, 0))
          FROM balance b LEFT JOIN (
            SELECT member_id, max(seq) AS seq FROM (
              SELECT member_id, seq FROM entry
              -- A return that takes nothing back has a place and no entry.
              UNION ALL SELECT member_id, seq FROM award_reversal) places
             GROUP BY member_id) l ON l.member_id = b.member_id
         WHERE b.seq <> coalesce(l.seq, 0)
        UNION ALL
        SELECT format('entry of member %s at place %s: the member has no balance', e.member_id,
                      e.seq)
          FROM entry e WHERE NOT EXISTS (
            SELECT 1 FROM balance b WHERE b.member_id = e.member_id)
        """,
    ),
    Check(
        "I3",
        "What is left and held of each lot is what was issued less what was taken",
        """
        SELECT format('lot of member %s at place %s: %s left, %s held; its uses say %s, %s',
                      l.member_id, l.seq, l.remaining, l.held, l.points + coalesce(u.points, 0),
                      coalesce(u.held, 0))
          FROM lot l LEFT JOIN (
            SELECT member_id, lot_seq,
                   sum(CASE 20 WHEN credit THEN points WHEN debit THEN -points ELSE 0 END)
                     AS points,
                   sum(CASE 21 WHEN credit THEN points WHEN debit THEN -points ELSE 0 END)
                     AS held
              FROM lot_use GROUP BY member_id, lot_seq) u
            ON u.member_id = l.member_id AND u.lot_seq = l.seq
         WHERE l.remaining <> l.points + coalesce(u.points, 0) OR l.held <> coalesce(u.held, 0)
            OR l.remaining < 0 OR l.held < 0
        UNION ALL
        SELECT format('lot of member %s at place %s: open until %s, which no refund into it says',
                      l.member_id, l.seq, l.expires_on)
          FROM lot l
         WHERE l.extended_from IS NOT NULL AND NOT EXISTS (
           SELECT 1 FROM lot_use u JOIN refund r ON r.member_id = u.member_id AND r.seq = u.seq
            WHERE u.member_id = l.member_id AND u.lot_seq = l.seq
              AND r.extends_to = l.expires_on)
           -- It was refunded into the lot that these points had gone to.
           AND NOT EXISTS (
           SELECT 1 FROM lot_use u
             JOIN passage p ON p.from_member_id = u.member_id AND p.from_seq = u.seq
             JOIN lot_use b ON b.member_id = p.to_member_id AND b.lot_seq = p.to_seq
             JOIN refund r ON r.member_id = b.member_id AND r.seq = b.seq
            WHERE u.member_id = l.member_id AND u.lot_seq = l.seq AND p.household_id IS NOT NULL
              AND r.extends_to = l.expires_on)
        """,
    ),
    Check(
        "I6",
        "Points by issuer and by redeemer sum to the points redeemed",
        """
        SELECT format('period %s, partner %s: %s redeemed, %s in lots', coalesce(e.period_id,
                      u.period_id), coalesce(e.partner_id, u.partner_id), e.points, u.points)
          FROM (SELECT period_id, partner_id,
                       sum(CASE WHEN credit = 30 THEN points ELSE -points END) AS points
                  FROM entry WHERE credit = 30 OR debit = 30 GROUP BY 1, 2) e
          FULL JOIN (SELECT period_id, partner_id,
                       sum(CASE WHEN credit = 30 THEN points ELSE -points END) AS points
                  FROM lot_use WHERE credit = 30 OR debit = 30 GROUP BY 1, 2) u
            ON u.period_id = e.period_id AND u.partner_id = e.partner_id
         WHERE e.points IS DISTINCT FROM u.points
        UNION ALL
        SELECT format('use of lot %s of member %s at place %s: issuer %s, the lot says %s',
                      u.lot_seq, u.member_id, u.seq, u.issuer_id, l.issuer_id)
          FROM lot_use u LEFT JOIN lot l ON l.member_id = u.member_id AND l.seq = u.lot_seq
         WHERE u.issuer_id IS DISTINCT FROM l.issuer_id
        """,
    ),
    Check(
        "I8",
        "Each award is funded in full: its entry, its lot and its issuer agree",
        """
        SELECT format('award of member %s at place %s: %s points by partner %s; entry %s by %s,'
                      ' lot %s by %s', a.member_id, a.seq, a.points, a.partner_id, e.points,
                      e.partner_id, l.points, l.issuer_id)
          FROM award a
          LEFT JOIN entry e ON e.member_id = a.member_id AND e.seq = a.seq AND e.kind = 1
          LEFT JOIN lot l ON l.member_id = a.member_id AND l.seq = a.seq
         WHERE a.promotion_id IS NULL AND (
               (a.points, a.partner_id, a.agreement_id, NULL::int)
               IS DISTINCT FROM (e.points, e.partner_id, e.agreement_id, e.promotion_id)
            OR (a.points, a.partner_id, a.agreement_id)
               IS DISTINCT FROM (l.points, l.issuer_id, l.agreement_id))
        UNION ALL
        SELECT format('lot of member %s at place %s: no entry made it', l.member_id, l.seq)
          FROM lot l WHERE NOT EXISTS (
            SELECT 1 FROM entry e
             WHERE e.member_id = l.member_id AND e.seq = l.seq AND e.kind IN (1, 9, 11))
        UNION ALL
        SELECT format('award of member %s at place %s: its times are not those of its entry and'
                      ' its lot', a.member_id, a.seq)
          FROM award a
          LEFT JOIN entry e ON e.member_id = a.member_id AND e.seq = a.seq AND e.kind = 1
          LEFT JOIN lot l ON l.member_id = a.member_id AND l.seq = a.seq
         WHERE (a.purchased_at, a.recorded_at, a.expires_on) IS DISTINCT FROM
               (e.occurred_at, e.recorded_at, coalesce(l.extended_from, l.expires_on))
        UNION ALL
        SELECT format('award of member %s at place %s: %s points, its funders gave %s', a.member_id,
                      a.seq, a.points, s.points)
          FROM award a
          LEFT JOIN (SELECT member_id, award_seq, sum(points) AS points FROM award_share
                      WHERE points > 0 GROUP BY 1, 2) s
            ON s.member_id = a.member_id AND s.award_seq = a.seq
         WHERE a.points IS DISTINCT FROM coalesce(s.points, CASE WHEN a.promotion_id IS NULL
                                                                 THEN a.points END)
        UNION ALL
        SELECT format('share of partner %s in the award of member %s at place %s: %s points;'
                      ' entry %s by %s, lot %s by %s', s.partner_id, s.member_id, s.award_seq,
                      s.points, e.points, e.partner_id, l.points, l.issuer_id)
          FROM award_share s
          LEFT JOIN award a ON a.member_id = s.member_id AND a.seq = s.award_seq
          LEFT JOIN entry e ON e.member_id = s.member_id AND e.seq = s.entry_seq AND e.kind = 1
          LEFT JOIN lot l ON l.member_id = s.member_id AND l.seq = s.entry_seq
         WHERE s.points > 0 AND (
               (s.points, s.partner_id, s.agreement_id, a.promotion_id)
               IS DISTINCT FROM (e.points, e.partner_id, e.agreement_id, e.promotion_id)
            OR (s.points, s.partner_id, s.agreement_id)
               IS DISTINCT FROM (l.points, l.issuer_id, l.agreement_id))
        UNION ALL
        SELECT format('share of partner %s in the award of member %s at place %s: the act at place'
                      ' %s is not one of that award', s.partner_id, s.member_id, s.award_seq,
                      s.act_seq)
          FROM award_share s
          LEFT JOIN award a ON a.member_id = s.member_id AND a.seq = s.award_seq
          LEFT JOIN award_reversal r ON r.member_id = s.member_id AND r.seq = s.act_seq
           AND r.award_seq = s.award_seq
         WHERE s.awarded_by IS DISTINCT FROM a.partner_id
            OR (s.points > 0) <> (s.act_seq = s.award_seq) OR (s.points < 0 AND r.seq IS NULL)
        """,
    ),
    Check(
        "I9",
        "Nothing is taken back beyond what was given, and at the price it was given at",
        """
        SELECT format('award of member %s at place %s: %s points, %s reversed', a.member_id, a.seq,
                      a.points, r.points)
          FROM award a JOIN (
            SELECT member_id, award_seq, sum(points) AS points, sum(returned) AS returned
              FROM award_reversal GROUP BY 1, 2) r
            ON r.member_id = a.member_id AND r.award_seq = a.seq
         WHERE r.points > a.points OR r.returned > a.amount
        UNION ALL
        SELECT format('redemption of member %s at place %s: %s points, %s refunded', d.member_id,
                      d.seq, d.points, f.points)
          FROM redemption d JOIN (
            SELECT member_id, redemption_seq, sum(points) AS points FROM refund GROUP BY 1, 2) f
            ON f.member_id = d.member_id AND f.redemption_seq = d.seq
         WHERE f.points > d.points
        UNION ALL
        SELECT format('entry of member %s at place %s: not at the price of what it corrects',
                      e.member_id, e.seq)
          FROM entry e
          LEFT JOIN entry o ON o.member_id = e.member_id AND o.seq = e.reverses
         WHERE e.reverses IS NOT NULL
           AND ((e.agreement_id, e.partner_id) IS DISTINCT FROM (o.agreement_id, o.partner_id)
                OR (e.kind IN (2, 7) AND (e.promotion_id, e.reverses_period_id)
                    IS DISTINCT FROM (o.promotion_id, o.period_id))
                OR (e.kind = 7 AND e.cost IS DISTINCT FROM o.cost))
        UNION ALL
        SELECT format('award of member %s at place %s: partner %s has had %s points too many taken'
                      ' back', member_id, award_seq, partner_id, -sum(points))
          FROM award_share GROUP BY member_id, award_seq, partner_id HAVING sum(points) < 0
        """,
    ),
    Check(
        "I10",
        "Nothing was added to a closed period, and every entry carries its partner's terms",
        """
        SELECT format('entry of member %s at place %s: recorded after period %s closed',
                      e.member_id, e.seq, p.label)
          FROM entry e JOIN period p ON p.id = e.period_id
         WHERE e.recorded_at > p.closed_at OR e.occurred_at >= p.ends_at
        UNION ALL
        SELECT format('entry of member %s at place %s: period %s is not one of partner %s',
                      e.member_id, e.seq, p.label, e.partner_id)
          FROM entry e JOIN period p ON p.id = e.period_id JOIN partner b ON b.id = e.partner_id
         WHERE p.calendar <> b.calendar
        UNION ALL
        SELECT format('use of lot %s of member %s at place %s: period %s was not an open one of'
                      ' issuer %s', u.lot_seq, u.member_id, u.seq, u.issuer_period_id, u.issuer_id)
          FROM lot_use u
          LEFT JOIN partner b ON b.id = u.issuer_id
          LEFT JOIN period p ON p.id = u.issuer_period_id AND p.calendar = b.calendar
          LEFT JOIN entry e ON e.member_id = u.member_id AND e.seq = u.seq
         WHERE p.id IS NULL OR e.recorded_at > p.closed_at OR e.occurred_at >= p.ends_at
        UNION ALL
        SELECT format('use of lot %s of member %s at place %s: by partner %s in period %s, for the'
                      ' issuer in period %s; its entry says %s in period %s', u.lot_seq,
                      u.member_id, u.seq, u.partner_id, u.period_id, u.issuer_period_id,
                      e.partner_id, e.period_id)
          FROM lot_use u
          JOIN entry e ON e.member_id = u.member_id AND e.seq = u.seq
          JOIN partner i ON i.id = u.issuer_id
          JOIN partner b ON b.id = e.partner_id
          -- The issuer's own period of that time, where it was still open. One that was opened
          -- behind the one that was taken may not have been there yet.
          LEFT JOIN period o ON o.calendar = i.calendar AND o.starts_at <= e.occurred_at
           AND o.ends_at > e.occurred_at AND (o.closed_at IS NULL OR o.closed_at >= e.recorded_at)
         WHERE (u.partner_id, u.period_id) <> (e.partner_id, e.period_id)
            OR (i.calendar = b.calendar AND u.issuer_period_id <> e.period_id)
            OR u.issuer_period_id > o.id
        UNION ALL
        SELECT format('redemption of member %s at place %s: agreement %s, its entry says %s',
                      r.member_id, r.seq, r.agreement_id, e.agreement_id)
          FROM redemption r
          JOIN entry e ON e.member_id = r.member_id AND e.seq = r.seq AND e.kind = 6
         WHERE r.agreement_id <> e.agreement_id
        UNION ALL
        SELECT format('entry of member %s at place %s: agreement %s is not one of partner %s',
                      e.member_id, e.seq, e.agreement_id, e.partner_id)
          FROM entry e LEFT JOIN agreement a
            ON a.id = e.agreement_id AND a.partner_id = e.partner_id
         WHERE a.id IS NULL
        """,
    ),
    Check(
        "I11",
        "A hold ends once, and what is held is what open holds hold",
        """
        SELECT format('hold of member %s at place %s: %s, %s points; %s entered, %s captured,'
                      ' %s released', h.member_id, h.seq, h.state, h.points, e.points, c.points,
                      r.points)
          FROM hold h
          LEFT JOIN entry e ON e.member_id = h.member_id AND e.seq = h.seq AND e.kind = 4
          LEFT JOIN (SELECT member_id, hold_seq, sum(points) AS points, count(*) AS times
                       FROM redemption WHERE hold_seq IS NOT NULL GROUP BY 1, 2) c
            ON c.member_id = h.member_id AND c.hold_seq = h.seq
          LEFT JOIN (SELECT member_id, reverses, sum(points) AS points FROM entry
                      WHERE kind = 5 GROUP BY 1, 2) r
            ON r.member_id = h.member_id AND r.reverses = h.seq
         WHERE h.points IS DISTINCT FROM e.points
            OR (h.state = 'held') <> (c.points IS NULL AND r.points IS NULL)
            OR (h.state = 'captured') <> (coalesce(c.times, 0) = 1)
            OR (h.state <> 'held' AND h.points <> coalesce(c.points, 0) + coalesce(r.points, 0))
        UNION ALL
        SELECT format('balance of member %s: %s held, open holds %s', b.member_id, b.held, h.points)
          FROM balance b LEFT JOIN (
            SELECT member_id, sum(points) AS points FROM hold WHERE state = 'held' GROUP BY 1) h
            ON h.member_id = b.member_id
         WHERE b.held <> coalesce(h.points, 0)
        """,
    ),
    Check(
        "I12",
        "Every request that was accepted stands in the book once, and nothing stands there twice",
        """
        SELECT format('%s of member %s at place %s: %s entries that say the same', k.what,
                      k.member_id, k.seq, count(e.seq))
          FROM (
            SELECT 'award' AS what, member_id, seq, 1 AS kind, points, partner_id FROM award
            UNION ALL SELECT 'hold', member_id, seq, 4, points, partner_id FROM hold
            UNION ALL SELECT 'redemption', member_id, seq, 6, points, partner_id FROM redemption
            UNION ALL SELECT 'refund', member_id, seq, 7, points, partner_id FROM refund) k
          LEFT JOIN entry e ON e.member_id = k.member_id AND e.seq = k.seq AND e.kind = k.kind
           AND (e.kind = 1 OR (e.points, e.partner_id) = (k.points, k.partner_id))
         GROUP BY k.what, k.member_id, k.seq HAVING count(e.seq) <> 1
        UNION ALL
        SELECT format('entry of member %s at place %s: nobody asked for it', e.member_id, e.seq)
          FROM entry e
         WHERE (e.kind = 1 AND NOT EXISTS (SELECT 1 FROM award k
                 WHERE k.member_id = e.member_id AND k.seq = e.seq)
                AND NOT EXISTS (SELECT 1 FROM award_share k
                 WHERE k.member_id = e.member_id AND k.entry_seq = e.seq))
            OR (e.kind = 4 AND NOT EXISTS (SELECT 1 FROM hold k
                 WHERE k.member_id = e.member_id AND k.seq = e.seq))
            OR (e.kind = 6 AND NOT EXISTS (SELECT 1 FROM redemption k
                 WHERE k.member_id = e.member_id AND k.seq = e.seq))
            OR (e.kind = 7 AND NOT EXISTS (SELECT 1 FROM refund k
                 WHERE k.member_id = e.member_id AND k.seq = e.seq))
        UNION ALL
        SELECT format('award of member %s at place %s: %s points reversed, %s in entries',
                      coalesce(r.member_id, e.member_id), coalesce(r.award_seq, e.reverses),
                      r.points, e.points)
          FROM (SELECT member_id, award_seq, sum(points) AS points FROM award_reversal
                 WHERE points > 0 GROUP BY 1, 2) r
          FULL JOIN (SELECT x.member_id, coalesce(s.award_seq, x.reverses) AS reverses,
                            sum(x.points) AS points
                       FROM entry x LEFT JOIN award_share s
                         ON s.member_id = x.member_id AND s.entry_seq = x.reverses AND s.points > 0
                      WHERE x.kind = 2 GROUP BY 1, 2) e
            ON e.member_id = r.member_id AND e.reverses = r.award_seq
         WHERE r.points IS DISTINCT FROM e.points
        UNION ALL
        SELECT format('member %s: %s entries stand at place %s', member_id, count(*), seq)
          FROM entry GROUP BY member_id, seq HAVING count(*) > 1
        """,
    ),
    Check(
        "I17",
        "What a member is shown is what its lots hold at the same instant",
        """
        SELECT format('balance of member %s: points %s, held %s; lots hold %s, %s', b.member_id,
                      b.points, b.held, l.remaining, l.held)
          FROM balance b LEFT JOIN (
            SELECT member_id, sum(remaining) AS remaining, sum(held) AS held
              FROM lot GROUP BY member_id) l ON l.member_id = b.member_id
         WHERE (b.points, b.held) <> (coalesce(l.remaining, 0), coalesce(l.held, 0))
        """,
    ),
    Check(
        "NW5",
        "What was posted was told of, and nothing was told of that was not posted",
        """
        WITH posted (kind, member_id, seq, recorded_at) AS (
          SELECT 1, member_id, seq, recorded_at FROM award
          UNION ALL SELECT 2, member_id, seq, recorded_at FROM award_reversal
          UNION ALL SELECT 3, member_id, seq, recorded_at FROM hold
          UNION ALL SELECT 4, member_id, seq, resolved_at FROM hold WHERE state = 'released'
          UNION ALL SELECT 5, member_id, seq, resolved_at FROM hold WHERE state = 'expired'
          UNION ALL SELECT 6, member_id, seq, recorded_at FROM redemption
          UNION ALL SELECT 7, member_id, seq, recorded_at FROM refund
          UNION ALL SELECT 13, member_id, seq, recorded_at FROM redemption
                     WHERE reward_id IS NOT NULL
          UNION ALL SELECT 8, member_id, seq, recorded_at FROM entry WHERE kind = 8
          UNION ALL SELECT 12, member_id, seq, recorded_at FROM entry WHERE kind = 9
          UNION ALL SELECT kind + 50, member_id, seq, recorded_at FROM entry
                     WHERE kind IN (10, 11, 12)
        ), told AS (
          SELECT kind, member_id, seq, count(*) AS events FROM event
           WHERE kind BETWEEN 1 AND 8 OR kind IN (12, 13, 60, 61, 62)
           GROUP BY kind, member_id, seq
        )
        SELECT format('kind %s of member %s at place %s: %s events, %s postings',
                      coalesce(p.kind, t.kind), coalesce(p.member_id, t.member_id),
                      coalesce(p.seq, t.seq), coalesce(t.events, 0), count(p.kind))
          FROM posted p FULL JOIN told t
            ON t.kind = p.kind AND t.member_id = p.member_id AND t.seq = p.seq
         -- What was posted before there were events was told of to nobody.
         WHERE t.kind IS NOT NULL OR p.recorded_at > (SELECT min(recorded_at) FROM event)
         GROUP BY t.events, p.kind, t.kind, p.member_id, t.member_id, p.seq, t.seq
        HAVING count(p.kind) <> coalesce(t.events, 0)
        """,
    ),
)
