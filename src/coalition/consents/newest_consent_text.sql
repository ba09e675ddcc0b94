-- The version of a text that consent is asked for with by now. Version 1 comes with the program.
CREATE FUNCTION books.newest_consent_text(p_purpose text) RETURNS int
LANGUAGE sql STABLE AS $$
  SELECT coalesce(max(t.version), 1) FROM coalition.consent_text t WHERE t.purpose = p_purpose
$$
