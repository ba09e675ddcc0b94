"""Each member's entries are a chain: who edits one behind our back is found, and the row named."""

import runpy
from datetime import UTC, datetime
from pathlib import Path

import pytest

from coalition import earning
from coalition.ledger import ChainedEntry, chain
from coalition.ledger.chain import CHAIN_HOLDS
from coalition.ledger.checks import broken_laws
from tests.support import Person, World, a_bakery, a_grocer, assert_books_balance

MIGRATIONS = Path(__file__).parents[2] / "migrations" / "versions"


async def _a_life(world: World) -> Person:
    """Every kind of entry, in one ledger."""
    await world.apply(
        brands=[a_bakery(), a_grocer()],
        expiry={"kind": "rolling", "months": "1"},
        returns={"clawback": "unlimited", "shortfall_payer": "issuer", "debt_limit": "20"},
    )
    ada = await world.enrol("Ada")
    award = await world.award("grocer", ada, "100")
    spent = await world.redeem("bakery", ada, 60)
    await world.refund("bakery", spent, 10)
    await world.bring_back("grocer", award.place)
    await world.award("grocer", ada, "50")
    held = await world.hold("bakery", ada, 20)
    await world.capture("bakery", held, 5)
    world.now = datetime(2026, 5, 1, tzinfo=UTC)
    await world.expire()
    return ada


async def _found(world: World) -> list[str]:
    return [row async for one in broken_laws(world.database, [CHAIN_HOLDS]) for row in one.rows]


async def test_the_hash_of_every_entry_is_that_of_its_text_and_the_one_before(
    world: World,
) -> None:
    ada = await _a_life(world)
    columns = ", ".join(f"e.{name}" for name in ChainedEntry.__slots__[:14])
    rows = await world.rows(
        f"SELECT e.hash, {columns}, l.earned_at, l.spendable_from, l.expires_on,"
        " CASE WHEN a.seq IS NOT NULL THEN jsonb_build_array(a.claim, a.request_hash, a.reference,"
        " a.amount, a.basis, (extract(epoch FROM a.spendable_from) * 1000000)::bigint,"
        " a.store_code, a.terminal_code, a.channel, a.lines)::text END"
        " FROM entry e LEFT JOIN lot l USING (member_id, seq) LEFT JOIN award a USING (member_id,"
        f" seq) WHERE member_id = {ada.member_id} ORDER BY seq"
    )
    # A row's values in their order.
    entries = [ChainedEntry(*row[1:]) for row in rows]  # type: ignore[arg-type]
    assert {entry.kind for entry in entries} == {1, 2, 3, 4, 5, 6, 7, 8}
    assert {entry.kind for entry in entries if entry.purchase and entry.last_day} == {1}
    hashes = chain(entries)
    assert [row[0] for row in rows] == hashes
    assert await world.rows("SELECT head FROM balance") == [(hashes[-1],)]
    await assert_books_balance(world)


async def test_a_batch_makes_the_chain_that_its_rows_would_make_one_by_one(world: World) -> None:
    await world.apply()
    ada, bo = await world.enrol("Ada"), await world.enrol("Bo")
    await world.award("grocer", bo, "7")
    await earning.award_points(
        world.office,
        actor=world.actor("grocer"),
        requests=[
            earning.AwardRequest(
                f"batch-{place}", (ada if place % 3 else bo).ref, world.purchase("grocer", "10")
            )
            for place in range(30)
        ],
        now=world.now,
    )
    await world.award("bakery", ada, "5")
    assert await _found(world) == []
    assert await world.rows("SELECT count(*) FROM entry") == [(32,)]
    await assert_books_balance(world)


EDITS = [
    "points = points + 1", "partner_id = 3 - partner_id", "agreement_id = 3 - agreement_id",
    "occurred_at = occurred_at - interval '1 microsecond'",
    "recorded_at = recorded_at + interval '1 microsecond'", "promotion_id = 1",
    "reverses = coalesce(reverses, 0) + 1", "reverses_period_id = 9",
]  # fmt: skip


@pytest.mark.parametrize("edit", EDITS)
async def test_a_row_that_was_edited_is_named(world: World, edit: str) -> None:
    ada = await _a_life(world)
    await world.corrupt(f"UPDATE entry SET {edit} WHERE seq = 3")
    assert await _found(world) == [
        f"entry of member {ada.member_id} at place 3: not what its hash was made of"
    ]


async def test_a_row_that_was_edited_with_its_hash_is_named_by_the_one_behind_it(
    world: World,
) -> None:
    ada = await _a_life(world)
    await world.corrupt("UPDATE entry SET hash = sha256('mine') WHERE seq = 3")
    assert await _found(world) == [
        f"entry of member {ada.member_id} at place {place}: not what its hash was made of"
        for place in (3, 4)
    ]


async def test_a_row_that_was_removed_is_missed(world: World) -> None:
    ada = await _a_life(world)
    await world.corrupt("DELETE FROM entry WHERE seq = 3")
    assert await _found(world) == [
        f"entry of member {ada.member_id} at place 4: not what its hash was made of"
    ]


async def test_the_last_row_is_missed_too(world: World) -> None:
    ada = await _a_life(world)
    await world.corrupt("DELETE FROM entry WHERE seq = (SELECT max(seq) FROM entry)")
    assert await _found(world) == [
        f"balance of member {ada.member_id}: its head is not the hash of its last entry"
    ]


async def test_what_stood_in_the_book_before_there_were_chains_is_chained_the_same(
    world: World,
) -> None:
    await _a_life(world)
    bo = await world.enrol("Bo")
    await world.award("bakery", bo, "12")
    made = await world.rows("SELECT member_id, seq, hash FROM entry ORDER BY 1, 2")
    migration = runpy.run_path(str(MIGRATIONS / "0009_rate_cards.py"))
    changes = [one for one in migration["ENTRY"] if "ADD COLUMN" not in one]
    transaction = world.superuser.transaction()
    await transaction.start()
    try:
        await world.superuser.execute(
            "ALTER TABLE entry ALTER COLUMN hash DROP NOT NULL, DISABLE TRIGGER append_only;"
            "UPDATE entry SET hash = NULL, reverses_period_id = NULL;"
            "UPDATE balance SET head = ''"
        )
        for change in changes:
            await world.superuser.execute(change)
        again = await world.rows("SELECT member_id, seq, hash FROM entry ORDER BY 1, 2")
        heads = await world.rows("SELECT head FROM balance ORDER BY member_id")
    finally:
        await transaction.rollback()
    assert again == made
    assert heads == [
        (next(row[2] for row in reversed(made) if row[0] == member),)
        for member in dict.fromkeys(row[0] for row in made)
    ]
    assert await _found(world) == []
