"""Endpoints, what they are told, deliveries and attempts. Secrets are for the verbs alone."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from coalition.kit.database import metadata

INSTANT = sa.TIMESTAMP(timezone=True)

webhook_endpoint = sa.Table(
    "webhook_endpoint",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("partner_id", sa.Integer, nullable=False),
    sa.Column("client_id", sa.Text, nullable=False),
    sa.Column("scopes", ARRAY(sa.Text), nullable=False),
    sa.Column("claim", sa.Uuid, nullable=False, unique=True),
    sa.Column("request_hash", sa.Uuid, nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sa.Column("failing_since", INSTANT),
    sa.Column("created_at", INSTANT, nullable=False),
    sa.Column("login_id", sa.BigInteger),  # the person whose leave it lives on
)

webhook_subscription = sa.Table(
    "webhook_subscription",
    metadata,
    sa.Column("endpoint_id", sa.BigInteger, primary_key=True),
    sa.Column("kind", sa.SmallInteger, primary_key=True),
    sa.Column("partner_id", sa.Integer, nullable=False),
    sa.Column("document", sa.Text, nullable=False),
)

webhook_delivery = sa.Table(
    "webhook_delivery",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("endpoint_id", sa.BigInteger, nullable=False),
    sa.Column("partner_id", sa.Integer, nullable=False),
    sa.Column("kind", sa.SmallInteger, nullable=False),
    sa.Column("transaction_id", sa.BigInteger),
    sa.Column("event_id", sa.BigInteger),
    sa.Column("claim", sa.Uuid, unique=True),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sa.Column("happened_at", INSTANT, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("tries", sa.SmallInteger, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("due_at", INSTANT, nullable=False),
    sa.Column("lease", sa.Uuid),
    sa.Column("leased_until", INSTANT),
)

webhook_attempt = sa.Table(
    "webhook_attempt",
    metadata,
    sa.Column("delivery_id", sa.BigInteger, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("partner_id", sa.Integer, nullable=False),
    sa.Column("lease", sa.Uuid, nullable=False),
    sa.Column("at", INSTANT, nullable=False),
    sa.Column("milliseconds", sa.Integer, nullable=False),
    sa.Column("status", sa.Integer),
    sa.Column("error", sa.Text),
    sa.Column("response", sa.Text),
)

webhook_secret = sa.Table(
    "webhook_secret",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("endpoint_id", sa.BigInteger, nullable=False),
    sa.Column("claim", sa.Uuid, unique=True),
    sa.Column("secret", sa.LargeBinary),
    sa.Column("created_at", INSTANT, nullable=False),
    sa.Column("valid_until", INSTANT),
)

webhook_cursor = sa.Table(
    "webhook_cursor",
    metadata,
    sa.Column("one", sa.Boolean, primary_key=True),
    sa.Column("transaction_id", sa.BigInteger, nullable=False),
    sa.Column("event_id", sa.BigInteger, nullable=False),
)
