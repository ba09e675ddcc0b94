"""Two brands that share members, with something of everything on both sides, and a third."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx2
from joserfc import jwt

from coalition.access import EXPLORER, ActorKind, Scope, load_keys
from coalition.disputes import DisputeRequest, Reason, open_dispute
from coalition.kit.ids import Kind
from tests.support import Person, World, a_bakery, a_florist, a_grocer
from tests.support.edge import URL, Edge, edge_of
from tests.support.world import Place

BRANDS = ("grocer", "bakery", "florist")


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whose token a request carries; None: no token at all."""

    kind: ActorKind
    scopes: frozenset[Scope]
    brand: str | None = None
    member: int | None = None

    def __str__(self) -> str:
        who = self.brand or (f"member {self.member}" if self.member else "the operator")
        return f"{who} with {' '.join(sorted(self.scopes)) or 'no scope'}"


@dataclass
class Coalition:
    world: World
    edge: Edge
    ada: Person
    bo: Person
    ids: dict[str, dict[str, str]] = field(default_factory=dict)
    _tokens: dict[Bearer, str] = field(default_factory=dict)

    async def token(self, bearer: Bearer) -> str:
        if bearer not in self._tokens:
            keys = await load_keys(self.world.database)
            now = int(time.time())
            client = f"{bearer.brand}-till" if bearer.brand else "operator"
            if bearer.member:
                client = EXPLORER
            claims: dict[str, object] = {
                "iss": URL, "aud": f"{URL}/graphql", "iat": now, "exp": now + 600, "jti": "x",
                "sub": "x", "client_id": client,
                "scope": " ".join(sorted(bearer.scopes)),
            }  # fmt: skip
            if bearer.brand:
                claims["partner_id"] = self.world.partner(bearer.brand).id
            if bearer.member:
                claims["member_id"] = bearer.member
            header = {"alg": "ES256", "typ": "at+jwt", "kid": keys.signing.kid}
            self._tokens[bearer] = jwt.encode(header, claims, keys.signing)
        return self._tokens[bearer]

    async def ask(
        self, bearer: Bearer | None, document: str, **variables: object
    ) -> httpx2.Response:
        headers = {}
        if bearer is not None:
            headers["Authorization"] = f"Bearer {await self.token(bearer)}"
        return await self.edge.http.post(
            "/graphql", json={"query": document, "variables": variables}, headers=headers
        )


@asynccontextmanager
async def a_coalition(world: World) -> AsyncIterator[Coalition]:
    applied = await world.apply(brands=[a_grocer(minimum_redemption="10"), a_bakery(), a_florist()])
    ada = await world.enrol("Ada", card="7001", brand="grocer")
    bo = await world.enrol("Bo", card="7002", brand="bakery")
    places: dict[str, dict[str, Place]] = {}
    for brand in ("grocer", "bakery"):
        given = await world.award(brand, ada, "900.00", reference=f"receipt-of-{brand}")
        spent = await world.redeem(brand, ada, 100)
        await world.refund(brand, spent, 20)
        assert given.place is not None
        await world.bring_back(brand, given.place, "50.00")
        places[brand] = {"awd": given.place, "rdm": spent}
    await world.award("bakery", bo, "70.00", reference="receipt-of-bakery-for-bo")
    world.now = world.now.replace(month=4)
    await world.close("2026-03")
    for brand, own in places.items():
        own["hld"] = await world.hold(brand, ada, 30)
        own["dsp"] = (await _disputed(world, brand), 0)
    async with edge_of(world, applied.new_secrets) as edge:
        coalition = Coalition(world, edge, ada, bo)
        await _name(coalition, places)
        yield coalition


async def _disputed(world: World, brand: str) -> int:
    """The number of a dispute about the brand's first line."""
    statement = (await world.statements("2026-03"))[brand]
    request = DisputeRequest(f"dispute-of-{brand}", statement.id, 1, Reason.OTHER, "Not so.")
    opened = await open_dispute(
        world.office, actor=world.actor(brand), request=request, now=world.now
    )
    assert opened.dispute is not None
    return opened.dispute.id


async def _name(coalition: Coalition, places: dict[str, dict[str, Place]]) -> None:
    """The public ids of what each brand has, and of the members, by their prefix."""
    world = coalition.world
    seal = (await load_keys(world.database)).seal
    kinds = {kind.value: kind for kind in Kind}
    statements = await world.statements("2026-03")
    for brand, own in places.items():
        coalition.ids[brand] = {
            prefix: seal.seal(kinds[prefix], *place) for prefix, place in own.items()
        }
        coalition.ids[brand]["stm"] = seal.seal(kinds["stm"], statements[brand].id)
    coalition.ids["florist"] = {"stm": seal.seal(kinds["stm"], statements["florist"].id)}
    coalition.ids["members"] = {
        "ada": seal.seal(kinds["mbr"], coalition.ada.member_id),
        "bo": seal.seal(kinds["mbr"], coalition.bo.member_id),
        "entry": seal.seal(kinds["ent"], coalition.ada.member_id, 1),
    }
