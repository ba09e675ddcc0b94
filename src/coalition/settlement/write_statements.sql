-- Write runs of a period: each with the statements of one legal entity, their lines and the money
-- that these move (close_period.as_json). Returns the ids of the statements.
CREATE FUNCTION books.write_statements(
  p_period int, p_issued_at timestamptz, p_runs jsonb, p_client text, p_grant uuid,
  p_request uuid, p_reason text
) RETURNS SETOF bigint
LANGUAGE plpgsql AS $$
DECLARE
  v_run jsonb;
  v_statement jsonb;
  v_run_id bigint;
  v_id bigint;
BEGIN
  FOR v_run IN SELECT * FROM jsonb_array_elements(p_runs) LOOP
    INSERT INTO settlement_run (period_id, kind, legal_entity_id, version, entries, up_to, hash,
                                person, client_id, request_id, reason)
    SELECT p_period, 'STATEMENTS', r.legal_entity_id, r.version, r.entries, r.up_to,
           decode(r.hash, 'hex'), books.person(p_client, p_grant), p_client, p_request, p_reason
      FROM jsonb_to_record(v_run) AS r (legal_entity_id int, version int, entries bigint,
             up_to timestamptz, hash text)
    RETURNING id INTO v_run_id;
    FOR v_statement IN SELECT * FROM jsonb_array_elements(v_run -> 'statements') LOOP
      INSERT INTO statement (period_id, partner_id, number, currency, issued, redeemed, fees,
                             breakage, adjusted, prepaid, net, vat_issued, vat_redeemed, taxes,
                             hash, issued_at, run_id, version, replaces)
      SELECT p_period, s.partner_id, s.number, s.currency, s.issued, s.redeemed, s.fees,
             s.breakage, s.adjusted, s.prepaid, s.net, s.vat_issued, s.vat_redeemed, s.taxes,
             decode(s.hash, 'hex'), p_issued_at, v_run_id, s.version, s.replaces
        FROM jsonb_to_record(v_statement) AS s (partner_id int, number text, currency text,
               issued bigint, redeemed bigint, fees bigint, breakage bigint, adjusted bigint,
               prepaid bigint, net bigint, vat_issued bigint, vat_redeemed bigint, taxes jsonb,
               hash text, version int, replaces bigint)
      RETURNING id INTO v_id;
      INSERT INTO statement_line (statement_id, line, partner_id, kind, description, points, price,
                                  share, amount, entries, agreement_id, original_period_id,
                                  promotion, redeemer_id, adjustment_id, entry_kind, entry_debit)
      SELECT v_id, l.line, (v_statement ->> 'partner_id')::int, l.kind, l.description, l.points,
             l.price, l.share, l.amount, l.entries, l.agreement_id, l.original_period_id,
             l.promotion, l.redeemer_id, l.adjustment_id, l.entry_kind, l.entry_debit
        FROM jsonb_to_recordset(v_statement -> 'lines') AS l (line int, kind text,
               description text, points bigint, price numeric, share numeric, amount bigint,
               entries int, agreement_id int, original_period_id int, promotion text,
               redeemer_id int, adjustment_id bigint, entry_kind smallint, entry_debit smallint);
      INSERT INTO money_entry (statement_id, line, period_id, partner_id, debit, credit, amount,
                               currency, source_kind)
      SELECT v_id, m.line, p_period, (v_statement ->> 'partner_id')::int, m.debit, m.credit,
             m.amount, v_statement ->> 'currency',
             CASE WHEN m.line IS NULL THEN 'VAT' ELSE 'LINE' END
        FROM jsonb_to_recordset(v_statement -> 'postings') AS m (line int, debit smallint,
               credit smallint, amount bigint);
      RETURN NEXT v_id;
    END LOOP;
  END LOOP;
END $$
