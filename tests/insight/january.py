"""A closed month of three brands, of which one neither gives nor redeems."""

from datetime import UTC, datetime

from tests.support import World, a_bakery, a_florist, a_grocer

BRANDS = [a_grocer(), a_bakery(), a_florist()]


async def a_january(world: World, **settlement: object) -> None:
    await world.apply(brands=BRANDS, settlement={"fx_source": "bank", **settlement})
    world.now = datetime(2026, 2, 2, 12, tzinfo=UTC)
    ada = await world.enrol("Ada")
    january = datetime(2026, 1, 20, 17, tzinfo=UTC)
    await world.award("grocer", ada, "1000", at=january)
    await world.redeem("bakery", ada, 400, at=january)
    await world.close("2026-01")
