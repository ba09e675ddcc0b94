-- One person approves a published period; with as many as the programme asks for, none of whom
-- published it, it is final: its netting is written with the money that it moves
-- (approve_period.as_json) and its invoices are numbered. The same person twice is still one, and
-- an approval counts for the statements and held lines that it was given to, for no others.
CREATE FUNCTION verbs.approve_period(
  p_period int, p_needed int, p_netting jsonb, p_client text, p_grant uuid, p_request uuid
) RETURNS TABLE (outcome text, moved boolean, approvals int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_person text := books.person(p_client, p_grant);
  v_figures bytea;
BEGIN
  moved := false;
  SELECT p.state INTO outcome FROM period p WHERE p.id = p_period FOR UPDATE;
  IF outcome IN ('closed', 'disputed') THEN
    IF v_person = (SELECT s.person FROM period_step s
                    WHERE s.period_id = p_period AND s.state = 'closed' ORDER BY s.id LIMIT 1) THEN
      outcome := 'SAME_PERSON';
    ELSIF EXISTS (SELECT 1 FROM books.open_gates(p_period, 'final')) THEN
      outcome := 'GATED';
    -- The positions were worked out before this lock: they must be those of what stands now.
    ELSIF EXISTS (
        SELECT 1 FROM (SELECT s.partner_id, s.currency, s.net FROM statement s
                        WHERE s.period_id = p_period
                          AND NOT EXISTS (SELECT 1 FROM statement n WHERE n.replaces = s.id)) s
          FULL JOIN (SELECT n.partner_id, n.currency, n.net
                       FROM jsonb_to_recordset(p_netting -> 'positions')
                            AS n (partner_id int, currency text, net bigint)
                      WHERE n.partner_id IS NOT NULL) n
            ON n.partner_id = s.partner_id AND n.currency = s.currency
         WHERE n.net IS DISTINCT FROM s.net)
      OR ARRAY(SELECT h.id FROM verbs.held_lines(p_period) h ORDER BY h.id) IS DISTINCT FROM
         ARRAY(SELECT (e.id)::bigint FROM jsonb_array_elements_text(p_netting -> 'held_lines')
                 AS e (id) ORDER BY 1) THEN
      outcome := 'CHANGED';
    ELSE
      v_figures := sha256(convert_to(concat_ws(' ',
        (SELECT string_agg(s.id || ':' || s.hash, ',' ORDER BY s.id) FROM statement s
          WHERE s.period_id = p_period
            AND NOT EXISTS (SELECT 1 FROM statement n WHERE n.replaces = s.id)),
        (SELECT string_agg(h.id::text, ',' ORDER BY h.id) FROM verbs.held_lines(p_period) h)),
        'UTF8'));
      INSERT INTO period_approval (period_id, person, figures, client_id, request_id)
      VALUES (p_period, v_person, v_figures, p_client, p_request) ON CONFLICT DO NOTHING;
      SELECT count(*) INTO approvals FROM period_approval a
       WHERE a.period_id = p_period AND a.figures = v_figures;
      IF approvals >= p_needed THEN
        PERFORM books.write_netting(p_period, p_netting, p_client, p_grant, p_request);
        PERFORM books.number_invoices(p_period);
        PERFORM books.step_period(p_period, '{closed,disputed}', 'final', p_client, p_grant,
          p_request, NULL);
        outcome := 'final';
        moved := true;
      END IF;
    END IF;
  END IF;
  IF approvals IS NULL THEN
    SELECT count(DISTINCT a.person) INTO approvals FROM period_approval a
     WHERE a.period_id = p_period;
  END IF;
  RETURN NEXT;
END $$
