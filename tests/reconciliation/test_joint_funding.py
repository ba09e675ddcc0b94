"""A purchase whose points several partners give is one row of the file of the brand that gave it,
and of no other partner's.
"""

from datetime import UTC, datetime

from tests.reconciliation.books import PartnerFile, Row, items, reconcile, summary, told
from tests.support import World, a_bakery, a_fuel, a_grocer, a_promotion


def _row(kind: str, reference: str, points: int, amount: str) -> Row:
    return {
        "kind": kind, "reference": reference, "occurredAt": "2026-03-20T12:00:00+00:00",
        "points": str(points), "amount": amount,
    }  # fmt: skip


def _file(rows: list[Row], brand: str = "grocer", period: str = "2026-03") -> PartnerFile:
    return PartnerFile(rows, partner=brand, period=period, created="2026-03-21T00:00:00Z")


async def _spring(world: World, *, grocer: dict[str, object] | None = None,
                  **promotion: object) -> None:  # fmt: skip
    """One purchase of 20.00 under the promotion, of which 5.00 comes back."""
    await world.apply(
        brands=[a_grocer(**(grocer or {})), a_fuel(), a_bakery()],
        promotions=[a_promotion(**promotion)],
    )
    world.now = datetime(2026, 3, 20, 12, tzinfo=UTC)
    ada = await world.enrol("Ada")
    given = await world.award("grocer", ada, "20", reference="r-1", promotion="spring")
    await world.award("grocer", ada, "30", reference="r-2")
    await world.bring_back("grocer", given.place, "5")
    world.now = datetime(2026, 3, 21, tzinfo=UTC)


TOLD = [_row("AWARD", "r-1", 200, "20.00"), _row("AWARD", "r-2", 30, "30.00"),
        _row("RETURN", "r-1", 50, "5.00")]  # fmt: skip


async def test_the_grocers_file_agrees_though_the_fuel_station_gave_a_part(world: World) -> None:
    await _spring(world)
    file_id = await reconcile(world, _file(TOLD))
    assert await items(world, file_id) == []
    identity = (await summary(world, file_id)).identities["ISSUED"]
    assert (identity.ledger, identity.file) == (180, 180)


async def test_the_fuel_station_tells_nothing_of_what_it_gave_at_the_grocers(world: World) -> None:
    await _spring(world)
    file_id = await reconcile(world, _file([], "fuel"), "fuel")
    assert await items(world, file_id, "fuel") == []
    assert (await summary(world, file_id, "fuel")).identities["ISSUED"].ledger == 0


async def test_what_others_give_whole_is_told_by_the_brand_where_it_was_bought(
    world: World,
) -> None:
    await _spring(world, funded_by={"fuel": "50", "bakery": "50"})
    file_id = await reconcile(world, _file(TOLD[:2]))
    assert told(await items(world, file_id)) == [("MISSING_AT_PARTNER", "r-1", -50, 0)]


async def test_points_told_otherwise_differ_from_all_parts_together(world: World) -> None:
    await _spring(world)
    # The grocer's own 60 of 100 only.
    rows = [TOLD[0] | {"points": "120"}, *TOLD[1:]]
    file_id = await reconcile(world, _file(rows))
    assert told(await items(world, file_id)) == [("POINTS_MISMATCH", "r-1", 200, 120)]


async def test_a_file_is_of_a_period_of_its_partners_own_calendar(world: World) -> None:
    await _spring(world, grocer={"settlement_calendar": "weekly", "time_zone": "Europe/Madrid"})
    file_id = await reconcile(world, _file(TOLD, period="2026-W12"))
    assert await items(world, file_id) == []
    identity = (await summary(world, file_id)).identities["ISSUED"]
    assert (identity.ledger, identity.file) == (180, 180)
