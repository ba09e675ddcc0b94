"""Points that members give to others."""

import sqlalchemy as sa

from coalition.kit.database import metadata

INSTANT = sa.TIMESTAMP(timezone=True)

transfer = sa.Table(
    "transfer",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("claim", sa.Uuid, nullable=False, unique=True),
    sa.Column("request_hash", sa.Uuid, nullable=False),
    sa.Column("from_member_id", sa.BigInteger, nullable=False),
    sa.Column("to_member_id", sa.BigInteger, nullable=False),
    sa.Column("points", sa.BigInteger, nullable=False),
    sa.Column("first_seq", sa.Integer, nullable=False),  # of its entries at the giver's
    sa.Column("last_seq", sa.Integer, nullable=False),
    sa.Column("sent_at", INSTANT, nullable=False),
    sa.Column("returns_at", INSTANT, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("decided_at", INSTANT),
    sa.Column("client_id", sa.Text, nullable=False),
    sa.Column("request_id", sa.Uuid, nullable=False),
    sa.Column("recorded_at", INSTANT, nullable=False),
)
