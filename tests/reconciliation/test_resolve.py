"""Differences resolved: posted, taken back, billed, accepted, disputed; each once, by somebody."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from coalition import reconciliation
from coalition.access import Actor, Scope
from coalition.kit.database import EVERYTHING, Database
from coalition.kit.errors import NotAllowed, Refusal
from coalition.reconciliation import Action, ItemRecord, Resolution
from tests.reconciliation.books import (
    PartnerFile,
    at,
    compare,
    items,
    reconcile,
    send,
    true_file,
)
from tests.support import Person, World, a_bakery, a_grocer, assert_books_balance, nothing_moves

LATE = {"kind": "AWARD", "reference": "n1-009", "occurredAt": "2026-03-12T12:00:00Z",
        "points": "40", "amount": "40.00", "card": "7001"}  # fmt: skip


class March:
    def __init__(self, world: World, ada: Person, file: PartnerFile) -> None:
        self.world, self.ada, self.file = world, ada, file

    async def one(self, file: PartnerFile) -> ItemRecord:
        """The one difference of a file."""
        (found,) = await items(self.world, await reconcile(self.world, file))
        return found

    async def now(self, item: ItemRecord) -> ItemRecord:
        async with self.world.database.reading(EVERYTHING) as connection:
            return (await reconciliation.items_at(connection, [item.id]))[item.id]

    async def resolve(
        self, item: ItemRecord, action: Action, actor: Actor | None = None, **more: str
    ) -> reconciliation.Resolved:
        asked = {"key": "once", "note": "looked at the till's roll"} | more
        return await reconciliation.resolve_item(
            self.world.office,
            actor=actor or self.world.operator(),
            item_id=item.id,
            resolution=Resolution(asked["key"], action, asked["note"]),
            now=self.world.now,
        )


@pytest.fixture
async def march(world: World) -> AsyncIterator[March]:
    await world.apply(
        brands=[a_grocer(reconciliation={"sla_days": "5", "at_sla": "reverse", "owner": "Kim",
                                         "open_value_tolerance": "0.30"}), a_bakery()]
    )  # fmt: skip
    ada = await world.enrol("Ada", card="7001", brand="grocer")
    await world.award("grocer", ada, "100.00", reference="n1-001", at=at(3))
    await world.award("grocer", ada, "60.00", reference="n1-002", at=at(5))
    await world.redeem("grocer", ada, 50, at=at(9))
    yield March(world, ada, await true_file(world))
    await assert_books_balance(world)


async def test_a_late_earn_is_posted_at_its_own_day_and_price(march: March) -> None:
    item = await march.one(march.file.but(rows=[*march.file.rows, LATE]))
    done = await march.resolve(item, Action.POST)
    assert (done.item.state, done.item.resolved_by, done.item.note) == (
        "posted", "operator:operator", "looked at the till's roll",
    )  # fmt: skip
    assert (await march.world.balance(march.ada)).available == 150
    second = march.file.but(rows=[*march.file.rows, LATE], sequence=2)
    assert await items(march.world, await reconcile(march.world, second)) == []


async def test_posted_by_twenty_at_once_it_counts_once(march: March) -> None:
    item = await march.one(march.file.but(rows=[*march.file.rows, LATE]))

    async def one(number: int) -> str:
        try:
            return (await march.resolve(item, Action.POST, key=f"k{number}")).item.state
        except Refusal as refusal:
            return refusal.code

    found = await asyncio.gather(*(one(number) for number in range(20)))
    assert sorted(found) == ["RECONCILIATION_ITEM_RESOLVED"] * 19 + ["posted"]
    assert (await march.world.balance(march.ada)).available == 150


async def test_killed_between_the_posting_and_the_item_it_counts_once(march: March) -> None:
    """The item still stands open with its points posted: the next one finds them."""
    item = await march.one(march.file.but(rows=[*march.file.rows, LATE]))
    await march.resolve(item, Action.POST)
    await march.world.repair(
        "reconciliation_item",
        f"state = 'open', resolved_at = NULL, resolution_claim = NULL WHERE id = {item.id}",
    )
    await march.resolve(item, Action.POST, key="again")
    assert (await march.world.balance(march.ada)).available == 150


async def test_a_late_earn_of_a_member_who_left_is_refused_and_stays_open(march: March) -> None:
    item = await march.one(march.file.but(rows=[*march.file.rows, LATE]))
    await march.world.repair("member", "status = 'closed'")
    async with nothing_moves(march.world):
        with pytest.raises(Refusal) as refused:
            await march.resolve(item, Action.POST)
    assert refused.value.code == "MEMBER_CLOSED"
    assert (await march.now(item)).state == "open"


async def test_a_return_that_only_the_file_has_is_posted(march: March) -> None:
    back = LATE | {"kind": "RETURN", "reference": "n1-002", "points": "20", "amount": "20.00"}
    item = await march.one(march.file.but(rows=[*march.file.rows, back]))
    assert (item.row_class.value, item.action) == ("MISSING_IN_LEDGER", "POST")
    await march.resolve(item, Action.POST)
    assert (await march.world.balance(march.ada)).available == 90


async def test_what_the_partner_does_not_have_is_taken_back_by_the_operator(march: March) -> None:
    rows = [row for row in march.file.rows if row["reference"] != "n1-002"]
    item = await march.one(march.file.but(rows=rows))
    with pytest.raises(Refusal, match="There are: ACCEPT, DISPUTE") as refused:
        await march.resolve(item, Action.REVERSE, march.world.actor("grocer"))
    assert refused.value.code == "RECONCILIATION_ACTION_NOT_OPEN"
    assert (await march.resolve(item, Action.REVERSE)).item.state == "reversed"
    assert (await march.world.balance(march.ada)).available == 50


async def test_a_redemption_that_the_partner_does_not_have_is_refunded(march: March) -> None:
    rows = [row for row in march.file.rows if row["kind"] != "REDEMPTION"]
    item = await march.one(march.file.but(rows=rows))
    assert item.side == "REDEEMED"
    await march.resolve(item, Action.REVERSE)
    assert (await march.world.balance(march.ada)).available == 160


async def test_what_is_billed_accepted_or_disputed_moves_nothing(march: March) -> None:
    file = march.file.but(rows=[])
    found = await items(march.world, await reconcile(march.world, file))
    before = await march.world.balance(march.ada)
    for item, action, state in zip(
        found, (Action.BILL, Action.ACCEPT, Action.DISPUTE),
        ("billed", "accepted", "to_dispute"), strict=True,
    ):  # fmt: skip
        assert (await march.resolve(item, action, key=state)).item.state == state
    assert await march.world.balance(march.ada) == before


async def test_the_same_key_gives_the_same_answer_and_another_is_too_late(march: March) -> None:
    item = await march.one(march.file.but(rows=[*march.file.rows, LATE]))
    first = await march.resolve(item, Action.ACCEPT)
    again = await march.resolve(item, Action.ACCEPT)
    assert (first.replayed, again.replayed) == (False, True)
    async with nothing_moves(march.world):
        for key, action, code in (
            ("once", Action.DISPUTE, "IDEMPOTENCY_KEY_REUSED"),
            ("twice", Action.ACCEPT, "RECONCILIATION_ITEM_RESOLVED"),
        ):
            with pytest.raises(Refusal) as refused:
                await march.resolve(item, action, key=key)
            assert refused.value.code == code


async def test_a_rehearsal_tells_what_would_be_and_keeps_nothing(march: March) -> None:
    item = await march.one(march.file.but(rows=[*march.file.rows, LATE]))
    async with nothing_moves(march.world):
        told = await reconciliation.rehearse_resolution(
            march.world.office, actor=march.world.operator(), item_id=item.id,
            resolution=Resolution("r", Action.POST, "to see"), now=march.world.now,
        )  # fmt: skip
    assert told.item.state == "posted"
    assert (await march.world.balance(march.ada)).available == 110


async def test_another_brands_item_and_file_are_answered_as_if_they_were_not(march: March) -> None:
    item = await march.one(march.file.but(rows=[*march.file.rows, LATE]))
    bakery = march.world.actor("bakery")
    taken = await send(march.world, march.file.but(sequence=2))

    async def refusal_of(asked: Any) -> str:  # noqa: ANN401 - a coroutine of any verb
        with pytest.raises(Refusal) as refused:
            await asked
        return f"{refused.value.code} {refused.value.message}"

    world = march.world
    async with nothing_moves(world):
        for number in (item.id, 10**12):
            for action in (Action.ACCEPT, Action.POST):
                assert "RECONCILIATION_ITEM_NOT_FOUND No such" in await refusal_of(
                    reconciliation.resolve_item(
                        world.office, actor=bakery, item_id=number,
                        resolution=Resolution("k", action, "x"), now=world.now,
                    )
                )  # fmt: skip
        for number in (taken.file_id, item.file_id, 10**12):
            assert "RECONCILIATION_FILE_NOT_FOUND No such" in await refusal_of(
                reconciliation.run_reconciliation(
                    world.office, actor=bakery, file_id=number, now=world.now
                )
            )
    assert await items(world, item.file_id, "bakery") == []


async def test_it_takes_the_scope(march: March) -> None:
    till = march.world.actor("grocer", Scope.POINTS_AWARD)
    with pytest.raises(NotAllowed):
        await send(march.world, march.file, actor=till)
    item = await march.one(march.file.but(rows=[*march.file.rows, LATE]))
    for actor in (till, march.world.operator(Scope.OPERATOR_READ)):
        with pytest.raises(NotAllowed):
            await march.resolve(item, Action.ACCEPT, actor)


# Correction and age


async def test_a_corrected_file_counts_instead(march: March) -> None:
    wrong = await reconcile(march.world, march.file.but(rows=march.file.rows[:1]))
    before = await items(march.world, wrong)
    await march.resolve(before[0], Action.ACCEPT)
    right = await reconcile(march.world, march.file.but(sequence=2))
    states = sorted(one.state for one in await items(march.world, wrong))
    assert states == ["accepted", "superseded"]
    assert await items(march.world, right) == []
    async with march.world.database.reading(EVERYTHING) as connection:
        files = await reconciliation.files_at(connection, [wrong, right])
    assert [files[one].state for one in (wrong, right)] == ["SUPERSEDED", "RECONCILED"]


async def test_a_difference_that_stays_keeps_its_age_its_owner_and_its_answer(
    march: March,
) -> None:
    world = march.world
    first = await items(world, await reconcile(world, march.file.but(rows=[])))
    assert [one.reference for one in first] == ["n1-001", "n1-002", "basket"] or len(first) == 3
    owned, answered = first[0], first[1]
    await reconciliation.assign_item(
        world.office, actor=world.operator(), item_id=owned.id, owner="Rosa", now=world.now
    )
    await march.resolve(answered, Action.ACCEPT)
    world.now += timedelta(days=3)
    second = await items(world, await reconcile(world, march.file.but(rows=[], sequence=2)))
    by_reference = {one.reference: one for one in second}
    still = by_reference[owned.reference]
    assert (still.state, still.owner, still.opened_at) == ("open", "Rosa", owned.opened_at)
    assert by_reference[answered.reference].state == "accepted"


async def test_nothing_is_overdue_and_nobodys(march: March) -> None:
    world = march.world
    rows = [row for row in march.file.rows if row["reference"] != "n1-002"]
    item = await march.one(march.file.but(rows=rows))
    early = await reconciliation.own_overdue(world.office, actor=world.operator(), now=world.now)
    assert (early.owned, early.due) == (0, 0)
    late = world.now + timedelta(days=5)
    aged = await reconciliation.own_overdue(world.office, actor=world.operator(), now=late)
    assert (aged.owned, aged.due) == (1, 1)
    overdue = await march.now(item)
    assert (overdue.owner, overdue.action, overdue.state) == ("Kim", "REVERSE", "open")
    again = await reconciliation.own_overdue(world.office, actor=world.operator(), now=late)
    assert (again.owned, again.due) == (0, 0)


async def test_what_is_open_is_held_against_what_may_be(march: March) -> None:
    world = march.world
    rows = [row for row in march.file.rows if row["reference"] != "n1-002"]
    item = await march.one(march.file.but(rows=rows))
    async with world.database.reading(EVERYTHING) as connection:
        terms = await world.office.terms()
        (above,) = await reconciliation.open_items_above_tolerance(
            connection, terms, item.period_id
        )
    assert (str(above.value), str(above.tolerance)) == ("0.60 USD", "0.30 USD")
    await march.resolve(item, Action.ACCEPT)
    async with world.database.reading(EVERYTHING) as connection:
        assert (
            await reconciliation.open_items_above_tolerance(connection, terms, item.period_id)
        ) == []


# Killed


class Killed(Exception):
    pass


class Dying(Database):
    """A database that a process loses after so many calls."""

    def __init__(self, inner: Database, calls: int) -> None:
        self._inner, self._calls = inner, calls

    async def call(
        self, function: str, *arguments: object, seconds: float | None = None
    ) -> list[Any]:
        if self._calls == 0:
            raise Killed(function)
        self._calls -= 1
        return await self._inner.call(function, *arguments, seconds=seconds)

    def reading(self, sight: Any) -> Any:  # noqa: ANN401 - stands in for any database
        return self._inner.reading(sight)


async def test_killed_after_any_step_the_comparison_goes_on_where_it_stood(march: March) -> None:
    world = march.world
    rows = [
        march.file.rows[0] | {"points": "90"},
        march.file.rows[1] | {"reference": "renamed"},
        march.file.rows[1] | {"reference": "renamed"},
        LATE,
    ]
    whole = await items(world, await reconcile(world, march.file.but(rows=rows)))
    expected = [(one.row_class, one.reference, one.value) for one in whole]
    assert len(expected) == 5
    for calls in range(20):
        taken = await send(world, march.file.but(rows=rows, sequence=calls + 2))
        office = world.office
        office.database, home = Dying(world.database, calls), office.database
        try:
            await compare(world, taken)
            died = False
        except Killed:
            died = True
        finally:
            office.database = home
        await compare(world, taken)
        found = await items(world, taken.file_id)
        assert sorted((one.row_class, one.reference, one.value) for one in found) == sorted(
            expected
        ), f"after {calls} calls"
        if not died:
            break
    assert calls > 5


async def test_two_who_compare_the_same_file_find_everything_once(march: March) -> None:
    taken = await send(march.world, march.file.but(rows=[]))
    results = await asyncio.gather(
        *(compare(march.world, taken) for _ in range(3)), return_exceptions=True
    )
    assert any(not isinstance(one, BaseException) for one in results)
    await compare(march.world, taken)
    assert len(await items(march.world, taken.file_id)) == 3


async def test_a_file_that_waits_is_compared_by_whoever_runs_next(march: March) -> None:
    world = march.world
    taken = await send(world, march.file.but(rows=[]))
    ran = [
        one.file_id
        async for one in reconciliation.run_waiting(
            world.office, actor=world.operator(), now=world.now
        )
    ]
    assert ran == [taken.file_id]
    assert len(await items(world, taken.file_id)) == 3


async def test_a_file_that_was_superseded_before_its_turn_is_not_compared(march: March) -> None:
    world = march.world
    waits = await send(world, march.file.but(rows=[]))
    await reconcile(world, march.file.but(sequence=2))
    ran = await compare(world, waits)
    assert (ran.already, ran.identities) == (True, {})
    assert await items(world, waits.file_id) == []


async def test_a_place_to_which_no_file_came_does_not_stay(march: March) -> None:
    world = march.world
    await reconciliation.create_file(
        world.office, actor=world.actor("grocer"),
        request=reconciliation.FileRequest("k", "2026-03", "CSV", "NONE"), now=world.now,
    )  # fmt: skip
    for days, left in ((6, 1), (8, 0)):
        later = world.now + timedelta(days=days)
        await reconciliation.own_overdue(world.office, actor=world.operator(), now=later)
        rows = await world.rows("SELECT 1 FROM reconciliation_file")
        assert len(rows) == left


async def test_a_suspended_brand_reconciles_nothing(march: March) -> None:
    world = march.world
    item = await march.one(march.file.but(rows=[*march.file.rows, LATE]))
    await world.apply(brands=[a_grocer(status="suspended"), a_bakery()])
    grocer = world.actor("grocer")
    async with nothing_moves(world):
        for asked in (
            send(world, march.file.but(sequence=2)),
            march.resolve(item, Action.ACCEPT, grocer),
            reconciliation.assign_item(
                world.office, actor=grocer, item_id=item.id, owner="Kim", now=world.now
            ),
        ):
            with pytest.raises(Refusal) as refused:
                await asked
            assert refused.value.code == "PARTNER_SUSPENDED"
