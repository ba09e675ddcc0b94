-- The comparison is done: the file counts, the one before it does not any more. What was open of
-- that one is superseded, and what differs still keeps its age, its owner, and how it was
-- resolved when nothing about it has changed. The rows that agree are not kept.
CREATE FUNCTION verbs.finish_reconciliation(p_file bigint, p_partner int, p_now timestamptz)
RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp
SET enable_hashjoin = on SET enable_seqscan = on SET enable_bitmapscan = on AS $$
DECLARE
  v_file reconciliation_file;
BEGIN
  SELECT * INTO v_file FROM reconciliation_file f
   WHERE f.id = p_file AND f.partner_id = p_partner FOR NO KEY UPDATE;
  outcome := v_file.state;
  IF v_file.state <> 'COMPARING' THEN
    RETURN NEXT;
    RETURN;
  END IF;
  IF EXISTS (SELECT 1 FROM reconciliation_rest r WHERE r.file_id = p_file) THEN
    RAISE EXCEPTION 'A comparison is finished while rows of it are left.';
  END IF;
  WITH o AS (
    SELECT DISTINCT ON (m.id) m.id AS new_id, m.partner_id, i.id AS old_id, i.opened_at, i.due_at,
           i.owner, i.owned_since, i.state, i.resolved_at, i.resolved_by, i.note,
           i.state <> 'posted' AND (i.ledger_points, i.file_points, i.ledger_amount,
             i.file_amount) IS NOT DISTINCT FROM (m.ledger_points, m.file_points,
             m.ledger_amount, m.file_amount) AS alike
      FROM reconciliation_item m
      JOIN reconciliation_item i ON i.partner_id = m.partner_id AND i.reference = m.reference
       AND i.kind = m.kind AND i.class = m.class AND i.period_id = m.period_id
       AND i.file_id < m.file_id AND i.seqs = m.seqs AND i.state <> 'superseded'
       AND i.member_id IS NOT DISTINCT FROM m.member_id
     WHERE m.file_id = p_file
     ORDER BY m.id, i.file_id DESC, i.id DESC
  ), disputed AS (
    -- What is disputed is the same difference still.
    INSERT INTO dispute_item (dispute_id, item_id, partner_id)
    SELECT x.dispute_id, o.new_id, o.partner_id
      FROM o JOIN dispute_item x ON x.item_id = o.old_id WHERE o.alike
  )
  UPDATE reconciliation_item n
     SET opened_at = o.opened_at, due_at = o.due_at, owner = o.owner, owned_since = o.owned_since,
         state = CASE WHEN n.state = 'open' AND o.alike AND o.state <> 'open'
                      THEN o.state ELSE n.state END,
         resolved_at = CASE WHEN n.state = 'open' AND o.alike THEN o.resolved_at
                            ELSE n.resolved_at END,
         resolved_by = CASE WHEN n.state = 'open' AND o.alike THEN o.resolved_by
                            ELSE n.resolved_by END,
         note = CASE WHEN n.state = 'open' AND o.alike THEN o.note ELSE n.note END
    FROM o WHERE n.id = o.new_id;
  UPDATE reconciliation_item i
     SET state = 'superseded', resolved_at = p_now, resolved_by = 'rule'
   WHERE i.partner_id = p_partner AND i.period_id = v_file.period_id AND i.file_id <> p_file
     AND i.state = 'open';
  UPDATE reconciliation_file f SET state = 'SUPERSEDED'
   WHERE f.partner_id = p_partner AND f.period_id = v_file.period_id AND f.id <> p_file
     AND f.state IN ('TAKEN', 'COMPARING', 'RECONCILED') AND f.sequence < v_file.sequence;
  DELETE FROM reconciliation_row r USING reconciliation_file f
   WHERE r.file_id = f.id AND f.partner_id = p_partner AND f.period_id = v_file.period_id
     AND (f.id = p_file OR f.state = 'SUPERSEDED');
  DELETE FROM reconciliation_rest r USING reconciliation_file f
   WHERE r.file_id = f.id AND f.partner_id = p_partner AND f.state = 'SUPERSEDED';
  UPDATE reconciliation_file f SET state = 'RECONCILED', reconciled_at = p_now WHERE f.id = p_file;
  outcome := 'RECONCILED';
  RETURN NEXT;
END $$
