-- The payment cards that a member has linked, the oldest first, for a program (p_client): one of a
-- brand sees those that its brand does, the programme's own pages and other programs all.
CREATE FUNCTION verbs.payment_cards_of(p_member bigint, p_client text)
RETURNS TABLE (id bigint, partner_id int, label text, last_four text, valid_until date,
               linked_with text, linked_at timestamptz, last_used_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
  SELECT c.id, c.partner_id, c.label, c.last_four, c.valid_until, p.name, c.linked_at,
         c.last_used_at
    FROM payment_card c JOIN client p ON p.id = c.client_id
   WHERE c.member_id = p_member
     AND c.partner_id = coalesce(
           (SELECT own.partner_id FROM client own WHERE own.id = p_client), c.partner_id)
   ORDER BY c.linked_at, c.id
$$
