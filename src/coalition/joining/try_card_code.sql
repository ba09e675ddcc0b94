-- Whether a code is that of a card. A try counts before it is known whether it is right: many at
-- once are no way round.
CREATE FUNCTION verbs.try_card_code(
  p_card text, p_hash bytea, p_most_tries int, p_now timestamptz
) RETURNS TABLE (is_right boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
BEGIN
  UPDATE card_code k SET tries = k.tries + 1
   WHERE k.card = p_card AND k.tries < p_most_tries AND k.expires_at > p_now
  RETURNING k.code_hash = p_hash INTO is_right;
  is_right := coalesce(is_right, false);
  IF is_right THEN
    UPDATE card_code k SET tries = 0 WHERE k.card = p_card;
  END IF;
  RETURN NEXT;
END $$
