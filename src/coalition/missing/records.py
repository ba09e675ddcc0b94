"""The tables of missing purchases: how each stands, what happened to it, and its receipts."""

import sqlalchemy as sa

from coalition.kit.database import metadata

INSTANT = sa.TIMESTAMP(timezone=True)
_SIGNED = (
    ("client_id", sa.Text),
    ("request_id", sa.Uuid),
    ("recorded_at", INSTANT),
)


def _signed() -> list[sa.Column[object]]:
    return [sa.Column(name, kind, nullable=False) for name, kind in _SIGNED]


missing_purchase = sa.Table(
    "missing_purchase",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("member_id", sa.BigInteger, nullable=False),
    sa.Column("partner_id", sa.Integer, nullable=False),
    sa.Column("claim", sa.Uuid, nullable=False, unique=True),
    sa.Column("request_hash", sa.Uuid, nullable=False),
    sa.Column("reference", sa.Text, nullable=False),
    sa.Column("purchased_on", sa.Date, nullable=False),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("reported_at", INSTANT, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("due_at", INSTANT),
    sa.Column("changed_at", INSTANT, nullable=False),
    sa.Column("award_seq", sa.Integer),
    *_signed(),
)

missing_step = sa.Table(
    "missing_step",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("missing_id", sa.BigInteger, nullable=False),
    sa.Column("member_id", sa.BigInteger, nullable=False),
    sa.Column("partner_id", sa.Integer, nullable=False),
    sa.Column("side", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("claim", sa.Uuid, unique=True),
    sa.Column("request_hash", sa.Uuid),
    sa.Column("reason", sa.Text),
    sa.Column("message", sa.Text),
    sa.Column("occurred_at", INSTANT, nullable=False),
    sa.Column("person", sa.Text, nullable=False),
    *_signed(),
)

missing_receipt = sa.Table(
    "missing_receipt",
    metadata,
    sa.Column("missing_id", sa.BigInteger, primary_key=True),
    sa.Column("number", sa.SmallInteger, primary_key=True),
    sa.Column("member_id", sa.BigInteger, nullable=False),
    sa.Column("partner_id", sa.Integer, nullable=False),
    sa.Column("media_type", sa.Text, nullable=False),
    sa.Column("sha256", sa.LargeBinary, nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("content", sa.LargeBinary),
    sa.Column("received_at", INSTANT, nullable=False),
    *_signed(),
)
