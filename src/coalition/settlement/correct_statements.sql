-- Replace statements of a published period by corrected ones: their money is reversed entry by
-- entry, and the new ones are written beside them. Nothing of the old ones is changed. Allowed
-- until the period is final; CHANGED when somebody else has replaced one of them meanwhile.
CREATE FUNCTION verbs.correct_statements(
  p_period int, p_issued_at timestamptz, p_replaced bigint[], p_runs jsonb, p_reason text,
  p_client text, p_grant uuid, p_request uuid
) RETURNS TABLE (outcome text, moved boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
BEGIN
  moved := false;
  SELECT p.state INTO outcome FROM period p WHERE p.id = p_period FOR UPDATE;
  IF outcome IN ('closed', 'disputed') THEN
    IF EXISTS (SELECT 1 FROM statement n WHERE n.replaces = ANY (p_replaced)) THEN
      outcome := 'CHANGED';
    ELSE
      -- A period that was calculated before there were heads gets its own now.
      PERFORM books.keep_period_head(p_period);
      INSERT INTO money_entry (statement_id, line, period_id, partner_id, debit, credit, amount,
                               currency, source_kind, source_id, reverses)
      SELECT m.statement_id, m.line, m.period_id, m.partner_id, m.credit, m.debit, m.amount,
             m.currency, m.source_kind, m.source_id, m.id
        FROM money_entry m WHERE m.statement_id = ANY (p_replaced) AND m.reverses IS NULL
       ORDER BY m.id;
      INSERT INTO event (kind, partner_id, statement_id, client_id, request_id)
      SELECT 11, s.partner_id, s.id, p_client, p_request
        FROM books.write_statements(p_period, p_issued_at, p_runs, p_client, p_grant, p_request,
               p_reason) AS w (id)
        JOIN statement s ON s.id = w.id ORDER BY s.id;
      moved := true;
    END IF;
  END IF;
  RETURN NEXT;
END $$
