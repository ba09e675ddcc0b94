-- What happened to a member's account, the latest first, p_most at most: what was changed about it,
-- where somebody signed in as it (as long as that is kept), passkeys it has, programs it let in.
-- p_ours: the client of the pages, which everybody lets in.
CREATE FUNCTION verbs.security_events(p_member bigint, p_ours text, p_most int)
RETURNS TABLE (kind text, happened_at timestamptz, agent text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
  WITH own AS (SELECT l.id FROM login l WHERE l.member_id = p_member)
  SELECT found.kind, found.happened_at, found.agent FROM (
    (SELECT CASE WHEN c.what LIKE 'status: %' THEN 'STATUS_CHANGED'
                 WHEN c.what = 'card blocked' THEN 'CARD_BLOCKED'
                 WHEN c.what = 'card replaced' THEN 'CARD_REPLACED'
                 WHEN c.what = 'payment card linked' THEN 'PAYMENT_CARD_LINKED'
                 WHEN c.what = 'payment card unlinked' THEN 'PAYMENT_CARD_UNLINKED'
                 WHEN c.what = 'spending locked' THEN 'SPENDING_LOCKED'
                 WHEN c.what = 'spending unlocked' THEN 'SPENDING_UNLOCKED'
                 ELSE 'SPENDING_CONFIRMED' END AS kind,
            c.recorded_at AS happened_at, NULL::text AS agent
       FROM member_change c
      WHERE c.member_id = p_member AND c.what NOT LIKE 'tier: %'
      ORDER BY c.id DESC LIMIT p_most)
    UNION ALL
    SELECT 'SIGNED_IN', s.began_at, s.agent FROM own JOIN session s ON s.login_id = own.id
    UNION ALL
    SELECT 'PASSKEY_ADDED', p.created_at, NULL FROM own JOIN passkey p ON p.login_id = own.id
    UNION ALL
    SELECT 'PROGRAM_ALLOWED', g.began_at, NULL FROM own JOIN oauth_grant g ON g.login_id = own.id
     WHERE g.client_id <> p_ours
  ) AS found ORDER BY found.happened_at DESC, found.kind LIMIT p_most
$$
