-- Deliveries that are due, taken by one worker until p_until: nobody else takes them before, and
-- who dies with them loses them by then. At most p_each of an endpoint and p_of_partner of a
-- partner are under way at once, and partners take turns, so that whoever is slow holds up nobody
-- else. What an endpoint may see ends with its client and with the person that made it, until
-- somebody else lends it rights, and pauses with its partner; roles: what that person has by now.
-- p_built_in: clients that are part of this software and stand in no table.
CREATE FUNCTION verbs.claim_webhooks(
  p_now timestamptz, p_until timestamptz, p_lease uuid, p_limit int, p_each int,
  p_of_partner int, p_built_in text[]
) RETURNS TABLE (id bigint, endpoint_id bigint, partner_id int, client_id text, scopes text[],
                 client_scopes text[], roles text[], url text, secrets bytea[], document text, kind smallint,
                 sequence bigint, happened_at timestamptz, tries smallint, transaction_id bigint,
                 event_id bigint, member_id bigint, seq int, statement_id bigint,
                 event_client text, request_id uuid, subject_id bigint)
LANGUAGE sql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
  WITH open AS MATERIALIZED (
    SELECT w.id, w.partner_id, (SELECT count(*) FROM webhook_delivery l
                   WHERE l.endpoint_id = w.id AND l.lease IS NOT NULL
                     AND l.leased_until > p_now) AS under_way
      FROM webhook_endpoint w
      JOIN partner p ON p.id = w.partner_id AND p.status IN ('active', 'leaving')
      LEFT JOIN client c ON c.id = w.client_id
      LEFT JOIN login l ON l.id = w.login_id
     WHERE w.status = 'active' AND (w.client_id = ANY (p_built_in) OR c.status = 'active')
       AND (w.login_id IS NULL OR books.login_stands(l.status, l.partner_id, l.member_id))
  ), free AS MATERIALIZED (
    SELECT o.partner_id, d.id, d.due_at FROM open o, LATERAL (
      SELECT d.id, d.due_at FROM webhook_delivery d
       WHERE d.endpoint_id = o.id AND d.state = 'waiting' AND d.due_at <= p_now
         AND (d.lease IS NULL OR d.leased_until <= p_now)
       ORDER BY d.due_at, d.id LIMIT greatest(p_each - o.under_way, 0)
         FOR UPDATE SKIP LOCKED) d
  ), in_turn AS (
    SELECT f.id, f.due_at, row_number() OVER (PARTITION BY f.partner_id ORDER BY f.due_at, f.id)
             + (SELECT sum(o.under_way) FROM open o WHERE o.partner_id = f.partner_id) AS turn
      FROM free f
  ), due AS MATERIALIZED (
    SELECT t.id FROM in_turn t WHERE t.turn <= p_of_partner
     ORDER BY t.turn, t.due_at, t.id LIMIT p_limit
  ), taken AS (
    UPDATE webhook_delivery d SET lease = p_lease, leased_until = p_until
      FROM due WHERE d.id = due.id RETURNING d.*
  )
  SELECT d.id, d.endpoint_id, d.partner_id, w.client_id, w.scopes, c.scopes, l.roles, w.url,
         ARRAY(SELECT s.secret FROM webhook_secret s
                WHERE s.endpoint_id = w.id AND s.secret IS NOT NULL
                  AND (s.valid_until IS NULL OR s.valid_until > p_now)
                ORDER BY s.id DESC LIMIT 5),
         u.document, d.kind, d.sequence, d.happened_at, d.tries, d.transaction_id, d.event_id,
         e.member_id, e.seq, e.statement_id, e.client_id, e.request_id,
         e.subject_id
    FROM taken d
    JOIN webhook_endpoint w ON w.id = d.endpoint_id
    LEFT JOIN client c ON c.id = w.client_id
    LEFT JOIN login l ON l.id = w.login_id
    LEFT JOIN webhook_subscription u ON u.endpoint_id = d.endpoint_id AND u.kind = d.kind
    LEFT JOIN event e ON e.transaction_id = d.transaction_id::text::xid8 AND e.id = d.event_id
   ORDER BY d.due_at, d.id
$$
