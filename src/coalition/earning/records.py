"""Awards and the returns that take them back."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from coalition.kit.database import metadata

INSTANT = sa.TIMESTAMP(timezone=True)

award = sa.Table(
    "award",
    metadata,
    sa.Column("member_id", sa.BigInteger, primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True),  # of its entry and of its lot
    sa.Column("partner_id", sa.Integer, nullable=False),
    sa.Column("agreement_id", sa.Integer, nullable=False),
    sa.Column("claim", sa.Uuid, nullable=False),
    sa.Column("request_hash", sa.Uuid, nullable=False),
    sa.Column("reference", sa.Text, nullable=False),
    sa.Column("purchased_at", INSTANT, nullable=False),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.Column("basis", sa.BigInteger, nullable=False),
    sa.Column("points", sa.BigInteger, nullable=False),
    sa.Column("spendable_from", INSTANT, nullable=False),
    sa.Column("expires_on", sa.Date),
    sa.Column("store_code", sa.Text),
    sa.Column("terminal_code", sa.Text),
    sa.Column("channel", sa.Text),
    sa.Column("lines", JSONB),
    sa.Column("recorded_at", INSTANT, nullable=False),
    sa.Column("promotion_id", sa.Integer),  # given together: the shares are in award_share
)

award_share = sa.Table(
    "award_share",
    metadata,
    sa.Column("member_id", sa.BigInteger, primary_key=True),
    sa.Column("act_seq", sa.Integer, primary_key=True),  # of the award, or of what took it back
    sa.Column("partner_id", sa.Integer, primary_key=True),  # who pays
    sa.Column("award_seq", sa.Integer, nullable=False),
    sa.Column("entry_seq", sa.Integer, nullable=False),  # of the entry and lot of this share
    sa.Column("awarded_by", sa.Integer, nullable=False),
    sa.Column("agreement_id", sa.Integer, nullable=False),
    sa.Column("points", sa.BigInteger, nullable=False),  # given, or taken back: negative
)

award_reversal = sa.Table(
    "award_reversal",
    metadata,
    sa.Column("member_id", sa.BigInteger, primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("award_seq", sa.Integer, nullable=False),
    sa.Column("partner_id", sa.Integer, nullable=False),
    sa.Column("claim", sa.Uuid, nullable=False, unique=True),
    sa.Column("request_hash", sa.Uuid, nullable=False),
    sa.Column("returned", sa.BigInteger, nullable=False),
    sa.Column("points", sa.BigInteger, nullable=False),
    sa.Column("clawed_back", sa.BigInteger, nullable=False),
    sa.Column("owed", sa.BigInteger, nullable=False),
    sa.Column("borne", sa.BigInteger, nullable=False),
    sa.Column("borne_by", sa.Text),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("occurred_at", INSTANT, nullable=False),
    sa.Column("recorded_at", INSTANT, nullable=False),
)
