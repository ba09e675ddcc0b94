"""The points book. Entries and the lots' shares of them are only ever added."""

import sqlalchemy as sa

from coalition.kit.database import metadata

INSTANT = sa.TIMESTAMP(timezone=True)

period = sa.Table(
    "period",
    metadata,
    sa.Column("id", sa.Integer, sa.Identity(always=True), primary_key=True),
    sa.Column("calendar", sa.Text, nullable=False),  # like monthly@America/New_York
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("starts_at", INSTANT, nullable=False),
    sa.Column("ends_at", INSTANT, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("closed_at", INSTANT),
    sa.Column("packs_unbilled", sa.Boolean),  # true: calculated before packs were billed
)

balance = sa.Table(
    "balance",
    metadata,
    sa.Column("member_id", sa.BigInteger, primary_key=True),
    sa.Column("points", sa.BigInteger, nullable=False),  # available, pending and ended but unposted
    sa.Column("held", sa.BigInteger, nullable=False),
    sa.Column("owed", sa.BigInteger, nullable=False),
    sa.Column("seq", sa.Integer, nullable=False),  # the last place used in the member's ledger
    sa.Column("head", sa.LargeBinary, nullable=False),  # the hash of its last entry
)

entry = sa.Table(
    "entry",
    metadata,
    sa.Column("member_id", sa.BigInteger, primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("period_id", sa.Integer, primary_key=True),
    sa.Column("kind", sa.SmallInteger, nullable=False),
    sa.Column("debit", sa.SmallInteger, nullable=False),
    sa.Column("credit", sa.SmallInteger, nullable=False),
    sa.Column("points", sa.BigInteger, nullable=False),
    sa.Column("partner_id", sa.Integer, nullable=False),
    sa.Column("agreement_id", sa.Integer, nullable=False),
    sa.Column("reverses", sa.Integer),
    sa.Column("occurred_at", INSTANT, nullable=False),
    sa.Column("recorded_at", INSTANT, nullable=False),
    sa.Column("promotion_id", sa.Integer),
    sa.Column("reverses_period_id", sa.Integer),  # of a return or refund: that of what it corrects
    sa.Column("hash", sa.LargeBinary, nullable=False),  # books.entry_text, chained per member
    sa.Column("cost", sa.BigInteger),  # of a reward with its own; minor units of its partner
)

lot = sa.Table(
    "lot",
    metadata,
    sa.Column("member_id", sa.BigInteger, primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("issuer_id", sa.Integer, nullable=False),
    sa.Column("agreement_id", sa.Integer, nullable=False),
    sa.Column("points", sa.BigInteger, nullable=False),
    sa.Column("remaining", sa.BigInteger, nullable=False),
    sa.Column("held", sa.BigInteger, nullable=False),
    sa.Column("earned_at", INSTANT, nullable=False),
    sa.Column("spendable_from", INSTANT),  # null: spendable since it was posted
    sa.Column("expires_on", sa.Date),  # its last day; null: never ends
    sa.Column("extended_from", sa.Date),  # its own last day, when a refund gave it a later one
)

lot_use = sa.Table(
    "lot_use",
    metadata,
    sa.Column("member_id", sa.BigInteger, primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("lot_seq", sa.Integer, primary_key=True),
    sa.Column("period_id", sa.Integer, primary_key=True),
    sa.Column("debit", sa.SmallInteger, nullable=False),
    sa.Column("credit", sa.SmallInteger, nullable=False),
    sa.Column("points", sa.BigInteger, nullable=False),
    sa.Column("issuer_id", sa.Integer, nullable=False),
    sa.Column("partner_id", sa.Integer, nullable=False),
    sa.Column("issuer_period_id", sa.Integer, nullable=False),  # by the calendar of the issuer
)

cost_share = sa.Table(
    "cost_share",
    metadata,
    sa.Column("member_id", sa.BigInteger, primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("lot_seq", sa.Integer, primary_key=True),
    sa.Column("period_id", sa.Integer, nullable=False),
    sa.Column("issuer_id", sa.Integer, nullable=False),
    sa.Column("cost", sa.BigInteger, nullable=False),
)

passage = sa.Table(
    "passage",
    metadata,
    sa.Column("from_member_id", sa.BigInteger, nullable=False),
    sa.Column("from_seq", sa.Integer, nullable=False),  # of the entry with which points left
    sa.Column("to_member_id", sa.BigInteger, primary_key=True),
    sa.Column("to_seq", sa.Integer, primary_key=True),  # of the one with which they arrived
    sa.Column("household_id", sa.BigInteger),
    sa.Column("transfer_id", sa.BigInteger),
)

allowance = sa.Table(
    "allowance",
    metadata,
    sa.Column("partner_id", sa.Integer, primary_key=True),
    sa.Column("kind", sa.SmallInteger, primary_key=True),
    sa.Column("granted", sa.BigInteger, nullable=False),
    sa.Column("restored", sa.BigInteger, nullable=False),
    sa.Column("alert_below", sa.BigInteger, nullable=False),
    sa.Column("alerted", sa.Boolean, nullable=False),
)

allowance_part = sa.Table(
    "allowance_part",
    metadata,
    sa.Column("partner_id", sa.Integer, primary_key=True),
    sa.Column("kind", sa.SmallInteger, primary_key=True),
    sa.Column("part", sa.SmallInteger, primary_key=True),
    sa.Column("units", sa.BigInteger, nullable=False),
)

allowance_use = sa.Table(
    "allowance_use",
    metadata,
    sa.Column("member_id", sa.BigInteger, primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True),  # of the award's entry, or of the reversal
    sa.Column("partner_id", sa.Integer, primary_key=True),
    sa.Column("kind", sa.SmallInteger, nullable=False),
    sa.Column("entry_seq", sa.Integer, nullable=False),  # of the award's entry
    sa.Column("period_id", sa.Integer, nullable=False),
    sa.Column("agreement_id", sa.Integer, nullable=False),
    sa.Column("points", sa.BigInteger, nullable=False),
    sa.Column("units", sa.BigInteger, nullable=False),  # used, or given back: negative
)
