-- The whole file has arrived and keeps to its contract: it takes its place in the sequence of its
-- partner's files of the period. The same content again changes nothing, other content under a
-- number that was used is refused, and numbers left out are noted (gap_after).
CREATE FUNCTION verbs.finish_reconciliation_upload(
  p_partner int, p_file bigint, p_upload uuid, p_calendar text, p_period text, p_sequence int,
  p_currency text, p_file_created_at timestamptz, p_rows int, p_points numeric, p_amount numeric, p_sha256 bytea,
  p_now timestamptz
) RETURNS TABLE (outcome text, same_as bigint, gap_after int, latest int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_period int;
BEGIN
  -- Two files of one partner take turns, or both would find the number free.
  PERFORM 1 FROM partner p WHERE p.id = p_partner FOR NO KEY UPDATE;
  PERFORM 1 FROM reconciliation_file f
   WHERE f.id = p_file AND f.partner_id = p_partner AND f.upload = p_upload
     AND f.state = 'AWAITING' FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    outcome := 'UPLOAD_REPLACED';
    RETURN NEXT;
    RETURN;
  END IF;
  SELECT p.id INTO v_period
    FROM period p WHERE p.calendar = p_calendar AND p.label = p_period;
  SELECT f.id INTO same_as FROM reconciliation_file f
   WHERE f.partner_id = p_partner AND f.sha256 = p_sha256 AND f.taken_at IS NOT NULL;
  SELECT max(f.sequence) INTO latest FROM reconciliation_file f
   WHERE f.partner_id = p_partner AND f.period_id = v_period AND f.taken_at IS NOT NULL;
  IF same_as IS NOT NULL THEN
    DELETE FROM reconciliation_row r WHERE r.file_id = p_file;
    UPDATE reconciliation_file f SET state = 'REPEATED', same_as = finish_reconciliation_upload.same_as
     WHERE f.id = p_file;
    outcome := 'REPEATED';
  ELSIF EXISTS (SELECT 1 FROM reconciliation_file f WHERE f.partner_id = p_partner
                   AND f.period_id = v_period AND f.sequence = p_sequence
                   AND f.taken_at IS NOT NULL) THEN
    outcome := 'RECONCILIATION_SEQUENCE_REUSED';
  ELSIF p_sequence < latest THEN
    outcome := 'RECONCILIATION_SEQUENCE_OUTDATED';
  ELSE
    IF p_sequence > coalesce(latest, 0) + 1 THEN
      gap_after := coalesce(latest, 0);
    END IF;
    UPDATE reconciliation_file f
       SET state = 'TAKEN', period_id = v_period, sequence = p_sequence, currency = p_currency,
           file_created_at = p_file_created_at, rows = p_rows, points = p_points,
           amount = p_amount, sha256 = p_sha256, taken_at = p_now,
           gap_after = finish_reconciliation_upload.gap_after
     WHERE f.id = p_file;
    outcome := 'TAKEN';
  END IF;
  RETURN NEXT;
END $$
