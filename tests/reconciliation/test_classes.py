"""Every class of difference, one by one, with the people and brands that it is about."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from coalition.reconciliation import RowClass
from tests.reconciliation.books import (
    PartnerFile,
    Row,
    at,
    items,
    reconcile,
    summary,
    told,
    true_file,
)
from tests.support import Person, World, a_bakery, a_grocer, assert_books_balance

STORES = [{"code": "north", "name": "North", "terminals": ["n1"]},
          {"code": "south", "name": "South", "terminals": ["s1"]}]  # fmt: skip


@dataclass
class March:
    """Ada and Bo buy at the grocer in March; Ada brings something back and spends points."""

    world: World
    ada: Person
    bo: Person
    file: PartnerFile

    def but(self, reference: str, **changes: str) -> PartnerFile:
        """The true file with one purchase told otherwise."""
        rows = [
            row | changes if (row["reference"], row["kind"]) == (reference, "AWARD") else row
            for row in self.file.rows
        ]
        return self.file.but(rows=rows)

    def without(self, reference: str) -> PartnerFile:
        return self.file.but(rows=[row for row in self.file.rows if row["reference"] != reference])

    def and_also(self, **row: str) -> PartnerFile:
        return self.file.but(rows=[*self.file.rows, a_row(**row)])


def a_row(**given: str) -> Row:
    return {
        "kind": "AWARD", "occurredAt": at(12).isoformat(), "points": "40", "amount": "40.00",
        "card": "7002",
    } | given  # fmt: skip


@pytest.fixture
async def march(world: World) -> AsyncIterator[March]:
    await world.apply(
        brands=[
            a_grocer(stores=STORES, reconciliation={"points_tolerance": "2",
                                                    "amount_tolerance": "0.05"}),
            a_bakery(),
        ]
    )  # fmt: skip
    ada = await world.enrol("Ada", card="7001", brand="grocer")
    bo = await world.enrol("Bo", card="7002", brand="bakery")
    await world.award("grocer", ada, "100.00", reference="n1-001", at=at(3))
    kept = await world.award("grocer", ada, "60.00", reference="n1-002", at=at(5))
    await world.award("grocer", bo, "30.00", reference="n1-003", at=at(7))
    await world.award("bakery", bo, "500.00", reference="other-brands", at=at(7))
    await world.bring_back("grocer", kept.place, "20.00", at=at(8))
    spent = await world.redeem("grocer", ada, 50, at=at(9))
    await world.refund("grocer", spent, 10, at=at(10))
    yield March(world, ada, bo, await true_file(world))
    await assert_books_balance(world)


async def test_a_true_file_agrees_to_the_last_point(march: March) -> None:
    file_id = await reconcile(march.world, march.file)
    found = await summary(march.world, file_id)
    assert await items(march.world, file_id) == []
    issued, redeemed = found.identities["ISSUED"], found.identities["REDEEMED"]
    assert (issued.ledger, issued.file, issued.difference) == (170, 170, 0)
    assert (redeemed.ledger, redeemed.file) == (40, 40)
    assert found.sums["ISSUED"][RowClass.MATCHED].items == 4
    assert found.sums["REDEEMED"][RowClass.MATCHED].items == 2


CHANGED = {
    "two points less are within the tolerance": ({"points": "98"}, "MATCHED_TOLERANCE", 100, 98),
    "three points less are not": ({"points": "97"}, "POINTS_MISMATCH", 100, 97),
    "five cents less are within the tolerance": (
        {"amount": "99.95"}, "MATCHED_TOLERANCE", 100, 100,
    ),
    "six cents less are not": ({"amount": "99.94"}, "AMOUNT_MISMATCH", 100, 100),
    "the same in euros": ({"currency": "EUR"}, "CURRENCY_MISMATCH", 100, 100),
    "returned there, live here": ({"status": "RETURNED"}, "STATUS_MISMATCH", 100, 0),
    "dated in another month": (
        {"occurredAt": "2026-02-20T12:00:00Z"}, "TIMING", 100, 100,
    ),
    "a card that nobody has": ({"card": "9999"}, "UNKNOWN_MEMBER", 100, 100),
    "a card that is Bo's": ({"card": "7002"}, "UNKNOWN_MEMBER", 100, 100),
    "a store that the brand does not have": ({"store": "east"}, "UNKNOWN_STORE", 100, 100),
}  # fmt: skip


async def test_a_purchase_told_otherwise(march: March) -> None:
    for sequence, (what, (changes, row_class, ledger, file)) in enumerate(CHANGED.items(), 1):
        sent = march.but("n1-001", **changes).but(sequence=sequence)
        file_id = await reconcile(march.world, sent)
        found = await items(march.world, file_id)
        assert told(found) == [(row_class, "n1-001", ledger, file)], what
        identities = (await summary(march.world, file_id)).identities.values()
        assert all(one.closes for one in identities), what
        settled = row_class == "MATCHED_TOLERANCE"
        assert found[0].state == ("accepted" if settled else "open"), what
        assert found[0].action == ("ACCEPT" if settled or row_class == "TIMING" else "DISPUTE")


async def test_what_the_partner_does_not_have_is_asked_for(march: March) -> None:
    file_id = await reconcile(march.world, march.without("n1-003"))
    (found,) = await items(march.world, file_id)
    assert told([found]) == [("MISSING_AT_PARTNER", "n1-003", 30, 0)]
    assert (found.action, str(found.value)) == ("ASK", "0.30 USD")


async def test_what_the_ledger_does_not_have_is_offered_to_be_posted(march: March) -> None:
    file_id = await reconcile(march.world, march.and_also(reference="n1-009"))
    (found,) = await items(march.world, file_id)
    assert told([found]) == [("MISSING_IN_LEDGER", "n1-009", 0, 40)]
    assert (found.action, str(found.value)) == ("POST", "0.40 USD")
    assert found.told is not None
    assert found.told["member"] == "7002"


async def test_after_its_days_a_late_earn_is_a_matter_of_dispute(march: March) -> None:
    march.world.now = march.world.now.replace(month=6)
    file = march.and_also(reference="n1-009").but(created=march.world.now.isoformat())
    file_id = await reconcile(march.world, file)
    (found,) = await items(march.world, file_id)
    assert (found.row_class.value, found.action) == ("MISSING_IN_LEDGER", "DISPUTE")


async def test_a_missing_row_of_a_stranger_is_an_unknown_member(march: March) -> None:
    file_id = await reconcile(march.world, march.and_also(reference="n1-009", card="9999"))
    assert told(await items(march.world, file_id)) == [("UNKNOWN_MEMBER", "n1-009", 0, 40)]


async def test_a_missing_row_of_an_unknown_store(march: March) -> None:
    file_id = await reconcile(march.world, march.and_also(reference="n1-009", store="east"))
    assert told(await items(march.world, file_id)) == [("UNKNOWN_STORE", "n1-009", 0, 40)]


async def test_a_row_told_twice_counts_once(march: March) -> None:
    twice = [row for row in march.file.rows if row["reference"] == "n1-001"]
    file_id = await reconcile(march.world, march.file.but(rows=[*march.file.rows, *twice]))
    assert told(await items(march.world, file_id)) == [("DUPLICATE_IN_FILE", "n1-001", 0, 100)]


async def test_a_row_told_twice_with_other_points_is_a_duplicate_too(march: March) -> None:
    twice = march.and_also(reference="n1-001", points="90", amount="90.00", card="7001")
    file_id = await reconcile(march.world, twice)
    assert told(await items(march.world, file_id)) == [("DUPLICATE_IN_FILE", "n1-001", 0, 90)]


async def test_a_purchase_posted_twice_is_a_duplicate_in_the_ledger(march: March) -> None:
    await march.world.award("grocer", march.bo, "30.00", reference="n1-003-again", at=at(7))
    file_id = await reconcile(march.world, march.file)
    (found,) = await items(march.world, file_id)
    assert told([found]) == [("DUPLICATE_IN_LEDGER", "n1-003-again", 30, 0)]
    assert found.action == "REVERSE"


async def test_the_same_basket_spent_twice_is_a_duplicate_in_the_ledger(march: March) -> None:
    await march.world.redeem("grocer", march.ada, 50, at=at(9))
    file_id = await reconcile(march.world, march.file)
    assert told(await items(march.world, file_id)) == [("DUPLICATE_IN_LEDGER", "basket", 50, 0)]


async def test_what_was_posted_into_the_month_behind_is_a_matter_of_time(march: March) -> None:
    world = march.world
    world.now = world.now.replace(month=4, day=10)
    await world.close("2026-03")
    await world.award("grocer", march.bo, "40.00", reference="n1-009", at=at(30))
    late = march.and_also(reference="n1-009", occurredAt=at(30).isoformat())
    file_id = await reconcile(world, late.but(created="2026-03-31T20:00:00Z"))
    assert told(await items(world, file_id)) == [("TIMING", "n1-009", 0, 40)]
    april = await true_file(world, period="2026-04")
    april_id = await reconcile(world, april.but(rows=[]))
    assert told(await items(world, april_id)) == [("TIMING", "n1-009", 40, 0)]


async def test_what_was_returned_here_and_is_called_returned_there_agrees(march: March) -> None:
    world = march.world
    given = await world.award("grocer", march.bo, "25.00", reference="n1-008", at=at(11))
    await world.bring_back("grocer", given.place, at=at(12))
    rows = [*march.file.rows, a_row(reference="n1-008", points="25", amount="25.00",
                                    occurredAt=at(11).isoformat(), status="RETURNED")]  # fmt: skip
    file_id = await reconcile(world, march.file.but(rows=rows))
    assert told(await items(world, file_id)) == [("MATCHED", "n1-008", 0, 0)]


async def test_a_return_that_only_the_ledger_has(march: March) -> None:
    rows = [row for row in march.file.rows if row["kind"] != "RETURN"]
    file_id = await reconcile(march.world, march.file.but(rows=rows))
    assert told(await items(march.world, file_id)) == [("MISSING_AT_PARTNER", "n1-002", -20, 0)]


async def test_what_happens_after_the_file_was_made_is_not_missing_there(march: March) -> None:
    made = march.world.now
    march.world.now = march.world.now.replace(day=16)
    await march.world.award("grocer", march.bo, "99.00", reference="n1-020")
    file_id = await reconcile(march.world, march.file.but(created=made.isoformat()))
    assert await items(march.world, file_id) == []


async def test_a_receipt_finds_its_purchase_under_another_reference(march: March) -> None:
    world = march.world
    bought = world.purchase("grocer", "44.00", reference="north/n1/000417", at=at(11))
    bought = type(bought)(bought.reference, bought.purchased_at, bought.amount, bought.currency,
                          store_code="north", terminal_code="n1")  # fmt: skip
    await award(world, march.bo, bought)
    told_otherwise = march.and_also(
        reference="back-office-77", points="44", amount="44.00", store="north", terminal="n1",
        receipt="417", card="", occurredAt=at(11, 9).isoformat(),
    )  # fmt: skip
    file_id = await reconcile(world, told_otherwise)
    (found,) = await items(world, file_id)
    assert (found.row_class.value, found.found_by) == ("MATCHED", "RECEIPT")


async def test_member_amount_and_time_find_a_purchase_that_has_another_name(march: March) -> None:
    rows = [row | {"reference": f"renamed-{row['reference']}"} if row["kind"] == "AWARD" else row
            for row in march.file.rows]  # fmt: skip
    file_id = await reconcile(march.world, march.file.but(rows=rows))
    found = await items(march.world, file_id)
    assert {(one.row_class.value, one.found_by) for one in found} == {("MATCHED", "SCORE")}
    assert sorted(one.ledger_points for one in found) == [30, 60, 100]


async def test_a_ticket_in_parts_is_one_purchase(march: March) -> None:
    parts = (50, 30, 20)
    rows = [
        a_row(reference=f"part-{place}", points=str(part), amount=f"{part}.00", card="7001",
              occurredAt=at(3, 12, place).isoformat())
        for place, part in enumerate(parts)
    ]  # fmt: skip
    split = march.without("n1-001")
    file_id = await reconcile(march.world, split.but(rows=[*split.rows, *rows]))
    (found,) = await items(march.world, file_id)
    assert (found.row_class.value, found.found_by) == ("MATCHED", "SPLIT")
    assert (len(found.lines), found.ledger_points, found.file_points) == (len(parts), 100, 100)


async def test_two_purchases_told_as_one_ticket_are_it(march: March) -> None:
    await march.world.award("grocer", march.ada, "15.00", reference="n1-010", at=at(3, 13))
    rows = [row for row in march.file.rows if row["reference"] != "n1-001"]
    whole = a_row(reference="whole", points="115", amount="115.00", card="7001",
                  occurredAt=at(3, 12).isoformat())  # fmt: skip
    file_id = await reconcile(march.world, march.file.but(rows=[*rows, whole]))
    (found,) = await items(march.world, file_id)
    assert (found.row_class.value, len(found.seqs)) == ("MATCHED", 2)


async def award(world: World, who: Person, purchase: object) -> None:
    from coalition import earning  # noqa: PLC0415 - one use

    (outcome,) = await earning.award_points(
        world.office,
        actor=world.actor("grocer"),
        # Of people only.
        requests=[earning.AwardRequest(world._key(None), who.ref, purchase)],  # type: ignore[arg-type]
        now=world.now,
    )
    assert outcome.refusal is None
