"""Sessions of the members' pages: a random token in a cookie, its SHA-256 in the database, and
under it the tokens for the API, sealed: who reads the table can ask in nobody's name.
"""

import json
import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from coalition.access.keys import derived
from coalition.access.sessions import hash_of_token
from coalition.kit.config import Settings
from coalition.kit.database import Database

SECURE_COOKIE = "__Host-coalition-app"
LOOPBACK_COOKIE = "coalition-app"
# The longest that the sign-in lasts on which the tokens stand (sessions.py).
_LONGEST = timedelta(hours=12)
# How long one request may take to renew the tokens before another one may try.
_LEASE = timedelta(seconds=15)
_NONCE = 12


def web_cookie(settings: Settings) -> str:
    """The one name that counts here, as of `session_cookie`."""
    return SECURE_COOKIE if settings.is_secure else LOOPBACK_COOKIE


async def end_web_session(database: Database, token: str) -> None:
    """Of whoever was at the pages in a browser before: what it asked with may be good for a few
    seconds more, and is nobody else's.
    """
    await database.call("end_web_session", hash_of_token(token))


@dataclass(frozen=True, slots=True)
class WebTokens:
    """What the pages ask with. `access_ends_at` by this server's clock."""

    access: str
    refresh: str
    access_ends_at: datetime


@dataclass(frozen=True, slots=True)
class WebSession:
    session_id: bytes
    tokens: WebTokens
    ends_at: datetime


class WebSessions:
    """`root`: the key of the members' pages (`ServerKeys.web`)."""

    def __init__(self, database: Database, root: bytes) -> None:
        self._database = database
        self._cipher = AESGCM(derived(root, "web session"))

    async def begin(self, before: str | None, tokens: WebTokens, *, now: datetime) -> str:
        """The token of a new session; the one `before` it in the same browser ends."""
        token = secrets.token_urlsafe(32)
        session_id = hash_of_token(token)
        await self._database.call(
            "begin_web_session", session_id, before and hash_of_token(before),
            self._sealed(session_id, tokens), tokens.access_ends_at, now + _LONGEST, now,
        )  # fmt: skip
        return token

    async def find(self, token: str, *, now: datetime) -> WebSession | None:
        """None for one that is not there, has ended, or was sealed with another key."""
        return await self.again(hash_of_token(token), now=now)

    async def again(self, session_id: bytes, *, now: datetime) -> WebSession | None:
        """The same session as it stands by now."""
        rows = await self._database.call("find_web_session", session_id, now)
        if not rows:
            return None
        opened = self._opened(session_id, rows[0]["sealed"])
        if opened is None:
            return None
        tokens = replace(opened, access_ends_at=rows[0]["access_ends_at"])
        return WebSession(session_id, tokens, rows[0]["ends_at"])

    async def may_renew(self, session_id: bytes, *, now: datetime) -> bool:
        """Whether the caller is the one to renew the tokens. A refresh token is good once: of two
        pages that ask at the same moment the other one waits for what this one brings.
        """
        (row,) = await self._database.call("lease_web_session", session_id, now + _LEASE, now)
        mine: bool = row["taken"]
        return mine

    async def renew(self, session_id: bytes, tokens: WebTokens) -> None:
        sealed = self._sealed(session_id, tokens)
        await self._database.call("renew_web_session", session_id, sealed, tokens.access_ends_at)

    async def end(self, session_id: bytes) -> None:
        await self._database.call("end_web_session", session_id)

    def _sealed(self, session_id: bytes, tokens: WebTokens) -> bytes:
        nonce = secrets.token_bytes(_NONCE)
        text = json.dumps([tokens.access, tokens.refresh]).encode()
        # Bound to its row: what is moved to another one does not open there.
        return nonce + self._cipher.encrypt(nonce, text, session_id)

    def _opened(self, session_id: bytes, sealed: bytes) -> WebTokens | None:
        try:
            text = self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], session_id)
        except InvalidTag:
            return None
        access, refresh = json.loads(text)
        return WebTokens(access, refresh, datetime.min.replace(tzinfo=UTC))
