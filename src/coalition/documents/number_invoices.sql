-- Number the invoices of a final period, in the order of its statements: per statement what the
-- partner is billed and what the coalition bills itself for it, as invoice (380, 389) or, below
-- zero, as credit note (381, 261). A statement that was replaced had gone out: its invoice is
-- followed by the credit note that takes it back. Numbers have no gaps: they are given here only,
-- under a lock, in the transaction that makes the period final.
CREATE FUNCTION books.number_invoices(p_period int) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_statement statement%ROWTYPE;
  v_side text;
  v_invoice bigint;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('invoice numbers', 0));
  FOR v_statement IN SELECT * FROM statement s WHERE s.period_id = p_period ORDER BY s.id LOOP
    FOREACH v_side IN ARRAY ARRAY['ISSUANCE', 'REDEMPTION'] LOOP
      v_invoice := books.write_invoice(v_statement.id, v_side, NULL);
      IF v_invoice IS NOT NULL
         AND EXISTS (SELECT 1 FROM statement n WHERE n.replaces = v_statement.id) THEN
        PERFORM books.write_invoice(v_statement.id, v_side, v_invoice);
      END IF;
    END LOOP;
  END LOOP;
END $$
