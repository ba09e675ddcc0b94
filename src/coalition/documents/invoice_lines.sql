-- The lines of a statement that a side's invoice has, each with its amount as that invoice counts
-- it. Before packs were billed they were money paid ahead, no supply: such lines are on neither.
CREATE FUNCTION books.invoice_lines(p_statement bigint, p_side text)
RETURNS TABLE (line int, description text, points bigint, price numeric, share numeric,
               amount bigint)
LANGUAGE sql STABLE AS $$
  SELECT l.line, l.description, l.points, l.price, l.share,
         CASE WHEN l.kind = 'BREAKAGE_SHARE' OR (l.kind = 'ADJUSTMENT' AND p_side = 'ISSUANCE')
              THEN -l.amount ELSE l.amount END
    FROM coalition.statement_line l
    LEFT JOIN coalition.adjustment a ON a.id = l.adjustment_id
   WHERE l.statement_id = p_statement AND l.kind <> 'PREPAID'
     AND p_side = CASE WHEN l.kind IN ('REDEMPTION', 'REDEMPTION_REVERSAL') THEN 'REDEMPTION'
                       WHEN l.kind = 'ADJUSTMENT' THEN a.corrects ELSE 'ISSUANCE' END
   ORDER BY l.line
$$
