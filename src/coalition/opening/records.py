"""Balances carried over: the files, who signed for what, and each lot. Only ever added."""

import sqlalchemy as sa

from coalition.kit.database import metadata

INSTANT = sa.TIMESTAMP(timezone=True)

opening = sa.Table(
    "opening",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("as_of", INSTANT, nullable=False),
    sa.Column("file_name", sa.Text, nullable=False),
    sa.Column("sha256", sa.LargeBinary, nullable=False),  # of the unpacked file
    sa.Column("client_id", sa.Text),
    sa.Column("request_id", sa.Uuid),
    sa.Column("members", sa.BigInteger, nullable=False),
    sa.Column("enrolled", sa.BigInteger, nullable=False),
    sa.Column("recorded_at", INSTANT, nullable=False),
)

opening_issuer = sa.Table(
    "opening_issuer",
    metadata,
    sa.Column("opening_id", sa.BigInteger, primary_key=True),
    sa.Column("issuer_id", sa.Integer, primary_key=True),
    sa.Column("lots", sa.Integer, nullable=False),
    sa.Column("points", sa.BigInteger, nullable=False),
    sa.Column("paid", sa.Boolean, nullable=False),  # in the old books; else when it is spent
)

opening_lot = sa.Table(
    "opening_lot",
    metadata,
    sa.Column("member_id", sa.BigInteger, primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True),  # of its entry and its lot
    sa.Column("opening_id", sa.BigInteger, nullable=False),
    sa.Column("line", sa.Integer, nullable=False),
    sa.Column("issuer_id", sa.Integer, nullable=False),
    sa.Column("lot", sa.Text, nullable=False),  # what the old system calls it
    sa.Column("points", sa.BigInteger, nullable=False),
)

# What is being loaded; empty but for the time of a command.
opening_row = sa.Table(
    "opening_row",
    metadata,
    sa.Column("upload", sa.Uuid, primary_key=True),
    sa.Column("line", sa.Integer, primary_key=True),
    sa.Column("issuer_id", sa.Integer, nullable=False),
    sa.Column("agreement_id", sa.Integer, nullable=False),
    sa.Column("lot", sa.Text, nullable=False),
    sa.Column("member_kind", sa.Text, nullable=False),
    sa.Column("member_value", sa.Text, nullable=False),
    sa.Column("member_id", sa.BigInteger),
    sa.Column("points", sa.BigInteger, nullable=False),
    sa.Column("earned_at", INSTANT, nullable=False),
    sa.Column("expires_on", sa.Date),
    sa.Column("loaded_at", INSTANT, nullable=False),
)
