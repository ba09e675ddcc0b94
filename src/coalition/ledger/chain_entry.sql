-- The hash of an entry: SHA-256 over the hash before it in the member's chain and its own text.
-- The step of books.chained: the chain begins at the member's head.
CREATE FUNCTION books.chain_entry(p_before bytea, p_head bytea, p_text text) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  RETURN sha256(coalesce(p_before, p_head) || convert_to(p_text, 'UTF8'));
END $$
