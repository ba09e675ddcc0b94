-- What an award would be refused with for want of packs or credit, were it made now: for an
-- estimate. Takes nothing and locks nothing.
CREATE FUNCTION verbs.funding_refusal(p_partners int[], p_agreements int[], p_points bigint[])
RETURNS TABLE (refusal text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
  SELECT CASE WHEN c.credit_limit IS NOT NULL AND coalesce(c.overdraft = 'to_limit', true)
              THEN 'CREDIT_LIMIT_REACHED' ELSE 'PREPAID_EXHAUSTED' END
    FROM unnest(p_partners, p_agreements, p_points) AS a (partner, agreement, points)
    JOIN contract c ON c.partner_id = a.partner
   WHERE (c.overdraft IS NOT NULL OR c.credit_limit IS NOT NULL)
     AND NOT (c.overdraft IS NOT NULL AND a.points <= (
           SELECT sum(s.units) FROM allowance_part s WHERE s.partner_id = a.partner AND s.kind = 1))
     AND NOT (c.credit_limit IS NOT NULL AND coalesce(c.overdraft = 'to_limit', true)
       AND books.credit_units(a.agreement, a.points) <= (
           SELECT sum(s.units) FROM allowance_part s WHERE s.partner_id = a.partner AND s.kind = 2))
   ORDER BY a.partner LIMIT 1
$$
