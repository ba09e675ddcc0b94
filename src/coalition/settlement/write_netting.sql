-- Write the netting of a period: who pays and who is paid how much, in which currency, at which
-- rate, and the money that this moves (approve_period.as_json).
CREATE FUNCTION books.write_netting(
  p_period int, p_netting jsonb, p_client text, p_grant uuid, p_request uuid
) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_run bigint;
  v_position jsonb;
  v_id bigint;
BEGIN
  INSERT INTO settlement_run (period_id, kind, version, entries, hash, person, client_id,
                              request_id)
  VALUES (p_period, 'NETTING', 1, jsonb_array_length(p_netting -> 'positions'),
          decode(p_netting ->> 'hash', 'hex'), books.person(p_client, p_grant), p_client, p_request)
  RETURNING id INTO v_run;
  INSERT INTO held_line_netted (held_line_id, run_id)
  SELECT e.id::bigint, v_run FROM jsonb_array_elements_text(p_netting -> 'held_lines') AS e (id);
  FOR v_position IN SELECT * FROM jsonb_array_elements(p_netting -> 'positions') LOOP
    INSERT INTO net_position (run_id, period_id, partner_id, legal_entity_id, currency, net, vat,
                              amount, held, billed, settled_currency, settled, fx_rate_id)
    SELECT v_run, p_period, n.partner_id,
           (SELECT b.legal_entity_id FROM partner b WHERE b.id = n.partner_id), n.currency, n.net,
           n.vat, n.net + n.vat, n.held, n.billed, n.settled_currency, n.settled, n.fx_rate_id
      FROM jsonb_to_record(v_position) AS n (partner_id int, currency text, net bigint, vat bigint,
             held bigint, billed bigint, settled_currency text, settled bigint, fx_rate_id bigint)
    RETURNING id INTO v_id;
    INSERT INTO money_entry (period_id, partner_id, debit, credit, amount, currency, source_kind,
                             source_id)
    SELECT p_period, (v_position ->> 'partner_id')::int, m.debit, m.credit, m.amount, m.currency,
           'NETTING', v_id
      FROM jsonb_to_recordset(v_position -> 'postings') AS m (debit smallint, credit smallint,
             amount bigint, currency text);
  END LOOP;
END $$
