-- The name of whoever may be given points by the number of a card, for the edges to cover most of;
-- no row for nobody, for whoever may not be given any, and for oneself.
CREATE FUNCTION verbs.find_receiver(p_member bigint, p_card text)
RETURNS TABLE (given_name text, family_name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
  SELECT m.given_name, m.family_name FROM member m
   WHERE m.member_id = books.receiver_of(p_card) AND m.member_id <> p_member
$$
