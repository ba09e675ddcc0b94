"""Holds, redemptions and refunds."""

import sqlalchemy as sa

from coalition.kit.database import metadata

INSTANT = sa.TIMESTAMP(timezone=True)

hold = sa.Table(
    "hold",
    metadata,
    sa.Column("member_id", sa.BigInteger, primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("partner_id", sa.Integer, nullable=False),
    sa.Column("agreement_id", sa.Integer, nullable=False),
    sa.Column("claim", sa.Uuid, nullable=False, unique=True),
    sa.Column("request_hash", sa.Uuid, nullable=False),
    sa.Column("points", sa.BigInteger, nullable=False),
    sa.Column("reference", sa.Text, nullable=False),
    sa.Column("store_code", sa.Text),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("occurred_at", INSTANT, nullable=False),
    sa.Column("asked_at", INSTANT, nullable=False),  # when we were, by our own clock
    sa.Column("expires_at", INSTANT, nullable=False),
    sa.Column("recorded_at", INSTANT, nullable=False),
    sa.Column("resolved_at", INSTANT),
    sa.Column("release_claim", sa.Uuid, unique=True),
    sa.Column("release_hash", sa.Uuid),
)

redemption = sa.Table(
    "redemption",
    metadata,
    sa.Column("member_id", sa.BigInteger, primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("partner_id", sa.Integer, nullable=False),
    sa.Column("agreement_id", sa.Integer, nullable=False),
    sa.Column("claim", sa.Uuid, nullable=False, unique=True),
    sa.Column("request_hash", sa.Uuid, nullable=False),
    sa.Column("points", sa.BigInteger, nullable=False),
    sa.Column("reference", sa.Text, nullable=False),
    sa.Column("store_code", sa.Text),
    sa.Column("hold_seq", sa.Integer),
    sa.Column("redeemed_at", INSTANT, nullable=False),
    sa.Column("asked_at", INSTANT, nullable=False),  # of a hold's points: when it was set aside
    sa.Column("recorded_at", INSTANT, nullable=False),
    sa.Column("reward_id", sa.BigInteger),
    sa.Column("cost", sa.BigInteger),  # of a reward with its own; minor units of its partner
)

till_token = sa.Table(
    "till_token",
    metadata,
    sa.Column("token_hash", sa.LargeBinary, primary_key=True),
    sa.Column("member_id", sa.BigInteger, nullable=False),
    sa.Column("partner_id", sa.Integer),  # good at this brand alone; null: at any
    sa.Column("is_confirmed", sa.Boolean, nullable=False),
    sa.Column("issued_at", INSTANT, nullable=False),
    sa.Column("expires_at", INSTANT, nullable=False),
    sa.Column("used_at", INSTANT),
    sa.Column("failures", sa.SmallInteger, nullable=False),
)

refund = sa.Table(
    "refund",
    metadata,
    sa.Column("member_id", sa.BigInteger, primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("redemption_seq", sa.Integer, nullable=False),
    sa.Column("partner_id", sa.Integer, nullable=False),
    sa.Column("claim", sa.Uuid, nullable=False, unique=True),
    sa.Column("request_hash", sa.Uuid, nullable=False),
    sa.Column("points", sa.BigInteger, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("occurred_at", INSTANT, nullable=False),
    sa.Column("recorded_at", INSTANT, nullable=False),
    sa.Column("extends_to", sa.Date),  # until when it opened lots that had ended
)
