-- Bring PREPAID of the brands that have packs to what is left of these, at their own prices, out of
-- the pool or into it. Lines move the points of packs at the issue price and for the share that is
-- paid at issuance; this is the rest, and a pack that is used up leaves nothing. What is left of a
-- pack is rounded down. Ask in the transaction that calculates, behind its statements.
CREATE FUNCTION books.relieve_packs(p_period int) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  -- Two periods at once: the second one sees what the first has moved.
  PERFORM pg_advisory_xact_lock(1, 4);
  WITH billed AS (
    SELECT k.partner_id, k.points, k.amount,
           sum(k.points) OVER (PARTITION BY k.partner_id ORDER BY k.bought_on, k.id)
             - k.points AS before
      FROM prepaid_pack k
      JOIN pack_billed b ON b.pack_id = k.id
      JOIN period p ON p.id = b.period_id
     WHERE p.state NOT IN ('open', 'closing', 'reconciling')
       AND k.partner_id IN (SELECT s.partner_id FROM statement s WHERE s.period_id = p_period)
  ), used AS (
    -- All that was used, less what periods hold that are not calculated: history is not read.
    SELECT a.partner_id, a.granted - (
             SELECT sum(t.units) FROM allowance_part t
              WHERE t.partner_id = a.partner_id AND t.kind = 1) - coalesce((
             SELECT sum(u.points) FROM period p JOIN allowance_use u ON u.period_id = p.id
              WHERE p.state IN ('open', 'closing', 'reconciling') AND u.kind = 1
                AND u.partner_id = a.partner_id), 0) AS points
      FROM allowance a WHERE a.kind = 1
  ), moved AS (
    SELECT b.partner_id, (
             SELECT coalesce(sum(CASE WHEN m.credit = 680 THEN m.amount ELSE -m.amount END), 0)
               FROM money_entry m
              WHERE m.partner_id = b.partner_id AND 680 IN (m.debit, m.credit))
             - sum(div(b.amount * (b.points - least(b.points,
                                   greatest(0, u.points - b.before))), b.points)) AS minor
      FROM billed b JOIN used u USING (partner_id) GROUP BY b.partner_id
  )
  INSERT INTO money_entry (period_id, partner_id, debit, credit, amount, currency, source_kind,
                           source_id)
  SELECT p_period, m.partner_id, CASE WHEN m.minor > 0 THEN 680 ELSE 620 END,
         CASE WHEN m.minor > 0 THEN 620 ELSE 680 END, abs(m.minor)::bigint, b.currency, 'PACKS',
         p_period
    FROM moved m JOIN partner b ON b.id = m.partner_id
   WHERE m.minor <> 0 ORDER BY m.partner_id;
END $$
