-- What was asked for, used up by now: once, in its time. Nothing when that is not so.
CREATE FUNCTION books.take_verification(p_id bigint, p_purpose text, p_now timestamptz)
RETURNS SETOF coalition.verification
LANGUAGE sql AS $$
  UPDATE coalition.verification v SET used_at = p_now, content = '{}'
    FROM coalition.verification old
   WHERE old.id = v.id AND v.id = p_id AND v.purpose = p_purpose AND v.used_at IS NULL
     AND v.expires_at > p_now
  RETURNING v.id, v.purpose, v.email, v.login_id, old.content, v.asked_at, v.expires_at, v.used_at
$$
