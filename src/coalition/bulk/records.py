"""Bulk awards, their files in pieces, and what came of each row."""

import sqlalchemy as sa

from coalition.kit.database import metadata

MOMENT = sa.TIMESTAMP(timezone=True)

bulk_award = sa.Table(
    "bulk_award",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("partner_id", sa.Integer, nullable=False),
    sa.Column("claim", sa.Uuid, nullable=False, unique=True),
    sa.Column("request_hash", sa.Uuid, nullable=False),
    sa.Column("format", sa.Text, nullable=False),
    sa.Column("compression", sa.Text, nullable=False),
    sa.Column("file_name", sa.Text),
    sa.Column("announced_sha256", sa.LargeBinary),
    sa.Column("announced_rows", sa.Integer),
    sa.Column("client_id", sa.Text, nullable=False),  # who sent the file
    sa.Column("built_in", sa.Boolean, nullable=False),
    sa.Column("login_id", sa.BigInteger),  # the person, where one let the client send it
    sa.Column("store_code", sa.Text),
    sa.Column("terminal_code", sa.Text),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("upload", sa.Uuid),  # which sending of the file counts
    sa.Column("bytes", sa.BigInteger),
    sa.Column("chunks", sa.Integer),
    sa.Column("sha256", sa.LargeBinary),
    sa.Column("rows", sa.Integer),
    sa.Column("next_place", sa.Integer, nullable=False),  # of the first row that is not done
    sa.Column("awarded", sa.Integer, nullable=False),
    sa.Column("replayed", sa.Integer, nullable=False),
    sa.Column("rejected", sa.Integer, nullable=False),
    sa.Column("points", sa.BigInteger, nullable=False),
    sa.Column("reason_code", sa.Text),
    sa.Column("reason", sa.Text),
    sa.Column("reason_line", sa.Integer),
    sa.Column("holder", sa.Uuid),
    sa.Column("leased_until", MOMENT),
    sa.Column("served_at", MOMENT),
    sa.Column("not_before", MOMENT),
    sa.Column("created_at", MOMENT, nullable=False),
    sa.Column("uploaded_at", MOMENT),
    sa.Column("started_at", MOMENT),
    sa.Column("finished_at", MOMENT),
    sa.Column("results_gone_at", MOMENT),
)

bulk_chunk = sa.Table(
    "bulk_chunk",
    metadata,
    sa.Column("bulk_id", sa.BigInteger, primary_key=True),
    sa.Column("upload", sa.Uuid, primary_key=True),
    sa.Column("place", sa.Integer, primary_key=True),
    sa.Column("partner_id", sa.Integer, nullable=False),
    sa.Column("data", sa.LargeBinary, nullable=False),
)

bulk_result = sa.Table(
    "bulk_result",
    metadata,
    sa.Column("bulk_id", sa.BigInteger, primary_key=True),
    sa.Column("place", sa.Integer, primary_key=True),
    sa.Column("partner_id", sa.Integer, nullable=False),
    sa.Column("line", sa.Integer, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("idempotency_key", sa.Text),
    sa.Column("reference", sa.Text),
    sa.Column("member_id", sa.BigInteger),
    sa.Column("seq", sa.Integer),
    sa.Column("points", sa.BigInteger),
    sa.Column("code", sa.Text),
    sa.Column("message", sa.Text),
    sa.Column("field", sa.Text),
)
