-- What points weigh against a credit limit: their issue price and fee, in 10^-8 of the currency,
-- rounded up.
CREATE FUNCTION books.credit_units(p_agreement int, p_points bigint) RETURNS bigint
LANGUAGE sql STABLE AS $$
  SELECT least(ceil(p_points * (a.issue_price + a.fee_per_point) * 100000000),
               9223372036854775807)::bigint
    FROM agreement a WHERE a.id = p_agreement
$$
