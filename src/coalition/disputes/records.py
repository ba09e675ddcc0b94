"""The tables of disputes: how each stands, and what happened to it."""

import sqlalchemy as sa

from coalition.kit.database import metadata

INSTANT = sa.TIMESTAMP(timezone=True)

dispute = sa.Table(
    "dispute",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("partner_id", sa.Integer, nullable=False),
    sa.Column("period_id", sa.Integer, nullable=False),
    sa.Column("statement_id", sa.BigInteger, nullable=False),
    sa.Column("line", sa.Integer, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.Column("frozen_as", sa.Text, nullable=False),
    sa.Column("source_kind", sa.Text),
    sa.Column("source_id", sa.Text),
    sa.Column("opened_at", INSTANT, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("round", sa.Integer, nullable=False),
    sa.Column("due_at", INSTANT),
    sa.Column("authorised", sa.BigInteger),
    sa.Column("adjustment_id", sa.BigInteger),
    sa.Column("warned_of", INSTANT),
)

dispute_step = sa.Table(
    "dispute_step",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("dispute_id", sa.BigInteger, nullable=False),
    sa.Column("partner_id", sa.Integer, nullable=False),
    sa.Column("side", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("round", sa.Integer, nullable=False),
    sa.Column("claim", sa.Uuid, unique=True),
    sa.Column("request_hash", sa.Uuid),
    sa.Column("reason", sa.Text),
    sa.Column("amount", sa.BigInteger),
    sa.Column("message", sa.Text),
    sa.Column("is_late", sa.Boolean, nullable=False),
    sa.Column("due_at", INSTANT),
    sa.Column("evidence_name", sa.Text),
    sa.Column("evidence_type", sa.Text),
    sa.Column("evidence_hash", sa.LargeBinary),
    sa.Column("evidence", sa.LargeBinary),
    sa.Column("occurred_at", INSTANT, nullable=False),
    sa.Column("person", sa.Text, nullable=False),
    sa.Column("client_id", sa.Text, nullable=False),
    sa.Column("request_id", sa.Uuid, nullable=False),
    sa.Column("recorded_at", INSTANT, nullable=False),
)

# The differences of a reconciliation that a dispute is about.
dispute_item = sa.Table(
    "dispute_item",
    metadata,
    sa.Column("dispute_id", sa.BigInteger, primary_key=True),
    sa.Column("item_id", sa.BigInteger, primary_key=True),
    sa.Column("partner_id", sa.Integer, nullable=False),
)
