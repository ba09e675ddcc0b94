-- Replace statements of a published period by corrected ones: their money is reversed entry by
-- entry, and the new ones are written beside them, with those that were missing. Nothing of the old
-- ones is changed. Allowed until the period is final; CHANGED when somebody else has replaced one of
-- them, or written one that was missing, meanwhile. What a
-- dispute or an adjustment has to say about one of them would be paid besides: DISPUTED while a
-- dispute is open, ADJUSTED while something was given for a line and not taken back; with the number
-- of the statement.
-- p_dry: everything but the rows.
CREATE FUNCTION verbs.correct_statements(
  p_period int, p_issued_at timestamptz, p_replaced bigint[], p_runs jsonb, p_reason text,
  p_dry boolean, p_client text, p_grant uuid, p_request uuid
) RETURNS TABLE (outcome text, moved boolean, number text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_outcome text;
BEGIN
  moved := false;
  SELECT p.state INTO outcome FROM period p WHERE p.id = p_period FOR UPDATE;
  IF outcome IN ('closed', 'disputed') THEN
    -- Whoever adjusts a line of one of them is done before this looks, or finds it replaced.
    PERFORM 1 FROM statement s WHERE s.id = ANY (p_replaced) ORDER BY s.id FOR NO KEY UPDATE;
    SELECT b.outcome, s.number INTO v_outcome, number
      FROM (SELECT 'CHANGED' AS outcome, n.replaces AS statement_id FROM statement n
             WHERE n.replaces = ANY (p_replaced)
            UNION ALL
            SELECT 'CHANGED', n.id FROM statement n
              JOIN jsonb_path_query(p_runs, '$[*].statements[*].number') AS w (number)
                ON w.number #>> '{}' = n.number
             WHERE n.period_id = p_period
            UNION ALL
            SELECT 'ADJUSTED', a.statement_id FROM adjustment a
             WHERE a.statement_id = ANY (p_replaced)
             GROUP BY a.statement_id, a.line HAVING sum(a.amount) <> 0
            UNION ALL
            SELECT 'DISPUTED', d.statement_id FROM dispute d
             WHERE d.statement_id = ANY (p_replaced) AND d.authorised IS NULL) b
      JOIN statement s ON s.id = b.statement_id
     ORDER BY array_position('{CHANGED,ADJUSTED,DISPUTED}', b.outcome), s.id LIMIT 1;
    IF FOUND THEN
      outcome := v_outcome;
    ELSIF NOT p_dry THEN
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
      PERFORM books.relieve_packs(p_period);
      moved := true;
    END IF;
  END IF;
  RETURN NEXT;
END $$
