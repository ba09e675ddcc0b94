-- Share the cost of an entry among the issuers whose points it spent, and each issuer's part among
-- its lots: by the largest remainder, equal ones in the order of issuers and of lots
-- (ledger/shares.py). The parts sum exactly. The member is locked.
CREATE FUNCTION books.share_cost(p_member bigint, p_seq int, p_cost bigint) RETURNS void
LANGUAGE sql AS $$
  WITH used AS (
    SELECT u.lot_seq, u.period_id, u.issuer_id, u.points::numeric AS points,
           sum(u.points) OVER (PARTITION BY u.issuer_id) AS issuers, sum(u.points) OVER () AS whole
      FROM lot_use u WHERE u.member_id = p_member AND u.seq = p_seq
  ), of_issuers AS (
    SELECT issuer_id, div(p_cost * issuers, whole) AS floor,
           row_number() OVER (ORDER BY mod(p_cost * issuers, whole) DESC, issuer_id)
             <= p_cost - sum(div(p_cost * issuers, whole)) OVER () AS is_more
      FROM (SELECT DISTINCT issuer_id, issuers, whole FROM used) i
  ), of_lots AS (
    SELECT u.lot_seq, u.period_id, u.issuer_id, i.cost, div(i.cost * u.points, u.issuers) AS floor,
           row_number() OVER (PARTITION BY u.issuer_id
             ORDER BY mod(i.cost * u.points, u.issuers) DESC, u.lot_seq) AS place,
           sum(div(i.cost * u.points, u.issuers)) OVER (PARTITION BY u.issuer_id) AS floors
      FROM used u
      JOIN (SELECT issuer_id, floor + is_more::int AS cost FROM of_issuers) i
        ON i.issuer_id = u.issuer_id
  )
  INSERT INTO cost_share (member_id, seq, lot_seq, period_id, issuer_id, cost)
  SELECT p_member, p_seq, lot_seq, period_id, issuer_id, floor + (place <= cost - floors)::int
    FROM of_lots
$$
