"""Through a real socket: who is told of what, how soon, and what a reader misses. None of it."""

import asyncio
import time

import pytest

from coalition.access import Scope
from tests.live.listening import AWARDS, BALANCE, STATEMENTS, a_listener, a_stream, a_token
from tests.support import World, assert_books_balance
from tests.support.edge import AWARD, Edge, an_award
from tests.support.promise import WITHIN_A_SECOND


async def test_ada_sees_her_points_within_a_second_of_her_purchase_at_a_brand(
    world: World, edge: Edge
) -> None:
    ada, bo = await world.enrol("Ada"), await world.enrol("Bo", brand="grocer")
    hers = await a_token(world, edge, member=ada, scopes=frozenset({Scope.MEMBER_READ}))
    await edge.token("bakery-till")
    async with a_listener(edge, hers) as app, a_stream(edge, hers, BALANCE) as page:
        await app.subscribe(BALANCE)
        await world.award("grocer", bo, "70.00")
        award = an_award("r-1", ada.card, "50.00", purchasedAt="2026-03-15T11:00:00Z")
        began = time.monotonic()
        await edge.ask("bakery-till", AWARD, input=award)
        told = await app.told()
        assert time.monotonic() - began < WITHIN_A_SECOND
        assert told["partner"] == {"code": "bakery"}
        assert told["balance"] == {"available": "100"}
        assert await page.told() == told
        await world.redeem("grocer", ada, 30)
        assert (await app.told())["balance"] == {"available": "70"}
        await app.nothing_more()
    await assert_books_balance(world)


async def test_two_brands_that_award_at_once_never_hear_of_each_other(
    world: World, edge: Edge
) -> None:
    people = [await world.enrol(f"Member {number}") for number in range(8)]
    tokens = {brand: await edge.token(f"{brand}-till") for brand in ("bakery", "grocer")}
    async with (
        a_listener(edge, tokens["bakery"]) as bakery,
        a_listener(edge, tokens["grocer"]) as grocer,
        a_stream(edge, tokens["grocer"], AWARDS) as stream,
    ):
        await bakery.subscribe(AWARDS)
        await grocer.subscribe(AWARDS)
        await asyncio.gather(
            *(
                world.award(brand, person, "5.00", reference=f"{brand}-{person.name}")
                for person in people
                for brand in ("bakery", "grocer")
            )
        )
        for brand, heard in (("bakery", bakery), ("grocer", grocer), ("grocer", stream)):
            told = [await heard.told() for _ in people]
            assert {one["award"]["partner"]["code"] for one in told} == {brand}
            references = {one["award"]["purchaseReference"] for one in told}
            assert references == {f"{brand}-{person.name}" for person in people}
        await bakery.nothing_more()
        await grocer.nothing_more()


async def test_a_closed_period_is_told_to_each_brand_as_its_own_statement(
    world: World, edge: Edge
) -> None:
    await world.award("bakery", await world.enrol("Ada"), "50.00")
    world.now = world.now.replace(month=4)
    till, office = await edge.token("grocer-till"), await edge.token("operator")
    async with a_listener(edge, till) as grocer, a_listener(edge, office) as operator:
        await grocer.subscribe(STATEMENTS)
        await operator.subscribe(STATEMENTS)
        await world.close("2026-03")
        statement = (await grocer.told())["statement"]
        assert statement["partner"] == {"code": "grocer"}
        assert statement["period"] == {"label": "2026-03"}
        await grocer.nothing_more()
        both = [(await operator.told())["statement"]["partner"]["code"] for _ in range(2)]
        assert sorted(both) == ["bakery", "grocer"]


@pytest.mark.parametrize("carrier", ["websocket", "stream", "last event id"])
async def test_who_goes_on_from_its_cursor_misses_nothing_and_hears_nothing_twice(
    world: World, edge: Edge, carrier: str
) -> None:
    ada = await world.enrol("Ada")
    token = await edge.token("bakery-till")
    heard: list[str] = []
    last: dict[str, str] = {}

    async def hear(number: int) -> None:
        if carrier == "websocket":
            async with a_listener(edge, token) as listener:
                payload = {"query": AWARDS, "variables": last}
                await listener.send({"id": "1", "type": "subscribe", "payload": payload})
                for _ in range(number):
                    told = await listener.told()
                    heard.append(told["award"]["purchaseReference"])
                    last["after"] = told["cursor"]
            return
        headers = {"Last-Event-ID": last["after"]} if carrier == "last event id" else {}
        variables = {} if carrier == "last event id" else last
        async with a_stream(edge, token, AWARDS, headers=headers, **variables) as stream:
            for _ in range(number):
                event = await stream.event()
                told = event["data"]["data"]["awardRecorded"]
                assert event["id"] == told["cursor"]
                heard.append(told["award"]["purchaseReference"])
                last["after"] = told["cursor"]

    async with a_stream(edge, token, AWARDS) as first:
        await world.award("bakery", ada, "5.00", reference="p-0")
        last["after"] = (await first.told())["cursor"]
    for number in range(1, 6):
        await world.award("bakery", ada, "5.00", reference=f"p-{number}")
    await hear(2)
    later = asyncio.create_task(hear(6))
    for number in range(6, 9):
        await world.award("bakery", ada, "5.00", reference=f"p-{number}")
    await later
    assert heard == [f"p-{number}" for number in range(1, 9)]
