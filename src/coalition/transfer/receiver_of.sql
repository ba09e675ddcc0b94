-- Who may be given points by the number of a card; null: nobody has it, or nobody who may.
CREATE FUNCTION books.receiver_of(p_card text) RETURNS bigint
LANGUAGE sql STABLE AS $$
  SELECT i.member_id FROM coalition.identifier i
    JOIN coalition.member m ON m.member_id = i.member_id
   WHERE i.kind = 'CARD' AND i.partner_id = 0 AND i.value = p_card AND i.state = 'active'
     AND m.status IN ('active', 'locked')
$$
