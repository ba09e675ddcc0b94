-- Say who looks after an open item.
CREATE FUNCTION verbs.assign_reconciliation_item(
  p_partner int, p_item bigint, p_owner text, p_now timestamptz
) RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
BEGIN
  UPDATE reconciliation_item i SET owner = p_owner,
         owned_since = CASE WHEN i.owner IS DISTINCT FROM p_owner THEN p_now
                            ELSE i.owned_since END
   WHERE i.id = p_item AND (p_partner IS NULL OR i.partner_id = p_partner) AND i.state = 'open';
  outcome := CASE WHEN FOUND THEN 'ASSIGNED' ELSE 'RECONCILIATION_ITEM_RESOLVED' END;
  RETURN NEXT;
END $$
