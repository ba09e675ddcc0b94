"""Clients and keys. Only the owner reads secrets; a server asks functions for what it needs."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from coalition.kit.database import metadata

MOMENT = sa.TIMESTAMP(timezone=True)

client = sa.Table(
    "client",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("partner_id", sa.Integer),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("scopes", ARRAY(sa.Text), nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("grants", ARRAY(sa.Text), nullable=False),
    sa.Column("redirect_uris", ARRAY(sa.Text), nullable=False),
    sa.Column("authentication", sa.Text, nullable=False),
    sa.Column("public_keys", JSONB),
    sa.Column("store_code", sa.Text),
    sa.Column("terminal_code", sa.Text),
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
    sa.Column("purpose", sa.Text, nullable=False, server_default="tokens"),
)

secret = sa.Table(
    "secret",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.LargeBinary, nullable=False),
)

login = sa.Table(
    "login",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("email", sa.Text, nullable=False, unique=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("partner_id", sa.Integer),
    sa.Column("member_id", sa.BigInteger),
    sa.Column("roles", ARRAY(sa.Text), nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("password_hash", sa.Text, nullable=False),
    sa.Column("created_at", MOMENT, nullable=False),
    sa.Column("passkey_handle", sa.LargeBinary),
    sa.Column("mail_refused_at", MOMENT),
)

session = sa.Table(
    "session",
    metadata,
    sa.Column("token_hash", sa.LargeBinary, primary_key=True),
    sa.Column("login_id", sa.BigInteger, nullable=False),
    sa.Column("began_at", MOMENT, nullable=False),
    sa.Column("seen_at", MOMENT, nullable=False),
    sa.Column("ends_at", MOMENT, nullable=False),
    sa.Column("proved_at", MOMENT),
    sa.Column("agent", sa.Text),
)

web_session = sa.Table(
    "web_session",
    metadata,
    sa.Column("token_hash", sa.LargeBinary, primary_key=True),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("access_ends_at", MOMENT, nullable=False),
    sa.Column("renewing_until", MOMENT),
    sa.Column("began_at", MOMENT, nullable=False),
    sa.Column("ends_at", MOMENT, nullable=False),
)

passkey = sa.Table(
    "passkey",
    metadata,
    sa.Column("credential_id", sa.LargeBinary, primary_key=True),
    sa.Column("login_id", sa.BigInteger, nullable=False),
    sa.Column("public_key", sa.LargeBinary, nullable=False),
    sa.Column("sign_count", sa.BigInteger, nullable=False),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("transports", ARRAY(sa.Text), nullable=False),
    sa.Column("backed_up", sa.Boolean, nullable=False),
    sa.Column("created_at", MOMENT, nullable=False),
    sa.Column("used_at", MOMENT),
)

passkey_challenge = sa.Table(
    "passkey_challenge",
    metadata,
    sa.Column("challenge_hash", sa.LargeBinary, primary_key=True),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("browser_hash", sa.LargeBinary, nullable=False),
    sa.Column("expires_at", MOMENT, nullable=False),
)

sign_in_attempt = sa.Table(
    "sign_in_attempt",
    metadata,
    sa.Column("key", sa.LargeBinary, primary_key=True),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("last_at", MOMENT, nullable=False),
)

oauth_grant = sa.Table(
    "oauth_grant",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("client_id", sa.Text, nullable=False),
    sa.Column("login_id", sa.BigInteger, nullable=False),
    sa.Column("scopes", ARRAY(sa.Text), nullable=False),
    sa.Column("began_at", MOMENT, nullable=False),
    sa.Column("ended_at", MOMENT),
    sa.Column("session_hash", sa.LargeBinary),
    sa.Column("proved_at", MOMENT),
)

oauth_code = sa.Table(
    "oauth_code",
    metadata,
    sa.Column("code_hash", sa.LargeBinary, primary_key=True),
    sa.Column("grant_id", sa.Uuid, nullable=False),
    sa.Column("redirect_uri", sa.Text, nullable=False),
    sa.Column("challenge", sa.Text, nullable=False),
    sa.Column("expires_at", MOMENT, nullable=False),
    sa.Column("used_at", MOMENT),
)

refresh_token = sa.Table(
    "refresh_token",
    metadata,
    sa.Column("token_hash", sa.LargeBinary, primary_key=True),
    sa.Column("grant_id", sa.Uuid, nullable=False),
    sa.Column("expires_at", MOMENT, nullable=False),
    sa.Column("used_at", MOMENT),
)

device_request = sa.Table(
    "device_request",
    metadata,
    sa.Column("device_hash", sa.LargeBinary, primary_key=True),
    sa.Column("user_code", sa.Text, nullable=False, unique=True),
    sa.Column("client_id", sa.Text, nullable=False),
    sa.Column("scopes", ARRAY(sa.Text), nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("grant_id", sa.Uuid),
    sa.Column("wait_seconds", sa.Integer, nullable=False),
    sa.Column("polled_at", MOMENT),
    sa.Column("expires_at", MOMENT, nullable=False),
)

person_request = sa.Table(
    "person_request",
    metadata,
    sa.Column("request_id", sa.Uuid, primary_key=True),
    sa.Column("login_id", sa.BigInteger, nullable=False),
    sa.Column("grant_id", sa.Uuid),
    sa.Column("at", MOMENT, nullable=False),
)

known_device = sa.Table(
    "known_device",
    metadata,
    sa.Column("login_id", sa.BigInteger, primary_key=True),
    sa.Column("device_hash", sa.LargeBinary, primary_key=True),
    sa.Column("first_at", MOMENT, nullable=False),
    sa.Column("last_at", MOMENT, nullable=False),
)

used_assertion = sa.Table(
    "used_assertion",
    metadata,
    sa.Column("client_id", sa.Text, primary_key=True),
    sa.Column("jti_hash", sa.LargeBinary, primary_key=True),
    sa.Column("until", MOMENT, nullable=False),
)
