"""A member that has a login, and the token of a program that it allowed to act for it."""

import time
from dataclasses import dataclass
from uuid import UUID, uuid4

from joserfc import jwt

from coalition.access import EXPLORER, MEMBER_SCOPES, Actor, ActorKind, Scope, load_keys

from .edge import URL, Edge
from .world import Person, World


@dataclass(frozen=True)
class Holder:
    """Of an account. `client`: the name under which an edge asks with its token."""

    who: Person
    email: str
    login_id: int
    grant_id: UUID
    client: str

    def actor(self, *scopes: Scope) -> Actor:
        return Actor(
            ActorKind.MEMBER,
            EXPLORER,
            frozenset(scopes) or MEMBER_SCOPES,
            member_id=self.who.member_id,
            login_id=self.login_id,
            grant_id=self.grant_id,
        )


async def a_holder(
    world: World,
    who: Person,
    edge: Edge | None = None,
    *,
    email: str | None = None,
    locale: str | None = None,
    time_zone: str | None = None,
) -> Holder:
    """As signing in and allowing leave it, with every scope of a member."""
    address, grant_id = email or f"{who.name.lower()}@example.com", uuid4()
    ((login_id,),) = await world.rows(
        "INSERT INTO login (email, kind, member_id, roles, password_hash)"
        " VALUES ($1, 'MEMBER', $2, '{member}', '') RETURNING id",
        address, who.member_id,
    )  # fmt: skip
    assert isinstance(login_id, int)
    if locale or time_zone:
        await world.database.call(
            "rectify_profile", who.member_id, ["locale", "time_zone"], [locale, time_zone],
            "test", uuid4(),
        )  # fmt: skip
    await world.superuser.execute(
        "INSERT INTO oauth_grant (id, client_id, login_id, scopes, began_at)"
        " VALUES ($1, $2, $3, $4, now())",
        grant_id, EXPLORER, login_id, sorted(MEMBER_SCOPES),
    )  # fmt: skip
    found = Holder(who, address, login_id, grant_id, f"member {who.member_id}")
    if edge is not None:
        edge.bear(found.client, await token_of(world, found))
    return found


async def prove(world: World, holder: Holder) -> None:
    """It has just shown its password or a passkey."""
    await world.superuser.execute(
        "UPDATE oauth_grant SET proved_at = $1 WHERE id = $2", world.now, holder.grant_id
    )


async def token_of(world: World, holder: Holder, *scopes: Scope) -> str:
    keys, now = await load_keys(world.database), int(time.time())
    claims = {
        "iss": URL, "aud": f"{URL}/graphql", "iat": now, "exp": now + 600, "jti": "x",
        "sub": f"login:{holder.login_id}", "grant": holder.grant_id.hex, "client_id": EXPLORER,
        "member_id": holder.who.member_id, "scope": " ".join(sorted(scopes or MEMBER_SCOPES)),
    }  # fmt: skip
    header = {"alg": "ES256", "typ": "at+jwt", "kid": keys.signing.kid}
    return jwt.encode(header, claims, keys.signing)
