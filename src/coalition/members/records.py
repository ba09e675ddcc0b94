"""Members, what they are known by, and which partners know them."""

import sqlalchemy as sa

from coalition.kit.database import metadata

INSTANT = sa.TIMESTAMP(timezone=True)

member = sa.Table(
    "member",
    metadata,
    sa.Column("member_id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("given_name", sa.Text),
    sa.Column("family_name", sa.Text),
    sa.Column("locale", sa.Text),
    sa.Column("time_zone", sa.Text),
    sa.Column("enrolled_at", INSTANT, nullable=False),
    sa.Column("enrolled_by", sa.Integer),
    sa.Column("tier", sa.Text),  # one of the programme's
    sa.Column("spend_locked_at", INSTANT),  # by the member itself
    sa.Column("spend_confirmed_until", INSTANT),
    sa.Column("spend_paused_until", INSTANT),
)

member_partner = sa.Table(
    "member_partner",
    metadata,
    sa.Column("partner_id", sa.Integer, primary_key=True),
    sa.Column("member_id", sa.BigInteger, primary_key=True),
    sa.Column("since", INSTANT, nullable=False),
)

identifier = sa.Table(
    "identifier",
    metadata,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("partner_id", sa.Integer, primary_key=True),  # 0: known to the whole coalition
    sa.Column("value", sa.Text, primary_key=True),
    sa.Column("member_id", sa.BigInteger, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("since", INSTANT, nullable=False),
)

payment_card = sa.Table(
    "payment_card",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("partner_id", sa.Integer, nullable=False),  # the brand that sees the token
    sa.Column("token", sa.Text, nullable=False),
    sa.Column("member_id", sa.BigInteger, nullable=False),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("last_four", sa.Text, nullable=False),
    sa.Column("valid_until", sa.Date),  # the first day of its last month
    sa.Column("client_id", sa.Text, nullable=False),  # the program that linked it
    sa.Column("linked_at", INSTANT, nullable=False),
    sa.Column("last_used_at", INSTANT),
)

enrolment = sa.Table(
    "enrolment",
    metadata,
    sa.Column("claim", sa.Uuid, primary_key=True),
    sa.Column("request_hash", sa.Uuid, nullable=False),
    sa.Column("partner_id", sa.Integer),
    sa.Column("member_id", sa.BigInteger, nullable=False),
    sa.Column("recorded_at", INSTANT, nullable=False),
)

member_change = sa.Table(
    "member_change",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("claim", sa.Uuid, nullable=False, unique=True),
    sa.Column("request_hash", sa.Uuid, nullable=False),
    sa.Column("member_id", sa.BigInteger, nullable=False),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("partner_id", sa.Integer),
    sa.Column("client_id", sa.Text, nullable=False),
    sa.Column("recorded_at", INSTANT, nullable=False),
)
