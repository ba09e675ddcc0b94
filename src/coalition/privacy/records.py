"""Copies of members' data, and members that want to be forgotten."""

import sqlalchemy as sa

from coalition.kit.database import metadata

MOMENT = sa.TIMESTAMP(timezone=True)

data_copy = sa.Table(
    "data_copy",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("member_id", sa.BigInteger, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("asked_at", MOMENT, nullable=False),
    sa.Column("ready_at", MOMENT),
    sa.Column("expires_at", MOMENT),
    sa.Column("fetched_at", MOMENT),
    sa.Column("content", sa.LargeBinary),
    sa.Column("lease", sa.Uuid),
    sa.Column("leased_until", MOMENT),
)

erasure = sa.Table(
    "erasure",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("member_id", sa.BigInteger, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("points", sa.BigInteger, nullable=False),
    sa.Column("asked_at", MOMENT, nullable=False),
    sa.Column("due_at", MOMENT, nullable=False),
    sa.Column("ended_at", MOMENT),
    sa.Column("client_id", sa.Text, nullable=False),
    sa.Column("request_id", sa.Uuid, nullable=False),
)
