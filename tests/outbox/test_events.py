"""Every posting leaves one event, in its own transaction; a refusal leaves none."""

import asyncio

import pytest

from coalition.earning import AwardRequest, award_points
from coalition.kit.database import EVERYTHING, Sight
from coalition.kit.errors import Refusal
from coalition.outbox import BEGINNING, EventKind, events_after, events_of_request, last_place
from tests.support import World, nothing_moves


async def _told(world: World) -> list[tuple[str, str | None, int | None]]:
    await world.until_told()
    brands = {world.partner(brand).id: brand for brand in ("bakery", "grocer")}
    return [
        (one.kind.name, brands.get(one.partner_id or 0), one.seq)
        for one in await events_after(world.database, BEGINNING, limit=100)
    ]


async def test_a_members_year_is_told_in_its_order(world: World) -> None:
    await world.apply()
    ada = await world.enrol("Ada", brand="bakery")
    award = await world.award("bakery", ada, "50.00")
    assert award.place is not None
    held = await world.hold("grocer", ada, 10)
    spent = await world.capture("grocer", held, 6)
    await world.refund("grocer", spent, 2)
    let_go = await world.hold("grocer", ada, 5)
    await world.release("grocer", let_go)
    await world.redeem("grocer", ada, 7)
    await world.bring_back("bakery", award.place, "10.00")
    kinds = [kind for kind, _, _ in await _told(world)]
    assert kinds == [
        "MEMBER_ENROLLED", "AWARD_RECORDED", "POINTS_HELD", "REDEMPTION_RECORDED",
        "REDEMPTION_REFUNDED", "POINTS_HELD", "HOLD_RELEASED", "REDEMPTION_RECORDED",
        "AWARD_REVERSED",
    ]  # fmt: skip
    told = await _told(world)
    assert told[1] == ("AWARD_RECORDED", "bakery", award.place[1])
    assert told[3] == ("REDEMPTION_RECORDED", "grocer", spent[1])


async def test_a_replay_and_a_refusal_tell_nothing(world: World) -> None:
    await world.apply()
    ada = await world.enrol("Ada")
    await world.award("bakery", ada, "50.00", reference="r-1", key="k-1")
    async with nothing_moves(world):
        await world.award("bakery", ada, "50.00", reference="r-1", key="k-1")
        with pytest.raises(Refusal):
            await world.redeem("grocer", ada, 1_000_000)
    assert [kind for kind, _, _ in await _told(world)] == ["MEMBER_ENROLLED", "AWARD_RECORDED"]


async def test_what_time_ended_is_told_without_a_client(world: World) -> None:
    await world.apply()
    ada = await world.enrol("Ada")
    await world.award("bakery", ada, "50.00")
    await world.hold("grocer", ada, 10, seconds=60)
    world.now = world.now.replace(hour=13)
    await world.sweep()
    await world.until_told()
    last = (await events_after(world.database, BEGINNING, limit=100))[-1]
    assert (last.kind, last.client_id, last.request_id) == (EventKind.HOLD_EXPIRED, None, None)
    assert last.partner_id == world.partner("grocer").id


async def test_a_closed_period_tells_each_brand_of_its_statement(world: World) -> None:
    await world.apply()
    ada = await world.enrol("Ada")
    await world.award("bakery", ada, "50.00")
    world.now = world.now.replace(month=4)
    await world.close("2026-03")
    await world.until_told()
    told = [
        one
        for one in await events_after(world.database, BEGINNING, limit=100)
        if one.kind is EventKind.STATEMENT_ISSUED
    ]
    issued = await world.statements("2026-03")
    assert {one.partner_id: one.statement_id for one in told} == {
        one.partner_id: one.id for one in issued.values()
    }
    assert {one.client_id for one in told} == {"operator"}


async def test_what_commits_later_is_never_skipped(world: World) -> None:
    """A transaction that began first and commits last holds up the feed, not the other way."""
    await world.apply()
    ada, ben = await world.enrol("Ada"), await world.enrol("Ben")
    await world.until_told()
    place = await last_place(world.database)
    slow = world.superuser
    transaction = slow.transaction()
    await transaction.start()
    await slow.execute("SELECT books.tell(10, NULL, $1, 0, 'slow', NULL)", ada.member_id)
    await world.award("bakery", ben, "50.00")
    assert await events_after(world.database, place, limit=10) == []
    await transaction.commit()
    await world.until_told()
    found = await events_after(world.database, place, limit=10)
    assert [one.client_id for one in found] == ["slow", "bakery-till"]
    assert await events_after(world.database, found[-1].place, limit=10) == []


async def test_readers_of_the_feed_under_load_see_each_event_once(world: World) -> None:
    await world.apply()
    people = [await world.enrol(f"Member {number}") for number in range(10)]
    await world.until_told()
    place = await last_place(world.database)
    seen: list[int] = []
    working = True

    async def read() -> None:
        nonlocal place
        while True:
            done = not working
            found = await events_after(world.database, place, limit=7)
            seen.extend(one.place.id for one in found)
            if found:
                place = found[-1].place
            elif done:
                return

    reader = asyncio.create_task(read())
    for _ in range(10):
        await asyncio.gather(*(world.award("bakery", person, "5.00") for person in people))
    await world.until_told()
    working = False
    await reader
    assert len(seen) == len(set(seen)) == 100


async def test_what_one_request_posted_is_found_by_its_id(world: World) -> None:
    """Security checklist, line 40."""
    await world.apply()
    ada = await world.enrol("Ada")
    till = world.actor("bakery")
    outcomes = await award_points(
        world.office,
        actor=till,
        requests=[
            AwardRequest(key, ada.ref, world.purchase("bakery", "9.00")) for key in ("one", "two")
        ],
        now=world.now,
    )
    await world.award("bakery", ada, "5.00")
    async with world.database.reading(EVERYTHING) as connection:
        told = await events_of_request(connection, till.request_id)
    assert [(one.member_id, one.seq) for one in told] == [one.place for one in outcomes]
    stranger = Sight(partner_id=world.partner("grocer").id)
    async with world.database.reading(stranger) as connection:
        assert await events_of_request(connection, till.request_id) == []
