-- Write what was found and let go of the rows that it is about, at once: killed in between, the
-- comparison goes on with what is left. Two processes at one file: who comes second with a row
-- writes nothing and is told so (OTHERS).
CREATE FUNCTION verbs.write_reconciliation_items(
  p_file bigint, p_partner int, p_items jsonb, p_used bigint[], p_now timestamptz
) RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_file reconciliation_file;
BEGIN
  SELECT * INTO v_file FROM reconciliation_file f
   WHERE f.id = p_file AND f.partner_id = p_partner FOR NO KEY UPDATE;
  IF v_file.state <> 'COMPARING' OR cardinality(p_used) <> (
       SELECT count(*) FROM reconciliation_rest r WHERE r.file_id = p_file AND r.id = ANY (p_used))
  THEN
    outcome := 'OTHERS';
    RETURN NEXT;
    RETURN;
  END IF;
  outcome := 'WRITTEN';
  DELETE FROM reconciliation_rest r WHERE r.file_id = p_file AND r.id = ANY (p_used);
  INSERT INTO reconciliation_item (file_id, partner_id, period_id, class, side, kind, found_by,
      reference, lines, member_id, seqs, ledger_points, file_points, ledger_amount, file_amount,
      file_currency, occurred_at, told, value, currency, action, state, opened_at, due_at,
      resolved_at, resolved_by)
  SELECT p_file, p_partner, v_file.period_id, i.class,
         CASE WHEN i.kind < 6 THEN 'ISSUED' ELSE 'REDEEMED' END, i.kind, i.found_by, i.reference,
         i.lines, i.member_id, i.seqs, i.ledger_points, i.file_points, i.ledger_amount,
         i.file_amount, i.file_currency, i.occurred_at,
         (SELECT jsonb_strip_nulls(jsonb_build_object('line', r.line, 'reference', r.reference,
                   'receipt', r.receipt, 'store', r.store, 'terminal', r.terminal, 'occurredAt',
                   r.occurred_at, 'memberKind', r.member_kind, 'member', r.member_value,
                   'points', r.points, 'amount', r.amount, 'currency', r.currency,
                   'status', r.status))
            FROM reconciliation_row r WHERE r.file_id = p_file AND r.line = i.lines[1]),
         i.value, v_file.currency, i.action, i.state, p_now, i.due_at,
         CASE WHEN i.state <> 'open' THEN p_now END, CASE WHEN i.state <> 'open' THEN 'rule' END
    FROM jsonb_to_recordset(p_items) AS i (class text, kind smallint, found_by text,
           reference text, lines int[], member_id bigint, seqs int[], ledger_points bigint,
           file_points bigint, ledger_amount bigint, file_amount bigint, file_currency text,
           occurred_at timestamptz, value bigint, action text, state text, due_at timestamptz);
  RETURN NEXT;
END $$
