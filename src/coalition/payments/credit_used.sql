-- What a partner's points of a period weigh against its credit limit, in 10^-8 of its currency.
CREATE FUNCTION books.credit_used(p_period int, p_partner int) RETURNS bigint
LANGUAGE sql STABLE AS $$
  SELECT coalesce(sum(u.units), 0)::bigint FROM allowance_use u
   WHERE u.period_id = p_period AND u.partner_id = p_partner AND u.kind = 2
$$
