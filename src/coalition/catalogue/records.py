"""Rewards with their versions and images, codes, claims and draws."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from coalition.kit.database import metadata

INSTANT = sa.TIMESTAMP(timezone=True)

reward = sa.Table(
    "reward",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("partner_id", sa.Integer, nullable=False),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("stock", sa.BigInteger),  # left; null: no end
    sa.Column("withdrawn_at", INSTANT),
    sa.Column("created_at", INSTANT, nullable=False),
)

member_wish = sa.Table(
    "member_wish",
    metadata,
    sa.Column("member_id", sa.BigInteger, primary_key=True),
    sa.Column("reward_id", sa.BigInteger, nullable=False),
    sa.Column("since", INSTANT, nullable=False),
)

reward_image = sa.Table(
    "reward_image",
    metadata,
    sa.Column("hash", sa.LargeBinary, primary_key=True),
    sa.Column("media_type", sa.Text, nullable=False),
    sa.Column("width", sa.Integer, nullable=False),
    sa.Column("height", sa.Integer, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("client_id", sa.Text, nullable=False),
    sa.Column("request_id", sa.Uuid, nullable=False),
    sa.Column("recorded_at", INSTANT, nullable=False),
)

reward_version = sa.Table(
    "reward_version",
    metadata,
    sa.Column("reward_id", sa.BigInteger, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("partner_id", sa.Integer, nullable=False),
    sa.Column("claim", sa.Uuid, nullable=False),
    sa.Column("request_hash", sa.Uuid, nullable=False),
    sa.Column("texts", JSONB, nullable=False),  # [[locale, {title, description, terms}]]
    sa.Column("category", sa.Text),
    sa.Column("image_hash", sa.LargeBinary),
    sa.Column("points", sa.BigInteger, nullable=False),
    sa.Column("money", sa.BigInteger),  # besides the points; minor units, as all money here
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("per_member", sa.Integer),
    sa.Column("from_at", INSTANT),
    sa.Column("until_at", INSTANT),
    sa.Column("tier", sa.Text),  # the lowest that may claim it
    sa.Column("place", sa.Text, nullable=False),
    sa.Column("face_value", sa.BigInteger),
    sa.Column("cost_basis", sa.Text, nullable=False),
    sa.Column("cost", sa.BigInteger),
    sa.Column("cancel_hours", sa.Integer, nullable=False),
    sa.Column("valid_days", sa.Integer),
    sa.Column("winners", sa.Integer),
    sa.Column("charity", sa.Text),
    sa.Column("client_id", sa.Text, nullable=False),
    sa.Column("request_id", sa.Uuid, nullable=False),
    sa.Column("recorded_at", INSTANT, nullable=False),
)

reward_code = sa.Table(
    "reward_code",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("reward_id", sa.BigInteger, nullable=False),
    sa.Column("partner_id", sa.Integer, nullable=False),
    sa.Column("code_hash", sa.LargeBinary, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("member_id", sa.BigInteger),
    sa.Column("claim_seq", sa.Integer),
    sa.Column("loaded_at", INSTANT, nullable=False),
)

reward_claim = sa.Table(
    "reward_claim",
    metadata,
    sa.Column("member_id", sa.BigInteger, primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True),  # of the redemption
    sa.Column("partner_id", sa.Integer, nullable=False),
    sa.Column("reward_id", sa.BigInteger, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("points", sa.BigInteger, nullable=False),
    sa.Column("money", sa.BigInteger),
    sa.Column("code_hash", sa.LargeBinary),
    sa.Column("sealed_code", sa.LargeBinary),
    sa.Column("claimed_at", INSTANT, nullable=False),
    sa.Column("cancel_until", INSTANT),
    sa.Column("valid_until", INSTANT),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("money_state", sa.Text),
    sa.Column("changed_at", INSTANT, nullable=False),
    sa.Column("note", sa.Text),
    sa.Column("use_claim", sa.Uuid),
    sa.Column("use_hash", sa.Uuid),
    sa.Column("refund_seq", sa.Integer),
    sa.Column("ticket", sa.Integer),
)

voucher_gift = sa.Table(
    "voucher_gift",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("member_id", sa.BigInteger, nullable=False),
    sa.Column("claim_seq", sa.Integer, nullable=False),
    sa.Column("given_at", INSTANT, nullable=False),
    sa.Column("opened_at", INSTANT),
    sa.Column("opened_by", sa.LargeBinary),  # SHA-256 of what the page that opened it carried
    sa.Column("taken_back_at", INSTANT),
    sa.Column("client_id", sa.Text, nullable=False),
    sa.Column("request_id", sa.Uuid, nullable=False),
    sa.Column("recorded_at", INSTANT, nullable=False),
)

prize_draw = sa.Table(
    "prize_draw",
    metadata,
    sa.Column("reward_id", sa.BigInteger, primary_key=True),
    sa.Column("partner_id", sa.Integer, nullable=False),
    sa.Column("commitment", sa.LargeBinary, nullable=False),
    sa.Column("seed", sa.LargeBinary),  # once drawn
    sa.Column("drawn_at", INSTANT),
    sa.Column("tickets", sa.Integer, nullable=False),
    sa.Column("winners", sa.Integer),
)

prize_seed = sa.Table(
    "prize_seed",
    metadata,
    sa.Column("reward_id", sa.BigInteger, primary_key=True),
    sa.Column("seed", sa.LargeBinary, nullable=False),
)
