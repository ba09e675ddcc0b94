"""What waits to be confirmed from a mailbox, and codes of cards."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from coalition.kit.database import metadata

MOMENT = sa.TIMESTAMP(timezone=True)

verification = sa.Table(
    "verification",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("email", sa.Text, nullable=False),
    sa.Column("login_id", sa.BigInteger),
    sa.Column("content", JSONB, nullable=False),
    sa.Column("asked_at", MOMENT, nullable=False),
    sa.Column("expires_at", MOMENT, nullable=False),
    sa.Column("used_at", MOMENT),
)

card_code = sa.Table(
    "card_code",
    metadata,
    sa.Column("card", sa.Text, primary_key=True),
    sa.Column("code_hash", sa.LargeBinary, nullable=False),
    sa.Column("partner_id", sa.Integer),
    sa.Column("tries", sa.SmallInteger, nullable=False),
    sa.Column("expires_at", MOMENT, nullable=False),
)
