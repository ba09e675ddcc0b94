-- How a member signed in, and what was written to it. The login stays as a number: requests of its
-- person name it.
CREATE FUNCTION books.forget_logins(p_member bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_logins bigint[] := ARRAY(SELECT l.id FROM coalition.login l WHERE l.member_id = p_member);
  v_emails text[] := ARRAY(SELECT l.email FROM coalition.login l WHERE l.member_id = p_member);
BEGIN
  DELETE FROM coalition.session s WHERE s.login_id = ANY (v_logins);
  DELETE FROM coalition.passkey k WHERE k.login_id = ANY (v_logins);
  DELETE FROM coalition.known_device d WHERE d.login_id = ANY (v_logins);
  DELETE FROM coalition.verification v
   WHERE v.login_id = ANY (v_logins) OR v.email = ANY (v_emails);
  DELETE FROM coalition.mail m
   WHERE m.member_id = p_member OR m.login_id = ANY (v_logins) OR m.address = ANY (v_emails);
  UPDATE coalition.oauth_grant g SET ended_at = clock_timestamp()
   WHERE g.login_id = ANY (v_logins) AND g.ended_at IS NULL;
  UPDATE coalition.login l
     SET email = 'erased-' || l.id, password_hash = '', passkey_handle = NULL, status = 'closed',
         mail_refused_at = NULL
   WHERE l.id = ANY (v_logins);
END $$
