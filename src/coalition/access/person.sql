-- Who acts, where two different people are asked for: the login that a person's token stands on,
-- else the client. Two tokens of one login are one person, whichever programs they were given to.
CREATE FUNCTION books.person(p_client text, p_grant uuid) RETURNS text
LANGUAGE sql STABLE AS $$
  SELECT coalesce((SELECT 'login ' || g.login_id FROM oauth_grant g WHERE g.id = p_grant),
                  'client ' || p_client)
$$
