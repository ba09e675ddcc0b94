-- An item is resolved once, by somebody and with a reason. Asked again with the same key, the
-- answer is the first one.
CREATE FUNCTION verbs.resolve_reconciliation_item(
  p_partner int, p_item bigint, p_claim uuid, p_hash uuid, p_state text, p_by text, p_note text,
  p_now timestamptz, p_request uuid
) RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_item reconciliation_item;
BEGIN
  SELECT * INTO v_item FROM reconciliation_item i WHERE i.resolution_claim = p_claim;
  IF FOUND THEN
    outcome := CASE WHEN v_item.resolution_hash = p_hash THEN 'REPLAYED'
                    ELSE 'IDEMPOTENCY_KEY_REUSED' END;
    RETURN NEXT;
    RETURN;
  END IF;
  UPDATE reconciliation_item i
     SET state = p_state, resolved_at = p_now, resolved_by = p_by, note = p_note,
         resolution_claim = p_claim, resolution_hash = p_hash, request_id = p_request
   WHERE i.id = p_item AND (p_partner IS NULL OR i.partner_id = p_partner) AND i.state = 'open';
  outcome := CASE WHEN FOUND THEN 'RESOLVED' ELSE 'RECONCILIATION_ITEM_RESOLVED' END;
  RETURN NEXT;
END $$
