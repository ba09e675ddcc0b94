"""Mails that wait and were sent, and what members said about them."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from coalition.kit.database import metadata

MOMENT = sa.TIMESTAMP(timezone=True)

mail = sa.Table(
    "mail",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("member_id", sa.BigInteger),
    sa.Column("login_id", sa.BigInteger),
    sa.Column("address", sa.Text),
    sa.Column("locale", sa.Text),
    sa.Column("facts", JSONB, nullable=False),
    sa.Column("rank", sa.SmallInteger, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("answer", sa.Text),
    sa.Column("tries", sa.SmallInteger, nullable=False),
    sa.Column("written_at", MOMENT, nullable=False),
    sa.Column("due_at", MOMENT, nullable=False),
    sa.Column("best_before", MOMENT, nullable=False),
    sa.Column("tried_at", MOMENT),
    sa.Column("lease", sa.Uuid),
    sa.Column("leased_until", MOMENT),
)

mail_cursor = sa.Table(
    "mail_cursor",
    metadata,
    sa.Column("id", sa.SmallInteger, primary_key=True),
    sa.Column("transaction_id", sa.BigInteger, nullable=False),
    sa.Column("event_id", sa.BigInteger, nullable=False),
)

expiry_reminder = sa.Table(
    "expiry_reminder",
    metadata,
    sa.Column("member_id", sa.BigInteger, primary_key=True),
    sa.Column("expires_on", sa.Date, primary_key=True),
    sa.Column("days_before", sa.SmallInteger, primary_key=True),
)

mail_preference = sa.Table(
    "mail_preference",
    metadata,
    sa.Column("member_id", sa.BigInteger, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("channel", sa.Text, nullable=False),
)

quiet_hours = sa.Table(
    "quiet_hours",
    metadata,
    sa.Column("member_id", sa.BigInteger, primary_key=True),
    sa.Column("quiet_from", sa.Time, nullable=False),
    sa.Column("quiet_until", sa.Time, nullable=False),
)
