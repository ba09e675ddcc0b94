-- Somebody signed in from a device. One that is new to a login that has others is told to its owner;
-- the first one of all is how the login begins.
CREATE FUNCTION verbs.note_device(p_login bigint, p_device bytea, p_facts text, p_now timestamptz)
RETURNS TABLE (is_new boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
DECLARE
  v_knows_others boolean := EXISTS (SELECT 1 FROM known_device d WHERE d.login_id = p_login);
BEGIN
  INSERT INTO known_device AS d (login_id, device_hash, first_at, last_at)
  VALUES (p_login, p_device, p_now, p_now)
  ON CONFLICT (login_id, device_hash) DO UPDATE SET last_at = greatest(d.last_at, p_now)
  RETURNING d.first_at = p_now AND v_knows_others INTO is_new;
  IF is_new THEN
    PERFORM books.warn_login(p_login, 'NEW_DEVICE', p_facts::jsonb, p_now);
  END IF;
  RETURN NEXT;
END $$
