-- Mails that are due, taken by one worker until p_until: nobody else takes them before, and who dies
-- with them loses them by then. All workers together try at most p_per_minute in a minute. With each
-- comes what its member wants by now, and where it is reached.
CREATE FUNCTION verbs.claim_mails(
  p_now timestamptz, p_until timestamptz, p_lease uuid, p_limit int, p_per_minute int
) RETURNS TABLE (id bigint, kind text, member_id bigint, address text, locale text, facts jsonb,
                 tries smallint, best_before timestamptz, given_name text, time_zone text,
                 has_consented boolean, is_switched_off boolean, quiet_from time, quiet_until time,
                 is_refused boolean, partner_id int, points bigint, happened_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_room int;
BEGIN
  -- One worker at a time counts what the last minute had.
  PERFORM pg_advisory_xact_lock(8, 1);
  SELECT least(p_limit, p_per_minute - count(*)) INTO v_room
    FROM mail m WHERE m.tried_at > p_now - interval '1 minute';
  RETURN QUERY
  WITH due AS MATERIALIZED (
    SELECT m.id FROM mail m
     WHERE m.state = 'waiting' AND m.due_at <= p_now
       AND (m.lease IS NULL OR m.leased_until <= p_now)
     ORDER BY m.rank, m.due_at, m.id LIMIT greatest(v_room, 0) FOR UPDATE SKIP LOCKED
  ), taken AS (
    UPDATE mail m SET lease = p_lease, leased_until = p_until, tried_at = p_now
      FROM due WHERE m.id = due.id RETURNING m.*
  )
  SELECT t.id, t.kind, t.member_id, coalesce(t.address, l.email), coalesce(t.locale, m.locale),
         t.facts, t.tries, t.best_before, m.given_name, m.time_zone,
         coalesce(c.given, false), coalesce(w.channel = 'NONE', false),
         q.quiet_from, q.quiet_until, l.mail_refused_at IS NOT NULL,
         r.partner_id, r.points, r.redeemed_at
    FROM taken t
    LEFT JOIN login l ON l.id = t.login_id AND l.status = 'active'
    LEFT JOIN member m ON m.member_id = t.member_id
    LEFT JOIN LATERAL (SELECT c.given FROM consent c
                        WHERE c.member_id = t.member_id AND c.purpose = 'PROGRAMME_MAILS'
                        ORDER BY c.id DESC LIMIT 1) c ON true
    LEFT JOIN mail_preference w ON w.member_id = t.member_id AND w.kind = t.kind
    LEFT JOIN quiet_hours q ON q.member_id = t.member_id
    LEFT JOIN redemption r ON r.member_id = t.member_id AND r.seq = (t.facts ->> 'seq')::int
   ORDER BY t.rank, t.due_at, t.id;
END $$
