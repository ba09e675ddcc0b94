-- Keep a statement's document, once: whoever comes second gets what stands. REMOVED: it was kept
-- before and is not there any more; a second one would be signed as if there had been none.
CREATE FUNCTION verbs.keep_statement_document(p_statement bigint, p_content text, p_signature text)
RETURNS TABLE (outcome text, content text, signature text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
BEGIN
  IF EXISTS (SELECT 1 FROM seal s
              WHERE s.table_name = 'statement_document' AND s.key = p_statement::text)
     AND NOT EXISTS (SELECT 1 FROM statement_document d WHERE d.statement_id = p_statement) THEN
    outcome := 'REMOVED';
    RETURN NEXT;
    RETURN;
  END IF;
  INSERT INTO statement_document (statement_id, partner_id, content, sha256, signature)
  SELECT s.id, s.partner_id, p_content, sha256(convert_to(p_content, 'UTF8')), p_signature
    FROM statement s JOIN period p ON p.id = s.period_id
   WHERE s.id = p_statement AND p.state NOT IN ('open', 'closing', 'reconciling', 'calculated')
     AND p_content::jsonb ->> 'number' = s.number
  ON CONFLICT (statement_id) DO NOTHING;
  RETURN QUERY SELECT 'KEPT', d.content, d.signature FROM statement_document d
                WHERE d.statement_id = p_statement;
END $$
