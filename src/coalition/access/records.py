"""Clients and keys. Only the owner reads secrets; a server asks functions for what it needs."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from coalition.kit.database import metadata

client = sa.Table(
    "client",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("partner_id", sa.Integer),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("scopes", ARRAY(sa.Text), nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
)

client_secret = sa.Table(
    "client_secret",
    metadata,
    sa.Column("client_id", sa.Text, primary_key=True),
    sa.Column("secret_hash", sa.LargeBinary, primary_key=True),
    sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("valid_until", sa.TIMESTAMP(timezone=True)),
)

signing_key = sa.Table(
    "signing_key",
    metadata,
    sa.Column("kid", sa.Text, primary_key=True),
    sa.Column("private_key", sa.Text, nullable=False),
    sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("retired_at", sa.TIMESTAMP(timezone=True)),
)

secret = sa.Table(
    "secret",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.LargeBinary, nullable=False),
)
