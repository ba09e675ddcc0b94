"""Attempts to sign in: counted before they are checked, slower and slower where they fail."""

import hashlib
from datetime import datetime

from coalition.kit.database import Database

# Attempts that are free, and the longest wait in seconds, for: this address at this e-mail; this
# address at any; any address at this e-mail. The last wait is short: whoever hammers somebody
# else's e-mail must not keep its owner out for long (docs/sign-in.md).
_PAIR, _ADDRESS, _EMAIL = (5, 900), (20, 900), (50, 30)


class TooManyAttempts(Exception):
    """`wait_seconds` until it may be tried again."""

    def __init__(self, wait_seconds: int) -> None:
        super().__init__(f"Try again in {wait_seconds} seconds.")
        self.wait_seconds = wait_seconds


class Attempts:
    """From one address: at an e-mail's password, or with a passkey, which names no e-mail."""

    def __init__(self, database: Database, address: str, email: str | None = None) -> None:
        self._database = database
        self._pair = None if email is None else _key("pair", email, address)
        self._others = {_key("address", address): _ADDRESS}
        if email is not None:
            self._others[_key("email", email)] = _EMAIL

    async def count(self, now: datetime) -> None:
        """Raises `TooManyAttempts`, `Unavailable`."""
        rules = self._others | ({self._pair: _PAIR} if self._pair else {})
        (row,) = await self._database.call(
            "attempt_sign_in", list(rules), [free for free, _ in rules.values()],
            [longest for _, longest in rules.values()], now,
        )  # fmt: skip
        if row["wait_seconds"] > 0:
            raise TooManyAttempts(row["wait_seconds"])

    async def forget(self) -> None:
        """It was right: signing in often slows nobody down, nor who shares the address."""
        await self._database.call("forget_attempts", self._pair, list(self._others))


def _key(*parts: str) -> bytes:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).digest()
