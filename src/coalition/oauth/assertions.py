"""private_key_jwt: a client signs a short statement with its own key (RFC 7523 section 3).

By our own few checks and not by the library's class, which knows one audience only, accepts an
assertion that lives for years, and leaves the replay to us anyway.
"""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from authlib.oauth2.rfc6749 import OAuth2Request
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet

from coalition.access import use_assertion
from coalition.oauth.client import Client

if TYPE_CHECKING:
    from coalition.oauth.server import OAuthServer

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ALGORITHMS = ["ES256", "ES384", "RS256", "PS256", "EdDSA"]
_LONGEST_LIFE = 300
_CLOCKS_APART = 30
_LONGEST_ID = 200
# Checked with when a client is unknown or has no keys, so that both answers take the same work.
_NOBODYS = KeySet([ECKey.generate_key("P-256")])


def client_by_assertion(
    server: "OAuthServer", query_client: Callable[[str], Client], request: OAuth2Request
) -> Client | None:
    """The client that signed the request's assertion; None for anything that is not right."""
    form = request.payload.data
    assertion = form.get("client_assertion")
    if form.get("client_assertion_type") != TYPE or not assertion:
        return None
    client_id = _claimed_by(assertion)
    if client_id is None or form.get("client_id", client_id) != client_id:
        return None
    client = query_client(client_id)
    known = client.found.public_keys if client.found else None
    try:
        # Its stub asks for narrower dicts than JSON gives.
        keys = _NOBODYS if known is None else KeySet.import_key_set(dict(known))  # type: ignore[arg-type]
        claims = jwt.decode(assertion, keys, algorithms=ALGORITHMS).claims
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    settings = server.settings
    until = _ends_at(claims, client_id, {settings.issuer, f"{settings.issuer}/oauth/token"})
    if until is None:
        return None
    first = server.ask(
        lambda: use_assertion(
            server.database, client_id, str(claims["jti"]),
            until=datetime.fromtimestamp(until, UTC), now=server.now(),
        )
    )  # fmt: skip
    return client if first else None


def _claimed_by(assertion: str) -> str | None:
    """Whose it says it is, read before anything is believed."""
    try:
        claims = json.loads(jws.extract_compact(assertion.encode()).payload)
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    claimed = claims.get("sub") if isinstance(claims, dict) else None
    return claimed if isinstance(claimed, str) else None


def _ends_at(claims: dict[str, object], client_id: str, audiences: set[str]) -> int | None:
    """When the assertion ends; None when it is not for us, not now, or for too long."""
    now = time.time()
    audience = claims.get("aud")
    named = {audience} if isinstance(audience, str) else audience
    if not isinstance(named, list | set) or not audiences.intersection(
        one for one in named if isinstance(one, str)
    ):
        return None
    if claims.get("iss") != client_id or claims.get("sub") != client_id:
        return None
    issued, expires, jti = claims.get("iat", int(now)), claims.get("exp"), claims.get("jti")
    not_before = claims.get("nbf", issued)
    if type(issued) is not int or type(expires) is not int or type(not_before) is not int:
        return None
    if not isinstance(jti, str) or not 1 <= len(jti) <= _LONGEST_ID:
        return None
    in_time = max(issued, not_before) <= now + _CLOCKS_APART and now < expires
    return expires if in_time and expires - min(issued, int(now)) <= _LONGEST_LIFE else None
