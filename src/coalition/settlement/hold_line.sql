-- Leave a part of a published line out of what is paid, until it is released (books.release_line).
-- Only what the partner is asked to pay can be left out, and only before its period is netted.
CREATE FUNCTION books.hold_line(
  p_statement bigint, p_line int, p_amount bigint, p_source_kind text, p_source_id text
) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
  v_line record;
BEGIN
  SELECT s.period_id, s.partner_id, s.currency,
         CASE WHEN l.kind IN ('REDEMPTION', 'REDEMPTION_REVERSAL', 'BREAKAGE_SHARE', 'ADJUSTMENT',
                              'PREPAID') THEN -l.amount ELSE l.amount END AS asked
    INTO v_line
    FROM statement s JOIN statement_line l ON l.statement_id = s.id
   WHERE s.id = p_statement AND l.line = p_line;
  IF v_line.asked < p_amount OR NOT EXISTS (
      SELECT 1 FROM period p WHERE p.id = v_line.period_id AND p.state IN ('closed', 'disputed'))
  THEN
    RETURN false;
  END IF;
  INSERT INTO held_line (period_id, partner_id, statement_id, line, currency, amount, source_kind,
                         source_id)
  VALUES (v_line.period_id, v_line.partner_id, p_statement, p_line, v_line.currency, p_amount,
          p_source_kind, p_source_id);
  RETURN true;
END $$
