-- Everything that is kept about a member, in sections of JSON rows (privacy/archive.py says what
-- each holds), as far as it is about that person and no secret.
CREATE FUNCTION verbs.data_of_member(p_member bigint)
RETURNS TABLE (section text, rows jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
  SELECT 'profile', (SELECT jsonb_agg(r) FROM (
    SELECT m.given_name, m.family_name, m.locale, m.time_zone, m.status, m.enrolled_at,
           m.spend_paused_until, q.quiet_from, q.quiet_until,
           ARRAY(SELECT p.kind FROM mail_preference p
                  WHERE p.member_id = m.member_id AND p.channel = 'NONE' ORDER BY p.kind)
             AS mails_switched_off
      FROM member m LEFT JOIN quiet_hours q ON q.member_id = m.member_id
     WHERE m.member_id = p_member) r)
  UNION ALL
  SELECT 'identifiers', (SELECT jsonb_agg(r) FROM (
    SELECT nullif(i.partner_id, 0) AS partner_id, i.kind, i.value, i.state, i.since
      FROM identifier i WHERE i.member_id = p_member ORDER BY i.since, i.kind, i.value) r)
  UNION ALL
  SELECT 'payment_cards', (SELECT jsonb_agg(r) FROM (
    SELECT c.partner_id, c.label, c.last_four, c.valid_until, p.name AS program, c.linked_at,
           c.last_used_at
      FROM payment_card c JOIN client p ON p.id = c.client_id
     WHERE c.member_id = p_member ORDER BY c.linked_at, c.id) r)
  UNION ALL
  SELECT 'logins', (SELECT jsonb_agg(r) FROM (
    SELECT l.email, l.status, l.created_at, l.mail_refused_at,
           (SELECT count(*) FROM session s WHERE s.login_id = l.id) AS open_sessions
      FROM login l WHERE l.member_id = p_member ORDER BY l.id) r)
  UNION ALL
  SELECT 'passkeys', (SELECT jsonb_agg(r) FROM (
    SELECT k.label, k.created_at, k.used_at, k.backed_up
      FROM passkey k JOIN login l ON l.id = k.login_id
     WHERE l.member_id = p_member ORDER BY k.created_at) r)
  UNION ALL
  SELECT 'devices', (SELECT jsonb_agg(r) FROM (
    SELECT d.first_at, d.last_at FROM known_device d JOIN login l ON l.id = d.login_id
     WHERE l.member_id = p_member ORDER BY d.first_at) r)
  UNION ALL
  SELECT 'permissions', (SELECT jsonb_agg(r) FROM (
    SELECT c.partner_id, g.client_id AS program, c.name, g.scopes, g.began_at, g.ended_at
      FROM oauth_grant g JOIN login l ON l.id = g.login_id
      LEFT JOIN client c ON c.id = g.client_id
     WHERE l.member_id = p_member ORDER BY g.began_at) r)
  UNION ALL
  SELECT 'consents', (SELECT jsonb_agg(r) FROM (
    SELECT c.partner_id, c.purpose, c.given, c.version, c.locale, encode(c.text_hash, 'hex')
             AS text_sha256, c.channel, c.decided_at
      FROM consent c WHERE c.member_id = p_member ORDER BY c.id) r)
  UNION ALL
  SELECT 'mails', (SELECT jsonb_agg(r) FROM (
    SELECT m.kind, m.state, m.reason, m.written_at, m.tried_at
      FROM mail m WHERE m.member_id = p_member ORDER BY m.id) r)
  UNION ALL
  SELECT 'movements', (SELECT jsonb_agg(r) FROM (
    SELECT e.partner_id, e.kind,
           e.points * ((e.credit IN (20, 22))::int - (e.debit IN (20, 22))::int) AS points,
           e.occurred_at, e.recorded_at, d.reference, d.store_code AS store
      FROM entry e LEFT JOIN redemption d ON d.member_id = e.member_id AND d.seq = e.seq
     WHERE e.member_id = p_member ORDER BY e.seq) r)
  UNION ALL
  SELECT 'purchases', (SELECT jsonb_agg(r) FROM (
    SELECT a.partner_id, a.reference, a.purchased_at, a.amount AS amount_minor, p.currency,
           a.points, a.spendable_from, a.expires_on, a.store_code AS store,
           a.terminal_code AS terminal, a.channel, a.lines
      FROM award a JOIN partner p ON p.id = a.partner_id
     WHERE a.member_id = p_member ORDER BY a.seq) r)
  UNION ALL
  SELECT 'rewards', (SELECT jsonb_agg(r) FROM (
    SELECT c.partner_id, w.code AS reward, c.kind, c.points, c.claimed_at, c.valid_until, c.state,
           c.changed_at, g.given_at, g.opened_at
      FROM reward_claim c JOIN reward w ON w.id = c.reward_id
      LEFT JOIN voucher_gift g ON g.member_id = c.member_id AND g.claim_seq = c.seq
                              AND g.taken_back_at IS NULL
     WHERE c.member_id = p_member ORDER BY c.seq) r)
  UNION ALL
  SELECT 'wish', (SELECT jsonb_agg(r) FROM (
    SELECT v.partner_id, v.code AS reward, w.since
      FROM member_wish w JOIN reward v ON v.id = w.reward_id WHERE w.member_id = p_member) r)
  UNION ALL
  SELECT 'households', (SELECT jsonb_agg(r) FROM (
    SELECT h.household_id AS household, h.role, h.joined_at, h.left_at
      FROM household_member h WHERE h.member_id = p_member ORDER BY h.id) r)
  UNION ALL
  SELECT 'gifts', (SELECT jsonb_agg(r) FROM (
    SELECT CASE WHEN t.from_member_id = p_member THEN 'given' ELSE 'received' END AS way,
           t.points, t.sent_at, t.state, t.decided_at
      FROM transfer t WHERE p_member IN (t.from_member_id, t.to_member_id) ORDER BY t.id) r)
  UNION ALL
  SELECT 'missing', (SELECT jsonb_agg(r) FROM (
    SELECT m.partner_id, m.reference, m.purchased_on, m.amount AS amount_minor, m.currency, m.state,
           m.reported_at, s.side, s.kind AS step, s.reason, s.message, s.occurred_at
      FROM missing_purchase m JOIN missing_step s ON s.missing_id = m.id
     WHERE m.member_id = p_member ORDER BY s.id) r)
  UNION ALL
  SELECT 'changes', (SELECT jsonb_agg(r) FROM (
    SELECT c.partner_id, c.what, c.reason, c.recorded_at
      FROM member_change c WHERE c.member_id = p_member ORDER BY c.id) r)
  UNION ALL
  SELECT 'brands', (SELECT jsonb_agg(to_jsonb(r)) FROM books.sharing_of(p_member) r)
  UNION ALL
  SELECT 'copies', (SELECT jsonb_agg(r) FROM (
    SELECT c.state, c.asked_at, c.ready_at, c.fetched_at
      FROM data_copy c WHERE c.member_id = p_member ORDER BY c.id) r)
  UNION ALL
  SELECT 'erasures', (SELECT jsonb_agg(r) FROM (
    SELECT e.state, e.points, e.asked_at, e.due_at, e.ended_at
      FROM erasure e WHERE e.member_id = p_member ORDER BY e.id) r)
$$
