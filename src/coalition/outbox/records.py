"""The table of events."""

import sqlalchemy as sa
from sqlalchemy.types import UserDefinedType

from coalition.kit.database import metadata


class TransactionId(UserDefinedType[int]):
    """PostgreSQL's 64-bit transaction number."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        return "xid8"


event = sa.Table(
    "event",
    metadata,
    sa.Column("transaction_id", TransactionId, primary_key=True),
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("kind", sa.SmallInteger, nullable=False),
    sa.Column("partner_id", sa.Integer),
    sa.Column("member_id", sa.BigInteger),
    sa.Column("seq", sa.Integer),
    sa.Column("statement_id", sa.BigInteger),
    sa.Column("client_id", sa.Text),
    sa.Column("request_id", sa.Uuid),
    sa.Column("recorded_at", sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("subject_id", sa.BigInteger),
)
