"""Documents as they were issued, and the heads that they print."""

import sqlalchemy as sa

from coalition.kit.database import metadata

INSTANT = sa.TIMESTAMP(timezone=True)

period_head = sa.Table(
    "period_head",
    metadata,
    sa.Column("period_id", sa.Integer, primary_key=True),
    sa.Column("calendar", sa.Text, nullable=False),
    sa.Column("place", sa.Integer, nullable=False),
    sa.Column("entries", sa.BigInteger, nullable=False),
    sa.Column("previous", sa.LargeBinary, nullable=False),
    sa.Column("head", sa.LargeBinary, nullable=False),
    sa.Column("recorded_at", INSTANT, nullable=False),
)

statement_document = sa.Table(
    "statement_document",
    metadata,
    sa.Column("statement_id", sa.BigInteger, primary_key=True),
    sa.Column("partner_id", sa.Integer, nullable=False),
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("sha256", sa.LargeBinary, nullable=False),
    sa.Column("signature", sa.Text, nullable=False),
    sa.Column("recorded_at", INSTANT, nullable=False),
)

invoice = sa.Table(
    "invoice",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("type_code", sa.SmallInteger, nullable=False),
    sa.Column("issuer", sa.Text, nullable=False),
    sa.Column("series", sa.Text, nullable=False),
    sa.Column("place", sa.Integer, nullable=False),
    sa.Column("number", sa.Text, nullable=False),
    sa.Column("period_id", sa.Integer, nullable=False),
    sa.Column("partner_id", sa.Integer, nullable=False),
    sa.Column("statement_id", sa.BigInteger, nullable=False),
    sa.Column("corrects", sa.BigInteger, unique=True),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("net", sa.BigInteger, nullable=False),
    sa.Column("vat", sa.BigInteger, nullable=False),
    sa.Column("total", sa.BigInteger, nullable=False),
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("sha256", sa.LargeBinary, nullable=False),
    sa.Column("recorded_at", INSTANT, nullable=False),
)
