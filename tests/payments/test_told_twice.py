"""A booking of which the bank tells twice is counted once, and what may be one is asked about."""

import asyncio
from dataclasses import replace

import pytest

from coalition import payments
from coalition.payments import PaymentState, Resolution
from coalition.payments.errors import BankEntryNotFound, BankEntryResolved
from coalition.settlement import next_gates
from tests.payments.bank import Bank, Instruction, transfer_in
from tests.payments.brands import (
    JANUARY,
    a_coalition_of,
    a_month,
    four_brands,
    instruct,
    outcomes,
    paid,
    sent,
    state,
    taken_file,
)
from tests.support import World, a_florist, a_grocer, assert_books_balance, nothing_moves


async def _the_florist_owes(world: World) -> tuple[Bank, Instruction]:
    """What is collected from the florist, as a bank tells of it that gives no references."""
    await a_coalition_of(world, [a_grocer(), a_florist()])
    await a_month(world, given={"florist": "4000"}, spent={})
    (debit,) = sent(await instruct(world)).values()
    return Bank(), debit.unreferenced()


async def _says(
    world: World, entry: payments.BankEntry, *, is_same: bool, dry_run: bool = False
) -> payments.Resolved:
    return await payments.resolve_bank_entry(
        world.office, actor=world.operator(client="treasurer"), now=world.now, dry_run=dry_run,
        resolution=Resolution(entry.id, is_same, "asked the bank"),
    )  # fmt: skip


async def _open_items(world: World) -> list[tuple[str, int]]:
    gates = await next_gates(world.office, await world.period(JANUARY))
    return [(one.subject, one.open_items) for one in gates]


@pytest.mark.parametrize("half", ["39.20", None])
async def test_a_notification_and_then_a_statement_of_one_booking_wait_for_a_person(
    world: World, half: str | None
) -> None:
    """A half that was counted twice would be the whole."""
    bank, debit = await _the_florist_owes(world)
    told = debit.with_amount(half) if half else debit
    first = "PARTIAL" if half else "MATCHED"
    assert await outcomes(world, bank.notification(told)) == [first]
    florist = (await paid(world))["florist"]
    assert await outcomes(world, bank.statement(told)) == ["PERHAPS_KNOWN"]
    assert (await paid(world))["florist"] == florist
    assert await state(world) == "instructed"
    assert await _open_items(world) == [("PAYMENTS", 2 if half else 1)]
    await assert_books_balance(world)


async def test_the_same_booking_is_posted_no_more_and_the_month_is_settled(world: World) -> None:
    bank, debit = await _the_florist_owes(world)
    await taken_file(world, bank.notification(debit))
    assert await state(world) == "settled"
    content = bank.statement(debit)
    (entry,) = (await taken_file(world, content)).entries
    assert (entry.names, entry.waits, entry.booked) == ("2026-01/florist", True, 0)
    async with nothing_moves(world):
        rehearsed = await _says(world, entry, is_same=True, dry_run=True)
    assert rehearsed.entry.resolved_as == "KNOWN"
    resolved = await _says(world, entry, is_same=True)
    assert (resolved.entry.resolved_as, resolved.replayed) == ("KNOWN", False)
    assert await state(world) == "settled"
    async with nothing_moves(world):
        assert (await _says(world, entry, is_same=True)).replayed
        with pytest.raises(BankEntryResolved, match="resolved as KNOWN"):
            await _says(world, entry, is_same=False)
        (again,) = (await taken_file(world, content)).entries
    assert (again.outcome, again.resolved_as, again.waits) == ("PERHAPS_KNOWN", "KNOWN", False)
    # A third file that tells of it asks once more, and of one booking only.
    assert await outcomes(world, bank.statement(debit, version="02")) == ["PERHAPS_KNOWN"]
    await assert_books_balance(world)


async def test_another_booking_is_posted_for_what_it_fits(world: World) -> None:
    bank, debit = await _the_florist_owes(world)
    half = debit.with_amount("39.20")
    await taken_file(world, bank.notification(half))
    (entry,) = (await taken_file(world, bank.statement(half))).entries
    async with nothing_moves(world):
        assert (await _says(world, entry, is_same=False, dry_run=True)).entry.booked == 3920
    resolved = (await _says(world, entry, is_same=False)).entry
    assert (resolved.resolved_as, resolved.booked) == ("MATCHED", 3920)
    assert (await paid(world))["florist"].state is PaymentState.PAID
    assert await state(world) == "settled"
    # One more of the same is too much: two are known by now.
    (third,) = (await taken_file(world, bank.statement(half))).entries
    assert third.outcome == "PERHAPS_KNOWN"
    assert (await _says(world, third, is_same=False)).entry.resolved_as == "DOUBLE"
    assert (await paid(world))["florist"].surplus.minor == 3920
    assert await state(world) == "instructed"
    await assert_books_balance(world)


async def test_a_statement_that_is_sent_again_is_known_by_its_message(world: World) -> None:
    """Other bytes, the same MsgId: one entry more in it is a booking of its own."""
    bank, debit = await _the_florist_owes(world)
    half = debit.with_amount("39.20")
    assert await outcomes(world, bank.statement(half, number=70)) == ["PARTIAL"]
    corrected = bank.statement(half, half, number=70)
    assert await outcomes(world, corrected) == ["KNOWN", "MATCHED"]
    assert await state(world) == "settled"
    assert await outcomes(world, bank.statement(half, half, version="06", number=70)) == [
        "KNOWN", "KNOWN",
    ]  # fmt: skip
    await assert_books_balance(world)


async def test_two_equal_bookings_in_one_file_are_two(world: World) -> None:
    bank, debit = await _the_florist_owes(world)
    half = debit.with_amount("39.20")
    assert await outcomes(world, bank.statement(half, half)) == ["PARTIAL", "MATCHED"]
    assert (await paid(world))["florist"].state is PaymentState.PAID
    # Told again both are in question, and a third one beside them is not.
    assert await outcomes(world, bank.notification(half, half, half)) == [
        "PERHAPS_KNOWN", "PERHAPS_KNOWN", "DOUBLE",
    ]  # fmt: skip
    await assert_books_balance(world)


async def test_what_differs_in_day_amount_or_reference_is_another_booking(world: World) -> None:
    bank, debit = await _the_florist_owes(world)
    part = debit.with_amount("10.00")
    assert await outcomes(world, bank.statement(part)) == ["PARTIAL"]
    assert await outcomes(world, bank.statement(replace(part, day="2026-11-06"))) == ["PARTIAL"]
    assert await outcomes(world, bank.statement(part.with_amount("10.01"))) == ["PARTIAL"]
    # With a reference on one side only nothing tells them apart; with two of them they are two.
    referenced = replace(part, is_referenced=True, amount="11.00")
    assert await outcomes(world, bank.statement(referenced, referenced)) == ["PARTIAL", "PARTIAL"]
    assert await outcomes(world, bank.statement(part.with_amount("11.00"))) == ["PERHAPS_KNOWN"]
    await assert_books_balance(world)


async def test_a_return_that_two_files_tell_of_takes_back_once(world: World) -> None:
    bank, debit = await _the_florist_owes(world)
    await taken_file(world, bank.statement(debit))
    back = debit.with_amount("30.00").back("MD01")
    assert await outcomes(world, bank.notification(back)) == ["RETURNED"]
    (entry,) = (await taken_file(world, bank.statement(back))).entries
    assert entry.outcome == "PERHAPS_KNOWN"
    assert (await paid(world))["florist"].paid.minor == 7840 - 3000
    assert (await _says(world, entry, is_same=False)).entry.resolved_as == "RETURNED"
    assert (await paid(world))["florist"].paid.minor == 7840 - 6000
    await assert_books_balance(world)


async def test_what_the_pool_has_paid_out_is_counted_once_too(world: World) -> None:
    await four_brands(world)
    told = sent(await instruct(world))
    out = next(one for one in told.values() if not one.is_credit).unreferenced()
    bank = Bank()
    assert await outcomes(world, bank.notification(out)) == ["MATCHED"]
    assert await outcomes(world, bank.statement(out)) == ["PERHAPS_KNOWN"]
    # So is what a payer sends by itself, whose text names the statement.
    own = transfer_in("2026-01/grocer", "5.00", "USD").unreferenced()
    assert await outcomes(world, bank.statement(own)) == ["PARTIAL"]
    assert await outcomes(world, bank.statement(own)) == ["PERHAPS_KNOWN"]
    await assert_books_balance(world)


async def test_of_files_that_come_at_once_one_is_posted_and_the_others_ask(world: World) -> None:
    bank, debit = await _the_florist_owes(world)
    half = debit.with_amount("39.20")
    found = await asyncio.gather(
        outcomes(world, bank.notification(half)),
        *(outcomes(world, bank.statement(half)) for _ in range(3)),
    )
    assert sorted(one for (one,) in found) == ["PARTIAL"] + ["PERHAPS_KNOWN"] * 3
    assert (await paid(world))["florist"].paid.minor == 3920
    await assert_books_balance(world)


async def test_of_two_people_who_answer_at_once_one_is_heard(world: World) -> None:
    bank, debit = await _the_florist_owes(world)
    half = debit.with_amount("39.20")
    await taken_file(world, bank.notification(half))
    (entry,) = (await taken_file(world, bank.statement(half))).entries
    said = await asyncio.gather(
        *(_says(world, entry, is_same=is_same) for is_same in (True, False, False, True)),
        return_exceptions=True,
    )
    heard = [one for one in said if isinstance(one, payments.Resolved)]
    assert sum(not one.replayed for one in heard) == 1
    assert sum(isinstance(one, BankEntryResolved) for one in said) == 2
    assert (await paid(world))["florist"].paid.minor in {3920, 7840}
    await assert_books_balance(world)


async def test_only_what_is_in_question_is_answered(world: World) -> None:
    bank, debit = await _the_florist_owes(world)
    (matched,) = (await taken_file(world, bank.statement(debit))).entries
    async with nothing_moves(world):
        for entry in (matched, replace(matched, id=10**9)):
            with pytest.raises(BankEntryNotFound, match=r"^No entry of the bank that waits"):
                await _says(world, entry, is_same=False)
