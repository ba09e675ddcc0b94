"""What a reconciliation has found is disputed with what both books say; both name each other."""

import csv
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest

from coalition import disputes
from coalition.disputes import Disputed, ItemsDispute, Reason
from coalition.disputes.errors import DisputeNotValid, DisputeOpen, ItemDisputed
from coalition.kit.database import EVERYTHING, Sight
from coalition.reconciliation import ItemNotFound, ItemRecord, ItemResolved
from tests.disputes.lines import JANUARY, NEW_YORK, timeline, withdraws
from tests.reconciliation.books import PartnerFile, items, reconcile, true_file
from tests.support import World, a_bakery, a_grocer, assert_books_balance, nothing_moves


async def _a_january(world: World) -> PartnerFile:
    """The grocer's own file of it; nothing is closed yet."""
    lenient = {"open_value_tolerance": "1000.00"}
    await world.apply(brands=[a_grocer(reconciliation=lenient), a_bakery()])
    world.now = datetime(2026, 1, 20, 12, tzinfo=NEW_YORK)
    ada = await world.enrol("Ada", card="7001")
    for number, amount in enumerate(("9000", "120.00", "60.00"), start=1):
        await world.award("grocer", ada, amount, reference=f"n1-00{number}")
    await world.redeem("grocer", ada, 50)
    world.now = datetime(2026, 2, 1, 12, tzinfo=NEW_YORK)
    return await true_file(world, period=JANUARY)


async def _dispute(
    world: World, found: list[ItemRecord], *, by: str = "grocer", key: str = "k",
    dry_run: bool = False, **asked: object,
) -> Disputed:  # fmt: skip
    request = ItemsDispute(
        key, tuple(one.id for one in found), Reason.DUPLICATE, "rci_first",
        **asked,  # type: ignore[arg-type]  # fields by their names
    )  # fmt: skip
    return await disputes.dispute_items(
        world.office, actor=world.actor(by), request=request, now=world.now, dry_run=dry_run
    )


async def _about(world: World, one: ItemRecord) -> list[int]:
    """The disputes that an item shows its brand."""
    sight = Sight(partner_id=world.partner("grocer").id)
    async with world.database.reading(sight) as connection:
        found = await disputes.list_disputes(connection, disputes.DisputeFilter(about_item=one.id))
    return [each.id for each in found]


async def _handed_in(world: World, dispute: disputes.Dispute) -> list[tuple[str, ...]]:
    """What the evidence says of each item."""
    (step,) = await timeline(world, dispute)
    assert step.message == "Reconciliation file 1 of 2026-01: 2 items, 1.80 USD."
    async with world.database.reading(EVERYTHING) as connection:
        evidence = await disputes.evidence_of(connection, step.id)
    assert evidence is not None
    return [
        (row["class"], row["reference"], row["ledgerPoints"], row["filePoints"], row["value"])
        for row in csv.DictReader(evidence.decode().splitlines())
    ]


async def test_items_are_disputed_once_and_go_on_in_a_corrected_file(world: World) -> None:
    file = await _a_january(world)
    rows = [one for one in file.rows if one["reference"] not in {"n1-002", "n1-003"}]
    first = await items(world, await reconcile(world, file.but(rows=rows)))
    assert [one.reference for one in first] == ["n1-002", "n1-003"]
    async with nothing_moves(world):
        with pytest.raises(DisputeNotValid, match="is not out yet"):
            await _dispute(world, first)
    await world.close(JANUARY)
    async with nothing_moves(world):
        with pytest.raises(ItemNotFound):
            await _dispute(world, first, by="bakery")
        with pytest.raises(ItemNotFound):
            await _dispute(world, [replace(first[0], id=999)])
        with pytest.raises(DisputeNotValid, match="more than the line says"):
            await _dispute(world, first, amount=Decimal("90000.00"))
        assert await _dispute(world, first, dry_run=True) == Disputed(None, replayed=False)

    opened = (await _dispute(world, first)).dispute
    assert opened is not None
    # 120 and 60 points at 0.0100, of the line of all that was given.
    assert (f"{opened.amount}", opened.line) == ("1.80 USD", 1)
    assert opened.source == ("RECONCILIATION_ITEM", "rci_first")
    assert await _handed_in(world, opened) == [
        ("MISSING_AT_PARTNER", "n1-002", "120", "0", "1.20"),
        ("MISSING_AT_PARTNER", "n1-003", "60", "0", "0.60"),
    ]
    assert [one.state for one in await items(world, first[0].file_id)] == ["to_dispute"] * 2
    async with nothing_moves(world):
        assert (await _dispute(world, first)).replayed
        with pytest.raises(DisputeOpen):
            await _dispute(world, first[:1], key="again")
        with pytest.raises(ItemDisputed):
            await _dispute(world, first[:1], key="elsewhere", line=2, amount=Decimal("0.10"))

    # The grocer has found one of them.
    rows = [one for one in file.rows if one["reference"] != "n1-003"]
    second = await items(world, await reconcile(world, file.but(sequence=2, rows=rows)))
    assert [(one.reference, one.state) for one in second] == [("n1-003", "to_dispute")]
    assert await _about(world, second[0]) == await _about(world, first[1]) == [opened.id]
    async with world.database.reading(EVERYTHING) as connection:
        found = await disputes.items_of_dispute(connection, opened.id)
    assert found == [first[0].id, first[1].id, second[0].id]
    others = Sight(partner_id=world.partner("bakery").id)
    async with world.database.reading(others) as connection:
        assert await disputes.items_of_dispute(connection, opened.id) == []

    await withdraws(world, "grocer", opened)
    async with nothing_moves(world):
        with pytest.raises(ItemResolved):  # its file does not count any more
            await _dispute(world, first[:1], key="late")
    again = (await _dispute(world, second, key="again")).dispute
    assert again is not None
    assert await _about(world, second[0]) == [again.id, opened.id]
    await assert_books_balance(world)


async def test_where_several_lines_could_be_meant_one_is_said(world: World) -> None:
    file = await _a_january(world)
    found = await items(world, await reconcile(world, file.but(rows=[])))
    await world.close(JANUARY)
    async with nothing_moves(world):
        with pytest.raises(DisputeNotValid, match="Say which line of 2026-01/grocer it is"):
            await _dispute(world, found)
    done = await _dispute(world, found, line=2, amount=Decimal("0.40"), message="Both of them.")
    assert done.dispute is not None
    assert (done.dispute.line, f"{done.dispute.amount}") == (2, "0.40 USD")
    await assert_books_balance(world)
