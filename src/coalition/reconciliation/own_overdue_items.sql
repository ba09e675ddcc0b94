-- No open item is past its term without somebody to look after it: those that nobody has are given
-- to the owner of their partner's terms, which is told of once for each partner and run. What was
-- asked of the partner by then is billed or taken back, as its terms say.
CREATE FUNCTION verbs.own_overdue_items(p_owner text, p_now timestamptz)
RETURNS TABLE (owned int, due int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
BEGIN
  WITH given AS (
    UPDATE reconciliation_item i
       SET owner = coalesce((SELECT t.owner FROM reconciliation_terms t
                              WHERE t.partner_id = i.partner_id), p_owner), owned_since = p_now
     WHERE i.state = 'open' AND i.due_at <= p_now AND i.owner IS NULL
    RETURNING i.partner_id
  ), told AS (
    INSERT INTO event (kind, partner_id) SELECT DISTINCT 32, g.partner_id FROM given g
  )
  SELECT count(*) INTO owned FROM given;
  UPDATE reconciliation_item i
     SET action = upper(coalesce((SELECT t.at_sla FROM reconciliation_terms t
                                   WHERE t.partner_id = i.partner_id), 'bill'))
   WHERE i.state = 'open' AND i.due_at <= p_now AND i.action = 'ASK';
  GET DIAGNOSTICS due = ROW_COUNT;
  RETURN NEXT;
END $$
