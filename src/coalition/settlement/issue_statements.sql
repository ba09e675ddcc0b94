-- Write the statements of a closing period, their lines and the money entries they post, and
-- close it, all at once. Whoever comes second finds it closed and writes nothing.
CREATE FUNCTION verbs.issue_statements(
  p_period int, p_issued_at timestamptz, p_statements jsonb, p_client text, p_request uuid
)
RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_statement jsonb;
  v_id bigint;
BEGIN
  PERFORM 1 FROM period p WHERE p.id = p_period AND p.state = 'closing' FOR UPDATE;
  IF NOT FOUND THEN
    outcome := 'ALREADY_CLOSED';
    RETURN NEXT;
    RETURN;
  END IF;
  FOR v_statement IN SELECT * FROM jsonb_array_elements(p_statements) LOOP
    INSERT INTO statement (period_id, partner_id, number, currency, issued, redeemed, net, hash,
                           issued_at)
    SELECT p_period, s.partner_id, s.number, s.currency, s.issued, s.redeemed, s.net,
           decode(s.hash, 'hex'), p_issued_at
      FROM jsonb_to_record(v_statement) AS s (partner_id int, number text, currency text,
             issued bigint, redeemed bigint, net bigint, hash text)
    RETURNING id INTO v_id;
    INSERT INTO statement_line (statement_id, line, partner_id, kind, description, points, price,
                                amount, entries)
    SELECT v_id, l.line, (v_statement ->> 'partner_id')::int, l.kind, l.description, l.points,
           l.price, l.amount, l.entries
      FROM jsonb_to_recordset(v_statement -> 'lines') AS l (line int, kind text,
             description text, points bigint, price numeric, amount bigint, entries int);
    INSERT INTO event (kind, partner_id, statement_id, client_id, request_id)
    VALUES (11, (v_statement ->> 'partner_id')::int, v_id, p_client, p_request);
    INSERT INTO money_entry (statement_id, line, period_id, partner_id, debit, credit, amount,
                             currency)
    SELECT v_id, m.line, p_period, (v_statement ->> 'partner_id')::int, m.debit, m.credit,
           m.amount, v_statement ->> 'currency'
      FROM jsonb_to_recordset(v_statement -> 'postings') AS m (line int, debit smallint,
             credit smallint, amount bigint);
  END LOOP;
  UPDATE period p SET state = 'closed' WHERE p.id = p_period;
  outcome := 'CLOSED';
  RETURN NEXT;
END $$
