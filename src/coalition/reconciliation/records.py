"""Partners' files, their rows while they are compared, and the items that differ."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from coalition.kit.database import metadata

INSTANT = sa.TIMESTAMP(timezone=True)

reconciliation_file = sa.Table(
    "reconciliation_file",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("partner_id", sa.Integer, nullable=False),
    sa.Column("claim", sa.Uuid, nullable=False, unique=True),
    sa.Column("request_hash", sa.Uuid, nullable=False),
    sa.Column("client_id", sa.Text, nullable=False),
    sa.Column("period_label", sa.Text, nullable=False),
    sa.Column("format", sa.Text, nullable=False),
    sa.Column("compression", sa.Text, nullable=False),
    sa.Column("file_name", sa.Text),
    sa.Column("announced_sha256", sa.LargeBinary),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("upload", sa.Uuid),  # which sending of the file counts
    sa.Column("period_id", sa.Integer),
    sa.Column("sequence", sa.Integer),
    sa.Column("currency", sa.Text),
    sa.Column("file_created_at", INSTANT),  # what happened later is not compared
    sa.Column("rows", sa.Integer),
    sa.Column("points", sa.Numeric(30, 0)),
    sa.Column("amount", sa.Numeric(30, 4)),
    sa.Column("sha256", sa.LargeBinary),
    sa.Column("gap_after", sa.Integer),  # the last sequence number before the ones that lack
    sa.Column("same_as", sa.BigInteger),
    sa.Column("created_at", INSTANT, nullable=False),
    sa.Column("taken_at", INSTANT),
    sa.Column("reconciled_at", INSTANT),
)

# Rows of the file as they were told; removed when they have been compared.
reconciliation_row = sa.Table(
    "reconciliation_row",
    metadata,
    sa.Column("file_id", sa.BigInteger, primary_key=True),
    sa.Column("line", sa.Integer, primary_key=True),
    sa.Column("partner_id", sa.Integer, nullable=False),
    sa.Column("upload", sa.Uuid, nullable=False),
    sa.Column("kind", sa.SmallInteger, nullable=False),
    sa.Column("reference", sa.Text, nullable=False),
    sa.Column("receipt", sa.Text),
    sa.Column("store", sa.Text),
    sa.Column("terminal", sa.Text),
    sa.Column("occurred_at", INSTANT, nullable=False),
    sa.Column("member_kind", sa.Text),
    sa.Column("member_value", sa.Text),
    sa.Column("points", sa.BigInteger, nullable=False),
    sa.Column("amount", sa.BigInteger),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
)

# Totals of both books on one side, signed; what matched exactly is counted here and not kept.
reconciliation_side = sa.Table(
    "reconciliation_side",
    metadata,
    sa.Column("file_id", sa.BigInteger, primary_key=True),
    sa.Column("side", sa.Text, primary_key=True),
    sa.Column("partner_id", sa.Integer, nullable=False),
    sa.Column("ledger_rows", sa.Integer, nullable=False),
    sa.Column("ledger_points", sa.BigInteger, nullable=False),
    sa.Column("file_rows", sa.Integer, nullable=False),
    sa.Column("file_points", sa.BigInteger, nullable=False),
    sa.Column("matched_rows", sa.Integer, nullable=False),
    sa.Column("matched_points", sa.BigInteger, nullable=False),
)

# What has found no counterpart yet: rows of the file (`line`) and of the ledger (`seq`).
reconciliation_rest = sa.Table(
    "reconciliation_rest",
    metadata,
    sa.Column("file_id", sa.BigInteger, primary_key=True),
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("partner_id", sa.Integer, nullable=False),
    sa.Column("side", sa.Text, nullable=False),
    sa.Column("line", sa.Integer),
    sa.Column("kind", sa.SmallInteger, nullable=False),
    sa.Column("reference", sa.Text, nullable=False),
    sa.Column("receipt_key", sa.Text),
    sa.Column("store", sa.Text),
    sa.Column("occurred_at", INSTANT, nullable=False),
    sa.Column("in_period", sa.Boolean, nullable=False),
    sa.Column("member_id", sa.BigInteger),
    sa.Column("who", sa.BigInteger, nullable=False),  # the member where a reference is not unique
    sa.Column("seq", sa.Integer),
    sa.Column("agreement_id", sa.Integer),
    sa.Column("points", sa.BigInteger, nullable=False),
    sa.Column("amount", sa.BigInteger),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("member_unknown", sa.Boolean, nullable=False),
    sa.Column("store_unknown", sa.Boolean, nullable=False),
)

reconciliation_item = sa.Table(
    "reconciliation_item",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("file_id", sa.BigInteger, nullable=False),
    sa.Column("partner_id", sa.Integer, nullable=False),
    sa.Column("period_id", sa.Integer, nullable=False),
    sa.Column("class", sa.Text, nullable=False),
    sa.Column("side", sa.Text, nullable=False),
    sa.Column("kind", sa.SmallInteger, nullable=False),
    sa.Column("found_by", sa.Text, nullable=False),
    sa.Column("reference", sa.Text, nullable=False),
    sa.Column("lines", ARRAY(sa.Integer), nullable=False),  # of the file; empty: it has none
    sa.Column("member_id", sa.BigInteger),
    sa.Column("seqs", ARRAY(sa.Integer), nullable=False),  # places in the member's ledger
    sa.Column("ledger_points", sa.BigInteger, nullable=False),  # signed, as is the file's
    sa.Column("file_points", sa.BigInteger, nullable=False),
    sa.Column("ledger_amount", sa.BigInteger),
    sa.Column("file_amount", sa.BigInteger),
    sa.Column("file_currency", sa.Text),
    sa.Column("occurred_at", INSTANT, nullable=False),
    sa.Column("told", JSONB),  # the file's row, by the names of its columns
    sa.Column("value", sa.BigInteger, nullable=False),  # at stake, in minor units of `currency`
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("owner", sa.Text),
    sa.Column("owned_since", INSTANT),
    sa.Column("opened_at", INSTANT, nullable=False),
    sa.Column("due_at", INSTANT, nullable=False),
    sa.Column("resolved_at", INSTANT),
    sa.Column("resolved_by", sa.Text),
    sa.Column("note", sa.Text),
    sa.Column("resolution_claim", sa.Uuid, unique=True),
    sa.Column("resolution_hash", sa.Uuid),
    sa.Column("request_id", sa.Uuid),
)
