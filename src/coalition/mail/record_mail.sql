-- What became of a mail that a worker had claimed:
--   SENT    the mail server has it
--   RETRY   it is tried again at p_due
--   LATER   nothing was sent and no try is lost; it is due again at p_due
--   DROPPED it is not sent, because of p_reason
--   DEAD    it was refused for good, or it is too late for it; p_is_refused: its address takes none
-- What ended keeps neither where to nor what about.
CREATE FUNCTION verbs.record_mail(
  p_mail bigint, p_lease uuid, p_outcome text, p_reason text, p_answer text, p_due timestamptz,
  p_is_refused boolean, p_now timestamptz
) RETURNS TABLE (noted boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_mail mail;
  v_is_over boolean := p_outcome NOT IN ('RETRY', 'LATER');
BEGIN
  SELECT * INTO v_mail FROM mail m WHERE m.id = p_mail AND m.lease = p_lease FOR UPDATE;
  noted := FOUND;
  IF noted THEN
    UPDATE mail m
       SET state = CASE p_outcome WHEN 'SENT' THEN 'sent' WHEN 'DROPPED' THEN 'dropped'
                                  WHEN 'DEAD' THEN 'dead' ELSE 'waiting' END,
           reason = p_reason, answer = p_answer, lease = NULL, leased_until = NULL,
           tries = m.tries + (p_outcome IN ('SENT', 'RETRY', 'DEAD'))::int,
           due_at = coalesce(p_due, m.due_at),
           tried_at = CASE WHEN p_outcome IN ('LATER', 'DROPPED') THEN NULL ELSE m.tried_at END,
           address = CASE WHEN v_is_over THEN NULL ELSE m.address END,
           facts = CASE WHEN v_is_over THEN '{}' ELSE m.facts END
     WHERE m.id = p_mail;
    -- An address takes mails again once one has arrived.
    IF v_mail.address IS NULL OR EXISTS (
         SELECT 1 FROM login l WHERE l.id = v_mail.login_id AND l.email = v_mail.address) THEN
      UPDATE login l SET mail_refused_at = CASE WHEN p_is_refused THEN p_now END
       WHERE l.id = v_mail.login_id
         AND (p_is_refused OR (p_outcome = 'SENT' AND l.mail_refused_at IS NOT NULL));
    END IF;
  END IF;
  RETURN NEXT;
END $$
