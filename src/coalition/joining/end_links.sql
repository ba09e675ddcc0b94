-- What a login has asked mailboxes for is not good any more: whoever had its password or its session
-- may have asked for another address, and would take the login there in spite of a new password.
CREATE FUNCTION books.end_links(p_login bigint, p_now timestamptz) RETURNS void
LANGUAGE sql AS $$
  UPDATE coalition.verification v SET used_at = p_now
   WHERE v.login_id = p_login AND v.used_at IS NULL
$$
