"""Access tokens: JWTs of RFC 9068, checked by our own list and not by a library's defaults."""

import time
from dataclasses import dataclass, replace
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from coalition.access.actor import Actor, ActorKind, Scope

ALGORITHM = "ES256"
TOKEN_TYPE = "at+jwt"  # noqa: S105 - the media type of RFC 9068 section 2.1
LONGEST_LIFE = 600
# How the subject of a person's token begins.
LOGIN = "login:"
_CLOCKS_APART = 5


class TokenRefused(Exception):
    """The token is not one that this server accepts. The text never repeats the token."""


@dataclass(frozen=True, slots=True)
class CheckedToken:
    """Whose a token is, until the second `ends_at` since 1970. `subject`: the client itself, or
    the login that allowed it.
    """

    actor: Actor
    ends_at: int
    subject: str

    @property
    def grant_id(self) -> UUID | None:
        """The permission of a person that the token stands on."""
        return self.actor.grant_id

    def limited_to(self, living: frozenset[Scope]) -> "CheckedToken | None":
        """The token with the scopes that may still be used; None when none is left of them."""
        left = self.actor.scopes & living
        if left == self.actor.scopes and living:
            return self
        return replace(self, actor=replace(self.actor, scopes=left)) if left else None


def checked_token(token: str, *, keys: KeySet, issuer: str, audience: str) -> CheckedToken:
    """The bearer of a token. Raises `TokenRefused`.

    Checks what RFC 9068 section 4 asks: signature with an allowed algorithm and a key we know,
    `typ` at+jwt, issuer, audience, and every time.
    """
    try:
        decoded = jwt.decode(token, keys, algorithms=[ALGORITHM])
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise TokenRefused("The access token is not valid.") from error
    if str(decoded.header.get("typ", "")).lower() not in {TOKEN_TYPE, f"application/{TOKEN_TYPE}"}:
        raise TokenRefused("The token is not an access token.")
    claims = decoded.claims
    ends_at = _end_of(claims)
    audiences = claims.get("aud")
    if isinstance(audiences, str):
        audiences = [audiences]
    if claims.get("iss") != issuer or not isinstance(audiences, list) or audience not in audiences:
        raise TokenRefused("The access token was made for another service.")
    subject = claims.get("sub")
    if not isinstance(subject, str):
        raise TokenRefused("The access token does not say whose it is.")
    actor, grant_id = _actor(claims), _grant(claims)
    if grant_id is not None:
        actor = replace(actor, login_id=_login(subject), grant_id=grant_id)
    return CheckedToken(actor, ends_at, subject)


def _login(subject: str) -> int:
    """The login that a token of a permission names."""
    number = subject.removeprefix(LOGIN)
    if number == subject or not (number.isascii() and number.isdigit()):
        raise TokenRefused("The access token does not say whose it is.")
    return int(number)


def _grant(claims: dict[str, object]) -> UUID | None:
    """The permission of a person that the token stands on; None for a client's own token."""
    grant = claims.get("grant")
    if grant is None:
        return None
    try:
        return UUID(str(grant))
    except ValueError:
        raise TokenRefused("The access token does not say what it stands on.") from None


def _end_of(claims: dict[str, object]) -> int:
    now = time.time()
    issued, expires = claims.get("iat"), claims.get("exp")
    if type(issued) is not int or type(expires) is not int:
        raise TokenRefused("The access token does not say how long it is valid.")
    if expires <= now:
        raise TokenRefused("The access token has expired.")
    not_before = claims.get("nbf", issued)
    if not isinstance(not_before, int) or max(issued, not_before) > now + _CLOCKS_APART:
        raise TokenRefused("The access token is not valid yet.")
    if expires - issued > LONGEST_LIFE:
        raise TokenRefused("The access token lives longer than this server allows.")
    return expires


def _actor(claims: dict[str, object]) -> Actor:
    client_id, scope = claims.get("client_id"), claims.get("scope")
    partner_id, member_id = _number(claims, "partner_id"), _number(claims, "member_id")
    if not isinstance(client_id, str) or not isinstance(scope, str):
        raise TokenRefused("The access token does not say whose it is.")
    if partner_id is not None and member_id is not None:
        raise TokenRefused("The access token names a partner and a member.")
    try:
        scopes = frozenset(Scope(name) for name in scope.split())
    except ValueError:
        raise TokenRefused("The access token carries an unknown scope.") from None
    kind = ActorKind.OPERATOR
    if partner_id is not None:
        kind = ActorKind.PARTNER
    elif member_id is not None:
        kind = ActorKind.MEMBER
    if not scopes <= kind.scopes:
        raise TokenRefused("The access token carries a scope of another kind of client.")
    return Actor(
        kind,
        client_id,
        scopes,
        partner_id=partner_id,
        member_id=member_id,
        store_code=_text(claims, "store"),
        terminal_code=_text(claims, "terminal"),
    )


def _text(claims: dict[str, object], name: str) -> str | None:
    value = claims.get(name)
    if value is not None and not isinstance(value, str):
        raise TokenRefused("The access token is not valid.")
    return value


def _number(claims: dict[str, object], name: str) -> int | None:
    value = claims.get(name)
    if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
        raise TokenRefused("The access token does not say whose it is.")
    return value
