"""Periods' steps, runs, statements, their lines, netting, rates and the money book."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from coalition.kit.database import metadata

INSTANT = sa.TIMESTAMP(timezone=True)
PRICE = sa.Numeric(20, 8)
RATE = sa.Numeric(20, 10)
SHARE = sa.Numeric(20, 16)

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
    sa.Column("run_id", sa.BigInteger),  # null: issued before there were runs
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("replaces", sa.BigInteger),
    sa.Column("fees", sa.BigInteger, nullable=False),
    sa.Column("breakage", sa.BigInteger, nullable=False),
    sa.Column("adjusted", sa.BigInteger, nullable=False),
    sa.Column("prepaid", sa.BigInteger, nullable=False),
    sa.Column("vat_issued", sa.BigInteger, nullable=False),
    sa.Column("vat_redeemed", sa.BigInteger, nullable=False),
    sa.Column("taxes", JSONB, nullable=False),
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
    sa.Column("share", SHARE, nullable=False),
    sa.Column("agreement_id", sa.Integer),
    sa.Column("original_period_id", sa.Integer),
    sa.Column("promotion", sa.Text),
    sa.Column("redeemer_id", sa.Integer),
    sa.Column("adjustment_id", sa.BigInteger),
    sa.Column("entry_kind", sa.SmallInteger),
    sa.Column("entry_debit", sa.SmallInteger),
)

money_entry = sa.Table(
    "money_entry",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("statement_id", sa.BigInteger),
    sa.Column("line", sa.Integer),
    sa.Column("period_id", sa.Integer, nullable=False),
    sa.Column("partner_id", sa.Integer),
    sa.Column("debit", sa.SmallInteger, nullable=False),
    sa.Column("credit", sa.SmallInteger, nullable=False),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("recorded_at", INSTANT, nullable=False),
    sa.Column("source_kind", sa.Text, nullable=False),
    sa.Column("source_id", sa.BigInteger),
    sa.Column("reverses", sa.BigInteger),
)


def _signed() -> tuple[sa.Column[object], ...]:
    """Who did it: the person (books.person), the client, the request."""
    return (
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("client_id", sa.Text, nullable=False),
        sa.Column("request_id", sa.Uuid, nullable=False),
    )


period_step = sa.Table(
    "period_step",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("period_id", sa.Integer, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    *_signed(),
    sa.Column("reason", sa.Text),
    sa.Column("recorded_at", INSTANT, nullable=False),
)

period_gate = sa.Table(
    "period_gate",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("period_id", sa.Integer, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("partner_id", sa.Integer, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("open_items", sa.Integer, nullable=False),
    sa.Column("recorded_at", INSTANT, nullable=False),
)

gate_waiver = sa.Table(
    "gate_waiver",
    metadata,
    sa.Column("gate_id", sa.BigInteger, primary_key=True),
    sa.Column("person", sa.Text, primary_key=True),
    sa.Column("client_id", sa.Text, nullable=False),
    sa.Column("request_id", sa.Uuid, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("recorded_at", INSTANT, nullable=False),
)

period_approval = sa.Table(
    "period_approval",
    metadata,
    sa.Column("period_id", sa.Integer, primary_key=True),
    sa.Column("person", sa.Text, primary_key=True),
    sa.Column("figures", sa.LargeBinary, primary_key=True),
    sa.Column("client_id", sa.Text, nullable=False),
    sa.Column("request_id", sa.Uuid, nullable=False),
    sa.Column("recorded_at", INSTANT, nullable=False),
)

settlement_run = sa.Table(
    "settlement_run",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("period_id", sa.Integer, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("legal_entity_id", sa.Integer),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("entries", sa.BigInteger, nullable=False),
    sa.Column("up_to", INSTANT),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    *_signed(),
    sa.Column("reason", sa.Text),
    sa.Column("recorded_at", INSTANT, nullable=False),
)

adjustment = sa.Table(
    "adjustment",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("claim", sa.Uuid, nullable=False, unique=True),
    sa.Column("request_hash", sa.Uuid, nullable=False),
    sa.Column("period_id", sa.Integer, nullable=False),
    sa.Column("partner_id", sa.Integer, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("corrects", sa.Text, nullable=False),
    sa.Column("points", sa.BigInteger, nullable=False),
    sa.Column("price", PRICE),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.Column("authorised", sa.BigInteger, nullable=False),
    sa.Column("borne_by", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("source_kind", sa.Text, nullable=False),
    sa.Column("source_id", sa.Text, nullable=False),
    sa.Column("agreement_id", sa.Integer, nullable=False),
    sa.Column("statement_id", sa.BigInteger),
    sa.Column("line", sa.Integer),
    *_signed(),
    sa.Column("occurred_at", INSTANT, nullable=False),
    sa.Column("recorded_at", INSTANT, nullable=False),
)

fx_rate = sa.Table(
    "fx_rate",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("on_date", sa.Date, nullable=False),
    sa.Column("base", sa.Text, nullable=False),
    sa.Column("quote", sa.Text, nullable=False),
    sa.Column("rate", RATE, nullable=False),
    sa.Column("client_id", sa.Text, nullable=False),
    sa.Column("recorded_at", INSTANT, nullable=False),
)

pack_billed = sa.Table(
    "pack_billed",
    metadata,
    sa.Column("pack_id", sa.Integer, primary_key=True),
    sa.Column("partner_id", sa.Integer, nullable=False),
    sa.Column("period_id", sa.Integer, nullable=False),
    sa.Column("agreement_id", sa.Integer, nullable=False),
)

net_position = sa.Table(
    "net_position",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("run_id", sa.BigInteger, nullable=False),
    sa.Column("period_id", sa.Integer, nullable=False),
    sa.Column("partner_id", sa.Integer),
    sa.Column("legal_entity_id", sa.Integer),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("net", sa.BigInteger, nullable=False),
    sa.Column("vat", sa.BigInteger, nullable=False),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.Column("held", sa.BigInteger, nullable=False),
    sa.Column("billed", sa.BigInteger, nullable=False),
    sa.Column("settled_currency", sa.Text, nullable=False),
    sa.Column("settled", sa.BigInteger, nullable=False),
    sa.Column("fx_rate_id", sa.BigInteger),
)

fx_exchange = sa.Table(
    "fx_exchange",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("claim", sa.Uuid, nullable=False, unique=True),
    sa.Column("request_hash", sa.Uuid, nullable=False),
    sa.Column("period_id", sa.Integer, nullable=False),
    sa.Column("bought_currency", sa.Text, nullable=False),
    sa.Column("bought", sa.BigInteger, nullable=False),
    sa.Column("sold_currency", sa.Text, nullable=False),
    sa.Column("booked", sa.BigInteger, nullable=False),
    sa.Column("sold", sa.BigInteger, nullable=False),
    sa.Column("fx_rate_id", sa.BigInteger, nullable=False),
    sa.Column("executed_rate", RATE, nullable=False),
    *_signed(),
    sa.Column("recorded_at", INSTANT, nullable=False),
)

issuer_roll = sa.Table(
    "issuer_roll",
    metadata,
    sa.Column("period_id", sa.Integer, primary_key=True),
    sa.Column("issuer_id", sa.Integer, primary_key=True),
    *(
        sa.Column(name, sa.BigInteger, nullable=False)
        for name in ("issued", "returned", "redeemed", "refunded", "expired", "repaid", "opened")
    ),
)

cohort_roll = sa.Table(
    "cohort_roll",
    metadata,
    sa.Column("period_id", sa.Integer, primary_key=True),
    sa.Column("issuer_id", sa.Integer, primary_key=True),
    sa.Column("agreement_id", sa.Integer, primary_key=True),
    sa.Column("earned_in", sa.Date, primary_key=True),
    sa.Column("used_in", sa.Date, primary_key=True),
    *(
        sa.Column(name, sa.BigInteger, nullable=False)
        for name in ("issued", "returned", "redeemed", "refunded", "expired", "repaid", "opened")
    ),
)

held_line = sa.Table(
    "held_line",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("period_id", sa.Integer, nullable=False),
    sa.Column("partner_id", sa.Integer, nullable=False),
    sa.Column("statement_id", sa.BigInteger, nullable=False),
    sa.Column("line", sa.Integer, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.Column("releases", sa.BigInteger),
    sa.Column("source_kind", sa.Text, nullable=False),
    sa.Column("source_id", sa.Text, nullable=False),
    sa.Column("recorded_at", INSTANT, nullable=False),
)

held_line_netted = sa.Table(
    "held_line_netted",
    metadata,
    sa.Column("held_line_id", sa.BigInteger, primary_key=True),
    sa.Column("run_id", sa.BigInteger, nullable=False),
)
