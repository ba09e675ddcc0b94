-- The next rows of a file that arrives; refused when another sending has taken its place.
CREATE FUNCTION verbs.add_reconciliation_rows(
  p_partner int, p_file bigint, p_upload uuid, p_lines int[], p_kinds smallint[],
  p_references text[], p_receipts text[], p_stores text[], p_terminals text[],
  p_occurred_at timestamptz[], p_member_kinds text[], p_member_values text[], p_points bigint[],
  p_amounts bigint[], p_currencies text[], p_statuses text[]
) RETURNS TABLE (added boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
BEGIN
  -- Whoever begins another sending waits for this one and then removes its rows.
  PERFORM 1 FROM reconciliation_file f
   WHERE f.id = p_file AND f.partner_id = p_partner AND f.upload = p_upload
     AND f.state = 'AWAITING' FOR SHARE;
  added := FOUND;
  IF added THEN
    INSERT INTO reconciliation_row (file_id, line, partner_id, upload, kind, reference, receipt,
        store, terminal, occurred_at, member_kind, member_value, points, amount, currency, status)
    SELECT p_file, r.line, p_partner, p_upload, r.kind, r.reference, r.receipt, r.store,
           r.terminal, r.occurred_at, r.member_kind, r.member_value, r.points, r.amount,
           r.currency, r.status
      FROM unnest(p_lines, p_kinds, p_references, p_receipts, p_stores, p_terminals,
                  p_occurred_at, p_member_kinds, p_member_values, p_points, p_amounts,
                  p_currencies, p_statuses)
           AS r (line, kind, reference, receipt, store, terminal, occurred_at, member_kind,
                 member_value, points, amount, currency, status);
  END IF;
  RETURN NEXT;
END $$
