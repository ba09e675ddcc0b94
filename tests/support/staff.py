"""Somebody of a brand's staff, and the token of what it allowed one of the brand's clients."""

import time
from dataclasses import dataclass
from uuid import UUID, uuid4

from joserfc import jwt

from coalition.access import PARTNER_SCOPES, Scope, load_keys

from .edge import URL
from .world import World


@dataclass(frozen=True)
class Staff:
    email: str
    login_id: int
    grant_id: UUID
    token: str


async def a_person_of(
    world: World,
    brand: str,
    *roles: str,
    client: str | None = None,
    scopes: frozenset[Scope] = PARTNER_SCOPES,
    url: str = URL,
) -> Staff:
    """As signing in and allowing leave it; an owner if not said otherwise."""
    email, grant_id = f"{uuid4().hex[:8]}@{brand}.example", uuid4()
    partner_id, client = world.partner(brand).id, client or f"{brand}-till"
    ((login_id,),) = await world.rows(
        "INSERT INTO login (email, kind, partner_id, roles, password_hash)"
        " VALUES ($1, 'PARTNER', $2, $3, '') RETURNING id",
        email, partner_id, list(roles or ["owner"]),
    )  # fmt: skip
    assert isinstance(login_id, int)
    await world.superuser.execute(
        "INSERT INTO oauth_grant (id, client_id, login_id, scopes, began_at)"
        " VALUES ($1, $2, $3, $4, now())",
        grant_id, client, login_id, sorted(scopes),
    )  # fmt: skip
    keys, now = await load_keys(world.database), int(time.time())
    claims = {
        "iss": url, "aud": f"{url}/graphql", "iat": now, "exp": now + 600, "jti": "x",
        "sub": f"login:{login_id}", "grant": grant_id.hex, "client_id": client,
        "partner_id": partner_id, "scope": " ".join(sorted(scopes)),
    }  # fmt: skip
    header = {"alg": "ES256", "typ": "at+jwt", "kid": keys.signing.kid}
    return Staff(email, login_id, grant_id, jwt.encode(header, claims, keys.signing))
