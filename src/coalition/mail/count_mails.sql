-- How many mails there are of each kind, by what became of them.
CREATE FUNCTION verbs.count_mails() RETURNS TABLE (kind text, state text, reason text, mails bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
  SELECT m.kind, m.state, m.reason, count(*) FROM mail m
   GROUP BY m.kind, m.state, m.reason ORDER BY m.kind, m.state, m.reason
$$
