"""The bench calls the database's functions by hand and writes rows by itself: both keep up."""

import random
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from bench.awards import Awards
from bench.measure import Size
from bench.reference import BareRows
from bench.world import World, new_world

from coalition.kit.embedded import EmbeddedCluster


@pytest.fixture(scope="module")
async def measured(server: EmbeddedCluster, worker_id: str) -> AsyncIterator[World]:
    async with new_world(server, f"bench_{worker_id}") as made:
        await made.have_members(20)
        yield made


async def test_what_is_measured_is_what_the_application_does(measured: World) -> None:
    awards = Awards(measured, Size(), random.Random(1))  # noqa: S311 - the same run every time
    brand = measured.partners[0]
    await awards.award(3, measured.partners)
    claims = [uuid4() for _ in range(5)]
    await awards.call(awards.columns(5, brand, claims))
    bare = BareRows(measured)
    await bare.prepare()
    entries = await _count(measured, "entry")
    await bare.remember(claims)
    for write in (bare.copy, bare.insert, bare.copy):
        await bare.take_back()
        assert await _count(measured, "bare.entry") == entries - len(claims)
        await write()
        assert await _count(measured, "bare.entry") == entries


async def test_the_rows_that_it_writes_itself_obey_every_law(measured: World) -> None:
    before = await _count(measured, "entry")
    month = await measured.month_back(1)
    await measured.have_awards(month, first=1, members=20, each=4)
    await measured.have_redemptions(month, first=1, members=20, lots=2)
    assert await _count(measured, "entry") - before == 20 * 4 + 20
    assert await measured.broken_laws() == []


async def _count(measured: World, table: str) -> int:
    found: int = await measured.superuser.fetchval(f"SELECT count(*) FROM {table}")
    return found
