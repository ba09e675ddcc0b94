"""Households, who was in them and when, whom they invited, and what was done."""

import sqlalchemy as sa

from coalition.kit.database import metadata

INSTANT = sa.TIMESTAMP(timezone=True)

household = sa.Table(
    "household",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("founded_at", INSTANT, nullable=False),
    sa.Column("ended_at", INSTANT),
)

household_member = sa.Table(
    "household_member",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("household_id", sa.BigInteger, nullable=False),
    sa.Column("member_id", sa.BigInteger, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("joined_at", INSTANT, nullable=False),
    sa.Column("left_at", INSTANT),
)

household_invitation = sa.Table(
    "household_invitation",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("household_id", sa.BigInteger, nullable=False),
    sa.Column("member_id", sa.BigInteger),  # null: the card was nobody's
    sa.Column("shown", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("invited_by", sa.BigInteger, nullable=False),
    sa.Column("invited_at", INSTANT, nullable=False),
    sa.Column("expires_at", INSTANT, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("decided_at", INSTANT),
)

household_act = sa.Table(
    "household_act",
    metadata,
    sa.Column("claim", sa.Uuid, primary_key=True),
    sa.Column("request_hash", sa.Uuid, nullable=False),
    sa.Column("household_id", sa.BigInteger, nullable=False),
    sa.Column("member_id", sa.BigInteger, nullable=False),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("subject_id", sa.BigInteger),
    sa.Column("client_id", sa.Text, nullable=False),
    sa.Column("request_id", sa.Uuid, nullable=False),
    sa.Column("recorded_at", INSTANT, nullable=False),
)
