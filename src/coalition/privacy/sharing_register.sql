-- How many members each brand knows of and has notes about, may write to or profile, and acts for,
-- and which events its endpoints are told of.
CREATE FUNCTION verbs.sharing_register()
RETURNS TABLE (partner_id int, members bigint, identifiers bigint, marketing bigint,
               profiling bigint, permissions bigint, events int[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = coalition, pg_temp
SET enable_seqscan = on SET enable_hashjoin = on SET enable_bitmapscan = on AS $$
  WITH standing AS (
    SELECT DISTINCT ON (c.member_id, c.purpose, c.partner_id) c.purpose, c.partner_id, c.given
      FROM consent c WHERE c.partner_id IS NOT NULL
     ORDER BY c.member_id, c.purpose, c.partner_id, c.id DESC
  )
  SELECT p.id,
         (SELECT count(*) FROM member_partner l WHERE l.partner_id = p.id),
         (SELECT count(*) FROM identifier i WHERE i.partner_id = p.id),
         (SELECT count(*) FROM standing s
           WHERE s.partner_id = p.id AND s.purpose = 'MARKETING' AND s.given),
         (SELECT count(*) FROM standing s
           WHERE s.partner_id = p.id AND s.purpose = 'PROFILING' AND s.given),
         (SELECT count(DISTINCT g.login_id) FROM oauth_grant g
            JOIN client c ON c.id = g.client_id AND c.partner_id = p.id
            JOIN login l ON l.id = g.login_id AND l.member_id IS NOT NULL
           WHERE g.ended_at IS NULL),
         ARRAY(SELECT DISTINCT s.kind::int FROM webhook_subscription s
                 JOIN webhook_endpoint w ON w.id = s.endpoint_id AND w.status = 'active'
                WHERE w.partner_id = p.id ORDER BY 1)
    FROM partner p ORDER BY p.id
$$
