-- Open a place for a file that its partner will send. One per idempotency key; a file that was
-- taken before is found by its announced hash and answered as it stands.
CREATE FUNCTION verbs.create_reconciliation_file(
  p_partner int, p_claim uuid, p_hash uuid, p_client text, p_period text, p_format text,
  p_compression text, p_file_name text, p_sha256 bytea, p_now timestamptz
) RETURNS TABLE (outcome text, id bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_hash uuid;
BEGIN
  PERFORM 1 FROM partner p WHERE p.id = p_partner FOR NO KEY UPDATE;
  SELECT f.id, f.request_hash INTO id, v_hash FROM reconciliation_file f WHERE f.claim = p_claim;
  IF FOUND THEN
    outcome := CASE WHEN v_hash = p_hash THEN 'REPLAYED' ELSE 'IDEMPOTENCY_KEY_REUSED' END;
    RETURN NEXT;
    RETURN;
  END IF;
  SELECT f.id INTO id FROM reconciliation_file f
   WHERE f.partner_id = p_partner AND f.sha256 = p_sha256 AND f.taken_at IS NOT NULL;
  IF FOUND THEN
    outcome := 'REPLAYED';
  ELSE
    INSERT INTO reconciliation_file AS f (partner_id, claim, request_hash, client_id,
        period_label, format, compression, file_name, announced_sha256, created_at)
    VALUES (p_partner, p_claim, p_hash, p_client, p_period, p_format, p_compression, p_file_name,
            p_sha256, p_now)
    RETURNING f.id INTO id;
    outcome := 'CREATED';
  END IF;
  RETURN NEXT;
END $$
