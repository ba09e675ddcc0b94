-- Whether the caller may renew the tokens of a session of the members' pages: one at a time, or a
-- refresh token would be used twice and end everything that stands on it.
CREATE FUNCTION verbs.lease_web_session(p_hash bytea, p_until timestamptz, p_now timestamptz)
RETURNS TABLE (taken boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
BEGIN
  UPDATE web_session w SET renewing_until = p_until
   WHERE w.token_hash = p_hash AND w.ends_at > p_now
     AND (w.renewing_until IS NULL OR w.renewing_until <= p_now);
  taken := FOUND;
  RETURN NEXT;
END $$
