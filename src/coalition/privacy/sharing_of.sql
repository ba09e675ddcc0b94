-- Which brands know of a member, since when, what they noted it under, how many movements of points
-- they told, and what their servers were told of it: how often and when last, by the kind of event.
CREATE FUNCTION books.sharing_of(p_member bigint)
RETURNS TABLE (partner_id int, since timestamptz, noted_under text[], movements bigint, told jsonb,
               told_last_at timestamptz)
LANGUAGE sql STABLE AS $$
  WITH known AS (
    SELECT l.partner_id, l.since FROM coalition.member_partner l WHERE l.member_id = p_member
    UNION ALL
    SELECT e.partner_id, min(e.recorded_at) FROM coalition.entry e
     WHERE e.member_id = p_member GROUP BY e.partner_id
  ), told AS (
    SELECT d.partner_id, d.kind, count(*) AS times, max(a.at) AS last_at
      FROM coalition.event e
      JOIN coalition.webhook_delivery d
        ON d.transaction_id = e.transaction_id::text::bigint AND d.event_id = e.id
       AND d.state = 'delivered'
      JOIN coalition.webhook_attempt a ON a.delivery_id = d.id AND a.error IS NULL
     WHERE e.member_id = p_member GROUP BY d.partner_id, d.kind
  )
  SELECT k.partner_id, min(k.since),
         ARRAY(SELECT DISTINCT i.kind FROM coalition.identifier i
                WHERE i.member_id = p_member AND i.partner_id = k.partner_id ORDER BY i.kind),
         (SELECT count(*) FROM coalition.entry e
           WHERE e.member_id = p_member AND e.partner_id = k.partner_id),
         coalesce((SELECT jsonb_object_agg(t.kind, t.times) FROM told t
                    WHERE t.partner_id = k.partner_id), '{}'),
         (SELECT max(t.last_at) FROM told t WHERE t.partner_id = k.partner_id)
    FROM known k GROUP BY k.partner_id ORDER BY k.partner_id
$$
