"""The tables of payments: files sent, payments in them, files of the bank and what they say."""

import sqlalchemy as sa

from coalition.kit.database import metadata

INSTANT = sa.TIMESTAMP(timezone=True)


def _signed() -> tuple[sa.Column[object], ...]:
    """Who did it and when: the person (books.person), the client, the request."""
    return (
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("client_id", sa.Text, nullable=False),
        sa.Column("request_id", sa.Uuid, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
    )


payment_file = sa.Table(
    "payment_file",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("period_id", sa.Integer, nullable=False),
    sa.Column("scheme", sa.Text, nullable=False),
    sa.Column("is_sepa", sa.Boolean, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("message_id", sa.Text, nullable=False, unique=True),
    sa.Column("schema_name", sa.Text, nullable=False),
    sa.Column("payments", sa.Integer, nullable=False),
    sa.Column("control_sum", sa.BigInteger, nullable=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    *_signed(),
)

payment = sa.Table(
    "payment",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("period_id", sa.Integer, nullable=False),
    sa.Column("partner_id", sa.Integer, nullable=False),
    sa.Column("statement_number", sa.Text, nullable=False),
    sa.Column("end_to_end_id", sa.Text, nullable=False, unique=True),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("direction", sa.Text, nullable=False),
    sa.Column("method", sa.Text, nullable=False),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("account", sa.Text),
    sa.Column("due_on", sa.Date, nullable=False),
    sa.Column("file_id", sa.BigInteger),
    sa.Column("reason", sa.Text),
    sa.Column("mandate_id", sa.Text),
    sa.Column("mandate_sequence", sa.Text),
    *_signed(),
)

bank_file = sa.Table(
    "bank_file",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("hash", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("schema_name", sa.Text, nullable=False),
    sa.Column("message_id", sa.Text, nullable=False),
    sa.Column("account", sa.Text),
    sa.Column("content", sa.LargeBinary, nullable=False),
    *_signed(),
)

bank_statement = sa.Table(
    "bank_statement",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("bank_file_id", sa.BigInteger, nullable=False),
    sa.Column("place", sa.Integer, nullable=False),
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("currency", sa.Text),
    sa.Column("identification", sa.Text),
    sa.Column("page", sa.BigInteger),
    sa.Column("sequence", sa.BigInteger),
    sa.Column("day", sa.Date),
    sa.Column("missing_after", sa.BigInteger),
    sa.Column("repeats", sa.BigInteger),
)

bank_entry = sa.Table(
    "bank_entry",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("bank_file_id", sa.BigInteger, nullable=False),
    sa.Column("place", sa.Integer, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("payment_id", sa.BigInteger),
    sa.Column("partner_id", sa.Integer),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("end_to_end_id", sa.Text),
    sa.Column("bank_reference", sa.Text),
    sa.Column("is_credit", sa.Boolean),
    sa.Column("amount", sa.BigInteger),
    sa.Column("currency", sa.Text),
    sa.Column("booked", sa.BigInteger, nullable=False),
    sa.Column("surplus", sa.BigInteger, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("booked_on", sa.Date),
    sa.Column("from_another", sa.Boolean, nullable=False),
    sa.Column("answers", sa.BigInteger, unique=True),
    sa.Column("person", sa.Text),
    sa.Column("client_id", sa.Text),
    sa.Column("request_id", sa.Uuid),
    sa.Column("recorded_at", INSTANT, nullable=False),
)
