"""A month at three brands, closed, and the files that each is given of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from coalition import documents
from coalition.access import load_keys
from tests.support import World, a_bakery, a_fuel, a_grocer

JANUARY = "2026-01"
NEW_YORK = ZoneInfo("America/New_York")


@dataclass(frozen=True, slots=True)
class Files:
    statement: bytes
    lines: bytes
    keys: bytes


async def a_january(world: World, **terms: object) -> Mapping[str, str]:
    """`terms` of the grocer's agreement. The clients' secrets."""
    applied = await world.apply(brands=[a_bakery(), a_grocer(**terms), a_fuel()])
    world.now = datetime(2026, 1, 20, 12, tzinfo=NEW_YORK)
    ada = await world.enrol("Ada")
    award = await world.award("grocer", ada, "500")
    await world.award("grocer", ada, "120.50")
    await world.award("grocer", ada, "33.33", reference='=HYPERLINK("http://x")')
    spent = await world.redeem("bakery", ada, 310)
    await world.refund("bakery", spent, 60)
    await world.bring_back("grocer", award.place, "50")
    # Clocks have microseconds, and no file may mind.
    world.now = datetime(2026, 2, 1, 0, 0, 0, 58_982, tzinfo=NEW_YORK)
    await world.close(JANUARY)
    return applied.new_secrets


async def document_of(world: World, brand: str) -> documents.StatementDocument:
    record = (await world.statements(JANUARY))[brand]
    keys = await load_keys(world.database)
    return (await documents.statement_documents(world.office, keys, [record]))[record.id]


async def files_of(world: World, brand: str, label: str = JANUARY) -> Files:
    record = (await world.statements(label))[brand]
    keys = await load_keys(world.database)
    made = (await documents.statement_documents(world.office, keys, [record]))[record.id]
    lines = b"".join([piece async for piece in documents.line_file(world.office, keys, record)])
    return Files(made.file, lines, documents.public_keys(keys))
