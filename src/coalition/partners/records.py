"""The programme, its brands and their dated terms."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from coalition.kit.database import metadata

PRICE = sa.Numeric(20, 8)

programme = sa.Table(
    "programme",
    metadata,
    sa.Column("id", sa.SmallInteger, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("point_name", sa.Text, nullable=False),
    sa.Column("point_value", PRICE, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("time_zone", sa.Text, nullable=False),
    sa.Column("settlement_calendar", sa.Text, nullable=False),
    sa.Column("pending_days", sa.Integer, nullable=False),
    sa.Column("late_purchase_days", sa.Integer, nullable=False),
    sa.Column("expiry_kind", sa.Text, nullable=False),
    sa.Column("expiry_months", sa.Integer),
    sa.Column("expiry_period", sa.Text),
    sa.Column("expiry_on", sa.Date),
    sa.Column("clawback", sa.Text, nullable=False),
    sa.Column("shortfall_payer", sa.Text, nullable=False),
    sa.Column("debt_limit", sa.BigInteger, nullable=False),
    sa.Column("refund_grace_days", sa.Integer, nullable=False),
    sa.Column("hold_seconds", sa.Integer, nullable=False),
    sa.Column("netting", sa.Text, nullable=False),
    sa.Column("fx_source", sa.Text),
    sa.Column("coverage_floor", PRICE),
    sa.Column("concentration_alert", sa.Integer, nullable=False),
    sa.Column("redemption_rates", JSONB, nullable=False),
    sa.Column("stand_alone", JSONB(none_as_null=True)),
    sa.Column("dispute_window_days", sa.Integer, nullable=False),
    sa.Column("approvals", sa.Integer, nullable=False),
    sa.Column("operator_entity_id", sa.Integer),
    sa.Column("spending", JSONB, nullable=False),
    sa.Column("sharing", JSONB, nullable=False),
    sa.Column("tiers", JSONB, nullable=False),
    sa.Column("theme", JSONB(none_as_null=True)),
    sa.Column("point_names", JSONB(none_as_null=True)),
)

legal_entity = sa.Table(
    "legal_entity",
    metadata,
    sa.Column("id", sa.Integer, sa.Identity(always=True), primary_key=True),
    sa.Column("code", sa.Text, nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("country", sa.Text, nullable=False),
)

entity_details = sa.Table(
    "entity_details",
    metadata,
    sa.Column("legal_entity_id", sa.Integer, primary_key=True),
    sa.Column("street", sa.Text),
    sa.Column("postcode", sa.Text),
    sa.Column("city", sa.Text),
    sa.Column("vat_id", sa.Text),
    sa.Column("iban", sa.Text),
    sa.Column("bic", sa.Text),
    sa.Column("creditor_id", sa.Text),
    sa.Column("mandate_id", sa.Text),
    sa.Column("mandate_signed_on", sa.Date),
    sa.Column("mandate_sequence", sa.Text),
)

partner = sa.Table(
    "partner",
    metadata,
    sa.Column("id", sa.Integer, sa.Identity(always=True), primary_key=True),
    sa.Column("code", sa.Text, nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("legal_entity_id", sa.Integer, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("settlement_calendar", sa.Text, nullable=False),
    sa.Column("time_zone", sa.Text, nullable=False),
    sa.Column(
        "calendar", sa.Text, sa.Computed("settlement_calendar || '@' || time_zone"), nullable=False
    ),
    sa.Column("stop_earning_on", sa.Date),
    sa.Column("redeem_until", sa.Date),
    sa.Column("colour", sa.Text),
)

partner_logo = sa.Table(
    "partner_logo",
    metadata,
    sa.Column("partner_id", sa.Integer, primary_key=True),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("media_type", sa.Text, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
)

store = sa.Table(
    "store",
    metadata,
    sa.Column("partner_id", sa.Integer, primary_key=True),
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("terminals", ARRAY(sa.Text), nullable=False),
)

reconciliation_terms = sa.Table(
    "reconciliation_terms",
    metadata,
    sa.Column("partner_id", sa.Integer, primary_key=True),
    sa.Column("points_tolerance", sa.BigInteger, nullable=False),
    sa.Column("amount_tolerance", PRICE, nullable=False),
    sa.Column("time_window_minutes", sa.Integer, nullable=False),
    sa.Column("open_value_tolerance", PRICE, nullable=False),
    sa.Column("late_earn_days", sa.Integer, nullable=False),
    sa.Column("sla_days", sa.Integer, nullable=False),
    sa.Column("at_sla", sa.Text, nullable=False),
    sa.Column("owner", sa.Text, nullable=False),
)

agreement = sa.Table(
    "agreement",
    metadata,
    sa.Column("id", sa.Integer, sa.Identity(always=True), primary_key=True),
    sa.Column("partner_id", sa.Integer, nullable=False),
    sa.Column("valid_from", sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("points_per_unit", PRICE, nullable=False),
    sa.Column("issue_price", PRICE, nullable=False),
    sa.Column("redeem_price", PRICE, nullable=False),
    sa.Column("minimum_redemption", sa.BigInteger, nullable=False),
    sa.Column("excludes", ARRAY(sa.Text), nullable=False),
    sa.Column("valid_until", sa.TIMESTAMP(timezone=True)),
    sa.Column("fee_per_point", PRICE, nullable=False),
    sa.Column("breakage_share", PRICE, nullable=False),
    sa.Column("paid_at_issuance", PRICE, nullable=False),
    sa.Column("vat_mode", sa.Text, nullable=False),
    sa.Column("vat_rate", PRICE),
    sa.Column("vat_rate_redemption", PRICE),
)

promotion = sa.Table(
    "promotion",
    metadata,
    sa.Column("id", sa.Integer, sa.Identity(always=True), primary_key=True),
    sa.Column("code", sa.Text, nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("partner_id", sa.Integer, nullable=False),
    sa.Column("valid_from", sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("valid_until", sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("points_per_unit", PRICE, nullable=False),
)

promotion_share = sa.Table(
    "promotion_share",
    metadata,
    sa.Column("promotion_id", sa.Integer, primary_key=True),
    sa.Column("partner_id", sa.Integer, primary_key=True),
    sa.Column("share", PRICE, nullable=False),  # percent
)

programme_help = sa.Table(
    "programme_help",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),  # of the programme
    # As it was written: the first language is for who has none of the others.
    sa.Column("content", sa.JSON, nullable=False),
)

contract = sa.Table(
    "contract",
    metadata,
    sa.Column("partner_id", sa.Integer, primary_key=True),
    sa.Column("credit_limit", sa.BigInteger),
    sa.Column("credit_alert", PRICE),
    sa.Column("overdraft", sa.Text),
    sa.Column("pack_alert", PRICE),
    sa.Column("dispute_window_days", sa.Integer),
    sa.Column("dispute_freeze", sa.Text, nullable=False),
    sa.Column("pays_by", sa.Text, nullable=False),
    sa.Column("reward_cost_limit", PRICE),
    sa.Column("missing_after_days", sa.Integer),
    sa.Column("missing_until_days", sa.Integer),
    sa.Column("missing_answer_days", sa.Integer),
)

prepaid_pack = sa.Table(
    "prepaid_pack",
    metadata,
    sa.Column("id", sa.Integer, sa.Identity(always=True), primary_key=True),
    sa.Column("partner_id", sa.Integer, nullable=False),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("bought_on", sa.Date, nullable=False),
    sa.Column("points", sa.BigInteger, nullable=False),
    sa.Column("amount", sa.BigInteger, nullable=False),
)
