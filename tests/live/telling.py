"""Events of a world, told to an actor without a transport in between."""

from contextlib import suppress

from strawberry.types import ExecutionResult

from coalition.access import Actor
from coalition.api.body import Asked
from coalition.api.context import Context, Server
from coalition.api.telling import Subscribed, subscribed, told
from coalition.catalogue import ClaimState
from coalition.kit.config import Settings
from coalition.kit.errors import Refusal
from coalition.kit.ids import new_request_id
from coalition.members.change import replace_card
from coalition.outbox import BEGINNING, Event, events_after
from coalition.reconciliation import own_overdue
from tests.disputes.lines import a_dispute_of_each_end
from tests.opening.balances import OldBooks, a_lot, carry_over
from tests.payments.brands import paid_sent_back_and_paid_twice, with_account
from tests.reconciliation.books import reconcile, true_file
from tests.support import World, a_bakery, a_grocer
from tests.support.brands import a_programme, partners_file
from tests.support.catalogue import Counter, a_reward
from tests.support.edge import URL
from tests.support.missing import Desk


class Teller:
    """What one server would tell."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._server = Server(world.database, Settings(url=URL), world.clock)

    async def admitted(self, actor: Actor, document: str, **variables: object) -> Subscribed:
        keys, terms = await self._server.keys(), await self._server.office.terms()
        return subscribed(Asked(document, variables, None), actor, terms, keys.seal)

    async def told(
        self, actor: Actor, subscription: Subscribed, event: Event
    ) -> ExecutionResult | None:
        context = Context(
            self._server, await self._server.keys(), actor, await self._server.office.terms(),
            new_request_id().hex, subscription.document,
        )  # fmt: skip
        return await told(context, subscription, event)

    async def happened(self) -> list[Event]:
        await self._world.until_told()
        return await events_after(self._world.database, BEGINNING, limit=1000)


async def a_full_year(world: World) -> None:
    """Something of every kind, at the bakery and at the grocer, to Ada and to Bo. Each brand's
    packs are nearly used up by the first award, its credit by the second.
    """

    def limits(points: str, credit: str) -> dict[str, object]:
        pack = {"code": "p1", "bought_on": "2026-01-02", "points": points, "amount": "1"}
        return {
            "prepaid": {"packs": [pack], "alert": "0.5", "overdraft": "to_limit"},
            "credit": {"limit": credit, "alert": "0.5"},
            "reconciliation": {"open_value_tolerance": "1000"},
        }

    brands = [a_bakery(**limits("200", "1.00")), a_grocer(**limits("100", "0.50"))]
    programme = a_programme(
        expiry={"kind": "rolling", "months": "1"},
        spending={
            "drain": None,
            "limits": [{"minutes": 60, "points": 40, "per_brand": True, "then": "refuse"}],
        },
    )
    await world.apply_file(world.write(with_account(partners_file(brands, programme=programme))))
    ada, bo = await world.enrol("Ada"), await world.enrol("Bo", brand="grocer")
    for brand, other, member in (("bakery", "grocer", ada), ("grocer", "bakery", bo)):
        award = await world.award(brand, member, "90.00")
        await world.award(brand, member, "30.00")
        spent = await world.redeem(other, member, 20)
        await world.refund(other, spent, 5)
        await world.release(brand, await world.hold(brand, member, 5))
        await world.hold(other, member, 5, seconds=60)
        coffee = await Counter(world).put(brand, a_reward(points=5))
        claimed = await Counter(world).claim(member, coffee)
        await Counter(world).advance(brand, claimed.place, ClaimState.SENT)
        with suppress(Refusal):
            await world.redeem(brand, member, 41)
        await Desk(world).ask(brand, await Desk(world).report(member, brand))
        await world.bring_back(brand, award.place, "10.00")
        await replace_card(
            world.office, actor=world.actor(brand), idempotency_key=f"lost-{brand}",
            card=member.card, new_card=f"9{member.card}", reason="lost",
        )  # fmt: skip
    await carry_over(
        world,
        OldBooks(
            [a_lot("B-1", 7, f"9{ada.card}", issuer="bakery"), a_lot("G-1", 7, f"9{bo.card}")]
        ),
        enrol=False,
    )
    for brand in ("bakery", "grocer"):
        file = await true_file(world, brand)
        await reconcile(world, file.but(rows=[]), brand)
    world.now = world.now.replace(month=6)
    await own_overdue(world.office, actor=world.operator(), now=world.now)
    await world.sweep()
    await world.expire()
    await world.close("2026-03")
    for brand in ("bakery", "grocer"):
        await a_dispute_of_each_end(world, brand, "2026-03")
    await world.approve("2026-03")
    await paid_sent_back_and_paid_twice(world, "2026-03")
