"""Statements, their lines and the money book."""

import sqlalchemy as sa

from coalition.kit.database import metadata

INSTANT = sa.TIMESTAMP(timezone=True)
PRICE = sa.Numeric(20, 8)

statement = sa.Table(
    "statement",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("period_id", sa.Integer, nullable=False),
    sa.Column("partner_id", sa.Integer, nullable=False),
    sa.Column("number", sa.Text, nullable=False, unique=True),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("issued", sa.BigInteger, nullable=False),
    sa.Column("redeemed", sa.BigInteger, nullable=False),
    sa.Column("net", sa.BigInteger, nullable=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    sa.Column("issued_at", INSTANT, nullable=False),
)

statement_line = sa.Table(
    "statement_line",
    metadata,
    sa.Column("statement_id", sa.BigInteger, primary_key=True),
    sa.Column("line", sa.Integer, primary_key=True),
    sa.Column("partner_id", sa.Integer, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("points", sa.BigInteger, nullable=False),
    sa.Column("price", PRICE),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.Column("entries", sa.Integer, nullable=False),
)

money_entry = sa.Table(
    "money_entry",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("statement_id", sa.BigInteger, nullable=False),
    sa.Column("line", sa.Integer, nullable=False),
    sa.Column("period_id", sa.Integer, nullable=False),
    sa.Column("partner_id", sa.Integer, nullable=False),
    sa.Column("debit", sa.SmallInteger, nullable=False),
    sa.Column("credit", sa.SmallInteger, nullable=False),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("recorded_at", INSTANT, nullable=False),
)
