"""One reader for all; who is far behind or slow loses nothing, nor who outlasts the database."""

import asyncio

from coalition.access import load_keys
from coalition.api.events import cursor_of
from coalition.api.feed import PAGE, Feed
from coalition.outbox import BEGINNING, Event, FeedPlace
from tests.live.listening import AWARDS, a_listener, a_stream, a_token
from tests.support import World
from tests.support.edge import Edge

CHANGES = (
    "subscription ($after: String) { memberChanged(after: $after) { cursor partner { code } } }"
)
_TELL = "SELECT books.tell(10, $1, $2, 0, 'till', NULL) FROM generate_series(1, $3)"


async def _changes(world: World, brand: str, member_id: int, number: int) -> None:
    """So many events at once, as a file of a hundred thousand rows makes them."""
    await world.superuser.execute(_TELL, world.partner(brand).id, member_id, number)


def _wants_all(event: Event) -> bool:
    return bool(event)


async def test_ten_thousand_events_of_others_are_passed_over_page_by_page(
    world: World, edge: Edge
) -> None:
    ada = await world.enrol("Ada")
    seal = (await load_keys(world.database)).seal
    for number in range(2):
        await _changes(world, "grocer", ada.member_id, 5_000)
        await world.award("bakery", ada, "5.00", reference=f"p-{number}")
    await world.until_told()
    async with a_stream(
        edge, await edge.token("bakery-till"), AWARDS, after=cursor_of(seal, BEGINNING)
    ) as stream:
        told = [(await stream.told())["award"]["purchaseReference"] for _ in range(2)]
        assert told == ["p-0", "p-1"]
        await world.award("bakery", ada, "5.00", reference="p-2")
        assert (await stream.told())["award"]["purchaseReference"] == "p-2"


async def test_who_is_overtaken_by_a_thousand_events_reads_on_by_itself(world: World) -> None:
    await world.apply()
    ada = await world.enrol("Ada")
    await world.until_told()
    feed = Feed(world.database)
    till = world.actor("bakery")
    place = await feed.place(None)
    assert place is not None
    slow = feed.events(till, _wants_all, place)
    quick = feed.events(till, _wants_all, place)
    await _changes(world, "bakery", ada.member_id, 1)
    assert (await anext(slow)).place == (await anext(quick)).place
    # The slow one does not take what comes; the quick one takes all of it.
    waiting = asyncio.create_task(anext(quick))
    await _changes(world, "bakery", ada.member_id, 3 * PAGE)
    seen = [await waiting] + [await anext(quick) for _ in range(3 * PAGE - 1)]
    late = [await anext(slow) for _ in range(3 * PAGE)]
    assert [one.place for one in late] == [one.place for one in seen]
    assert len({one.place for one in late}) == 3 * PAGE
    await slow.aclose()
    await quick.aclose()


async def test_who_joins_a_busy_feed_hears_each_event_once(world: World) -> None:
    await world.apply()
    people = [await world.enrol(f"Member {number}") for number in range(6)]
    await world.until_told()
    feed = Feed(world.database)
    till = world.actor("bakery")
    heard: list[list[Event]] = []

    async def listen(number: int) -> None:
        place = await feed.place(None)
        assert place is not None
        mine: list[Event] = []
        heard.append(mine)
        async for event in feed.events(till, _wants_all, place):
            mine.append(event)
            if event.seq == number:
                return

    async def award() -> None:
        for _ in range(20):
            await asyncio.gather(*(world.award("bakery", one, "5.00") for one in people))

    working = asyncio.create_task(award())
    listeners = []
    for _ in range(5):
        listeners.append(asyncio.create_task(listen(20)))
        await asyncio.sleep(0)
    await asyncio.gather(*listeners)
    await working
    for mine in heard:
        places = [one.place for one in mine]
        assert places == sorted(set(places))
        first, last = places[0], places[-1]
        everything = {one.place for others in heard for one in others}
        assert {one for one in everything if first <= one <= last} == set(places)


async def test_while_the_database_is_away_listeners_wait_and_then_hear_everything(
    world: World, edge: Edge
) -> None:
    ada = await world.enrol("Ada")
    token = await edge.token("bakery-till")
    name = await world.superuser.fetchval("SELECT current_database()")
    async with a_listener(edge, token) as listener, a_stream(edge, token, CHANGES) as stream:
        await listener.subscribe(CHANGES)
        await world.superuser.execute(f'ALTER DATABASE "{name}" CONNECTION LIMIT 0')
        try:
            await world.superuser.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE"
                " usename IN ('coalition_app', 'coalition_reader') AND datname = $1", name
            )  # fmt: skip
            await _changes(world, "bakery", ada.member_id, 3)
            async with a_stream(edge, token, CHANGES) as refused:
                assert refused.answer.status_code == 503
            await listener.nothing_more()
        finally:
            await world.superuser.execute(f'ALTER DATABASE "{name}" CONNECTION LIMIT -1')
        cursors = [(await listener.told())["cursor"] for _ in range(3)]
        assert cursors == [(await stream.told())["cursor"] for _ in range(3)]
        assert len(set(cursors)) == 3


async def test_a_cursor_of_another_brand_leads_to_ones_own_events_only(
    world: World, edge: Edge
) -> None:
    ada = await world.enrol("Ada")
    bakery, grocer = await edge.token("bakery-till"), await edge.token("grocer-till")
    async with a_stream(edge, bakery, AWARDS) as stream:
        await world.award("bakery", ada, "5.00", reference="theirs")
        theirs = (await stream.told())["cursor"]
        await world.award("bakery", ada, "5.00", reference="theirs too")
        await world.award("grocer", ada, "5.00", reference="mine")
    async with a_stream(edge, grocer, AWARDS, after=theirs) as stream:
        assert (await stream.told())["award"]["purchaseReference"] == "mine"


async def test_a_cursor_from_before_a_restore_into_a_new_cluster_is_refused(
    world: World, edge: Edge
) -> None:
    """Its transaction numbers began anew: whoever waited behind an old one would wait for ever."""
    seal = (await load_keys(world.database)).seal
    ahead = cursor_of(seal, FeedPlace(2**47, 1))
    async with a_stream(edge, await edge.token("bakery-till"), AWARDS, after=ahead) as stream:
        assert stream.answer.status_code == 400
        (error,) = stream.answer.json()["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"


async def test_a_member_hears_of_another_members_events_by_no_cursor(
    world: World, edge: Edge
) -> None:
    ada, bo = await world.enrol("Ada"), await world.enrol("Bo")
    await world.award("bakery", bo, "5.00", reference="of bo")
    await world.award("bakery", ada, "5.00", reference="of ada")
    await world.until_told()
    seal = (await load_keys(world.database)).seal
    token = await a_token(world, edge, member=ada)
    async with a_stream(edge, token, AWARDS, after=cursor_of(seal, BEGINNING)) as stream:
        assert (await stream.told())["award"]["purchaseReference"] == "of ada"
