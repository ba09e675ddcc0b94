-- A person takes back all that it allowed a client: every token of it ends, and so do the payment
-- cards that it was let link.
CREATE FUNCTION verbs.end_permission(p_login bigint, p_client text, p_now timestamptz)
RETURNS TABLE (ended int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
BEGIN
  -- Who is linking a card just now is waited for: its card ends, too.
  PERFORM 1 FROM member m JOIN login l USING (member_id) WHERE l.id = p_login
      FOR NO KEY UPDATE OF m;
  UPDATE oauth_grant g SET ended_at = p_now
   WHERE g.login_id = p_login AND g.client_id = p_client AND g.ended_at IS NULL;
  GET DIAGNOSTICS ended = ROW_COUNT;
  PERFORM books.end_payment_card(c.id, p_client, NULL)
     FROM payment_card c JOIN login l ON l.member_id = c.member_id
    WHERE l.id = p_login AND c.client_id = p_client;
  RETURN NEXT;
END $$
