"""Two brands that share members, with something of everything on both sides, and a third."""

import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx2
from joserfc import jwt

from coalition import bulk, consents, reconciliation, webhooks
from coalition.access import EXPLORER, ActorKind, Scope, load_keys
from coalition.api.events import cursor_of
from coalition.api.telling import default_documents
from coalition.disputes import DisputeRequest, Reason, open_dispute
from coalition.documents import invoices_of_statements, statement_documents
from coalition.kit.config import Settings
from coalition.kit.database import EVERYTHING
from coalition.kit.ids import Kind
from coalition.outbox import BEGINNING, EventKind
from tests.disputes.lines import a_dispute_of_each_end
from tests.opening.balances import OldBooks, a_lot, carry_over
from tests.payments.brands import paid_sent_back_and_paid_twice, with_account
from tests.reconciliation.books import items, reconcile, true_file
from tests.support import Person, World, a_bakery, a_florist, a_grocer
from tests.support.brands import a_programme, partners_file
from tests.support.catalogue import Counter, a_voucher
from tests.support.edge import URL, Edge, edge_of
from tests.support.missing import Desk
from tests.support.promise import PATIENCE
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
    # The cursor before the first event, and an edge with a real socket for who listens.
    beginning: str = ""
    live: Edge | None = None
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
        headers = {"Content-Type": "application/json"}
        if bearer is not None:
            headers["Authorization"] = f"Bearer {await self.token(bearer)}"
        # As ASCII: half a character, too, can be sent.
        body = json.dumps({"query": document, "variables": variables})
        return await self.edge.http.post("/graphql", content=body, headers=headers)

    async def listen(self, bearer: Bearer | None, document: str) -> httpx2.Response:
        """The first event that a subscription tells, as if it were an answer; or its refusal."""
        assert self.live is not None
        headers = {"Accept": "text/event-stream"}
        if bearer is not None:
            headers["Authorization"] = f"Bearer {await self.token(bearer)}"
        async with self.live.http.stream(
            "POST", "/graphql", json={"query": document}, headers=headers, timeout=PATIENCE
        ) as answer:
            if answer.status_code != 200:
                await answer.aread()
                return answer
            async for line in answer.aiter_lines():
                if line.startswith("data: "):
                    return httpx2.Response(200, text=line.removeprefix("data: "))
        raise AssertionError("The stream ended without an event.")


def _nearly_used_up(limit: str) -> dict[str, object]:
    """A large purchase goes on credit and a small one on the pack: each is warned of at once."""
    pack = {"code": "p", "bought_on": "2026-01-01", "points": "500", "amount": "5"}
    return {
        "prepaid": {"packs": [pack], "alert": "0.01", "overdraft": "to_limit"},
        "credit": {"limit": limit, "alert": "0.5"},
    }


@asynccontextmanager
async def a_coalition(world: World) -> AsyncIterator[Coalition]:
    differing: dict[str, object] = {"reconciliation": {"open_value_tolerance": "1000000"}}
    brands = [
        a_grocer(minimum_redemption="10", **differing, **_nearly_used_up("10.00")),
        a_bakery(**differing, **_nearly_used_up("20.00")),
        a_florist(contract={"pays_by": "transfer"}),
    ]
    programme = a_programme(expiry={"kind": "rolling", "months": "12"})
    file = with_account(partners_file(brands, programme=programme))
    applied = await world.apply_file(world.write(file))
    ada = await world.enrol("Ada", card="7001", brand="grocer")
    bo = await world.enrol("Bo", card="7002", brand="bakery")
    for who in (ada, bo):
        await _cares(world, who)
    places: dict[str, dict[str, Place]] = {}
    for brand in ("grocer", "bakery"):
        given = await world.award(brand, ada, "900.00", reference=f"receipt-of-{brand}")
        spent = await world.redeem(brand, ada, 100)
        await world.refund(brand, spent, 20)
        assert given.place is not None
        await world.bring_back(brand, given.place, "50.00")
        created = await bulk.create_bulk_award(
            world.office,
            actor=world.actor(brand),
            request=bulk.BulkRequest("file", "CSV", "NONE", file_name=f"file-of-{brand}.csv"),
            now=world.now,
        )
        places[brand] = {"awd": given.place, "rdm": spent, "blk": (created.bulk_id, 0)}
        await world.release(brand, await world.hold(brand, ada, 10))
        await world.hold(brand, ada, 10, seconds=60)
        places[brand] |= await _claimed(world, brand, ada)
        missed = await Desk(world).report(ada, brand)
        await Desk(world).ask(brand, missed)
        places[brand]["mis"] = (missed, 0)
        # What `replaceCard` tells; her card stays. And what a thief would have told of.
        await world.superuser.execute(
            "SELECT books.tell(10, $1, $2, 0, 'till', NULL)",
            world.partner(brand).id, ada.member_id,
        )  # fmt: skip
        await world.superuser.execute(
            "SELECT books.tell(15, $1, $2, 0, 'till', NULL)",
            world.partner(brand).id, ada.member_id,
        )  # fmt: skip
    for brand in places:
        # As old as points may be: they end before the month does.
        await world.award(brand, ada, "10.00", at=world.now.replace(year=2025, day=20))
    await world.award("bakery", bo, "70.00", reference="receipt-of-bakery-for-bo")
    old = [a_lot("B-1", 7, "7001", issuer="bakery"), a_lot("G-1", 7, "7001")]
    await carry_over(world, OldBooks(old), enrol=False)
    differences = [await _reconciled(world, brand) for brand in ("grocer", "bakery")]
    # Long enough afterwards for each to be told of what nobody took up.
    late = world.now.replace(month=6)
    await reconciliation.own_overdue(world.office, actor=world.operator(), now=late)
    world.now = world.now.replace(month=4)
    await world.sweep()
    await world.expire()
    await world.close("2026-03")
    for brand in places:
        await a_dispute_of_each_end(world, brand, "2026-03")
    await world.until_told()
    for brand, own in places.items():
        own["hld"] = await world.hold(brand, ada, 30)
        own["whk"], own["dlv"] = await _a_webhook(world, brand)
        own["dsp"] = (await _disputed(world, brand), 0)
    for own, (file_id, item_id) in zip(places.values(), differences, strict=True):
        own |= {"rcf": (file_id, 0), "rci": (item_id, 0)}
    # Whoever asks everything there is asks more than one client may.
    plenty = Settings(url=URL, cost_capacity=100_000_000, cost_per_second=100_000_000)
    async with edge_of(world, applied.new_secrets, settings=plenty) as edge:
        coalition = Coalition(world, edge, ada, bo)
        await _name(coalition, places)
        yield coalition


async def _claimed(world: World, brand: str, who: Person) -> dict[str, Place]:
    """A voucher of the brand's, and a claim of it; another one that was used."""
    counter = Counter(world)
    voucher = await counter.put(brand, a_voucher(points=20))
    await counter.load(brand, voucher, f"{brand}-1", f"{brand}-2", f"{brand}-3")
    await counter.claim(who, voucher)
    await counter.use(brand, f"{brand}-1")
    claimed = await counter.claim(who, voucher)
    return {"rwd": (voucher, 0), "clm": claimed.place}


async def _cares(world: World, who: Person) -> None:
    """A member that lets everybody write to it, and waits for a copy of its data."""
    for brand in (None, "grocer", "bakery"):
        choice = consents.Choice(consents.Purpose.MARKETING, brand, 1)
        await consents.give_consent(
            world.office,
            actor=world.operator(),
            choice=choice,
            member_id=who.member_id,
            now=world.now,
        )
    await world.database.call("ask_for_copy", who.member_id, world.now)


async def _a_webhook(world: World, brand: str) -> tuple[Place, Place]:
    """An endpoint of the brand's, and a delivery that waits for it."""
    actor = world.actor(brand)
    kind = EventKind.AWARD_RECORDED
    made = await webhooks.create_webhook(
        world.office,
        webhooks.reach_of("127.0.0.1"),
        actor=actor,
        idempotency_key="endpoint",
        url=f"http://127.0.0.1/{brand}",
        subscribed=[webhooks.Subscribed(kind, default_documents()[kind])],
    )
    delivery, _ = await webhooks.send_test_webhook(
        world.office,
        actor=actor,
        idempotency_key="test",
        endpoint_id=made.endpoint_id,
        now=world.now,
    )
    return (made.endpoint_id, 0), (delivery, 0)


async def _reconciled(world: World, brand: str) -> Place:
    """A file of the brand that tells nothing: its number, and that of one of its differences."""
    file = (await true_file(world, brand)).but(rows=[])
    file_id = await reconcile(world, file, brand)
    return file_id, (await items(world, file_id, brand))[0].id


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
    keys = await load_keys(world.database)
    seal = keys.seal
    kinds = {kind.value: kind for kind in Kind}
    statements = await world.statements("2026-03")
    # Made before anybody asks: who reads then writes nothing.
    await statement_documents(world.office, keys, list(statements.values()))
    await world.approve("2026-03")
    await paid_sent_back_and_paid_twice(world, "2026-03")
    await world.until_told()
    async with world.database.reading(EVERYTHING) as connection:
        bills = await invoices_of_statements(connection, [one.id for one in statements.values()])
    of_statements = {bill.statement_id: bill.id for bill in bills}
    for brand, own in places.items():
        coalition.ids[brand] = {
            prefix: seal.seal(kinds[prefix], *place) for prefix, place in own.items()
        }
        number = statements[brand].id
        coalition.ids[brand]["stm"] = seal.seal(kinds["stm"], number)
        coalition.ids[brand]["inv"] = seal.seal(kinds["inv"], of_statements[number])
    coalition.ids["florist"] = {"stm": seal.seal(kinds["stm"], statements["florist"].id)}
    coalition.ids["members"] = {
        "ada": seal.seal(kinds["mbr"], coalition.ada.member_id),
        "bo": seal.seal(kinds["mbr"], coalition.bo.member_id),
        "entry": seal.seal(kinds["ent"], coalition.ada.member_id, 1),
        "grocer": seal.seal(kinds["prt"], world.partner("grocer").id),
    }
    coalition.beginning = cursor_of(seal, BEGINNING)
