"""Who comes in: the bearer of a token, checked in the same way for every transport."""

import hashlib
import time
from dataclasses import dataclass, replace
from uuid import UUID

from coalition.access import (
    BUILT_IN,
    Actor,
    CheckedToken,
    Scope,
    ServerKeys,
    TokenRefused,
    checked_token,
    living_scopes,
)
from coalition.api.context import Server
from coalition.partners import Terms

_CHECKED_TOKENS = 1000
_ALIVE_SECONDS = 3.0
# Who listens for long asks for the terms more often: what a suspension ends, ends in seconds.
_TERMS_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Entered:
    checked: CheckedToken
    keys: ServerKeys
    terms: Terms

    @property
    def actor(self) -> Actor:
        return self.checked.actor

    @property
    def ends_at(self) -> int:
        """The second since 1970 from which the token is no longer one."""
        return self.checked.ends_at


class Door:
    """One per process; remembers the tokens that it has checked until they end."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._checked: dict[bytes, CheckedToken] = {}
        self._living: dict[tuple[str, UUID | None], tuple[frozenset[Scope], float]] = {}

    async def enter(self, authorization: str | None) -> Entered:
        """The bearer that an `Authorization` header names.

        Raises `TokenRefused`, `Unavailable`, `Misconfigured`.
        """
        keys = await self._server.keys()
        checked = await self._alive_still(self._token(authorization or "", keys))
        terms = await self._server.office.terms()
        partner_id = checked.actor.partner_id
        if partner_id is not None and not terms.knows(partner_id):
            raise TokenRefused("The access token is not valid.")
        return Entered(checked, keys, terms)

    async def renewed(self, entered: Entered) -> Entered:
        """The same bearer a while later, with what is in force by then.

        Raises `TokenRefused`, `Unavailable`, `Misconfigured`.
        """
        if entered.ends_at <= time.time():
            raise TokenRefused("The access token has expired.")
        if await self._alive_still(entered.checked) != entered.checked:
            # What was admitted for more scopes goes on with none of them.
            raise TokenRefused("The access token may be used for less than before.")
        terms = await self._server.office.terms(at_most_old=_TERMS_SECONDS)
        return replace(entered, keys=await self._server.keys(), terms=terms)

    async def _alive_still(self, checked: CheckedToken) -> CheckedToken:
        """A revoked client, an ended permission, a closed login: their tokens stop within
        seconds, everywhere; and a person's carry no more than its roles hold. Raises
        `TokenRefused`.
        """
        key = (checked.actor.client_id, checked.grant_id)
        known = self._living.get(key)
        now = time.monotonic()
        if known is None or now - known[1] > _ALIVE_SECONDS:
            living = await living_scopes(
                self._server.database,
                checked.actor.client_id,
                checked.grant_id,
                built_in=checked.actor.client_id in BUILT_IN,
            )
            if len(self._living) >= _CHECKED_TOKENS:
                self._living.clear()
            known = self._living[key] = (living, now)
        alive = checked.limited_to(known[0])
        if alive is None:
            raise TokenRefused("The access token is not valid any more.")
        return alive

    def _token(self, authorization: str, keys: ServerKeys) -> CheckedToken:
        scheme, _, token = authorization.partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token:
            raise TokenRefused("Send an access token: Authorization: Bearer ...")
        # By its hash: a dump of this process shows no token.
        mark = hashlib.sha256(token.encode("utf-8", "replace")).digest()
        known = self._checked.get(mark)
        if known is not None and known.ends_at > time.time():
            return known
        settings = self._server.settings
        found = checked_token(
            token, keys=keys.checking, issuer=settings.issuer, audience=settings.audience
        )
        if len(self._checked) >= _CHECKED_TOKENS:
            self._checked.clear()
        self._checked[mark] = found
        return found
