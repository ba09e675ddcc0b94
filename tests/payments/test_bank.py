"""What the bank says of payments is matched, posted, and named where it does not fit."""

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest

from coalition.payments import PaymentState
from coalition.payments.errors import BankFileOfAnotherAccount, NothingToInstruct
from coalition.settlement import State, Waiver, advance_period, waive_items
from coalition.settlement.errors import ItemsOpen
from tests.payments.bank import Bank, Instruction, transfer_in
from tests.payments.brands import (
    ACCOUNTS,
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
from tests.support import World, a_bakery, a_florist, a_grocer, assert_books_balance, nothing_moves


async def _cash(world: World) -> dict[str, int]:
    rows = await world.rows(
        "SELECT currency, sum(CASE WHEN debit = 660 THEN amount ELSE -amount END)::bigint"
        " FROM money_entry WHERE 660 IN (debit, credit) GROUP BY 1"
    )
    return {str(currency): int(str(cash)) for currency, cash in rows}


async def _all_sent(world: World) -> tuple[Bank, dict[str, Instruction], Instruction]:
    """What the bank was told, and the transfer that the grocer makes by itself."""
    await four_brands(world)
    told = sent(await instruct(world))
    grocer = (await paid(world))["grocer"]
    own = transfer_in("2026-01/grocer", f"{grocer.amount.amount}", "USD")
    return Bank(), told, own


async def test_when_all_payments_have_arrived_the_month_is_settled(world: World) -> None:
    bank, told, own = await _all_sent(world)
    assert await outcomes(world, bank.statement(*told.values())) == ["MATCHED"] * 3
    assert await state(world) == "instructed"
    assert await outcomes(world, bank.statement(own)) == ["MATCHED"]
    assert await state(world) == "settled"
    found = await paid(world)
    assert {one.state for one in found.values()} == {PaymentState.PAID}
    cash = await _cash(world)
    for currency in ("USD", "EUR"):
        expected = sum(
            one.amount.minor if one.direction == "IN" else -one.amount.minor
            for one in found.values()
            if one.amount.currency == currency
        )
        assert cash[currency] == expected
    left = await world.rows(
        "SELECT sum(CASE WHEN debit = 600 THEN amount WHEN credit = 600 THEN -amount ELSE 0 END"
        ")::bigint, sum(CASE WHEN debit = 610 THEN amount WHEN credit = 610 THEN -amount"
        " ELSE 0 END)::bigint FROM money_entry"
    )
    assert left == [(0, 0)]
    await assert_books_balance(world)


async def test_the_same_file_twice_is_one_file(world: World) -> None:
    bank, told, _ = await _all_sent(world)
    content = bank.statement(*told.values())
    first = await taken_file(world, content)
    async with nothing_moves(world):
        again = await taken_file(world, content)
    assert (first.replayed, again.replayed) == (False, True)
    assert again.entries == first.entries
    at_once = bank.statement(transfer_in("2026-01/grocer", "1.00", "USD"))
    taken = await asyncio.gather(*(taken_file(world, at_once) for _ in range(4)))
    assert sum(not one.replayed for one in taken) == 1


async def test_a_booking_that_two_files_tell_of_is_one_booking(world: World) -> None:
    bank, told, _ = await _all_sent(world)
    debit = next(one for one in told.values() if one.is_credit)
    known = replace(debit, reference="BANK-SAME")
    assert await outcomes(world, bank.notification(known)) == ["MATCHED"]
    cash = await _cash(world)
    assert await outcomes(world, bank.statement(known)) == ["KNOWN"]
    assert await outcomes(world, bank.statement(known, version="02")) == ["KNOWN"]
    assert await _cash(world) == cash
    await assert_books_balance(world)


async def test_two_files_that_tell_of_one_booking_at_once_count_it_once(world: World) -> None:
    bank, told, _ = await _all_sent(world)
    debit = replace(next(one for one in told.values() if one.is_credit), reference="BANK-SAME")
    found = await asyncio.gather(
        outcomes(world, bank.notification(debit)),
        *(outcomes(world, bank.statement(debit)) for _ in range(3)),
    )
    assert sorted(one for (one,) in found) == ["KNOWN", "KNOWN", "KNOWN", "MATCHED"]
    assert (await paid(world))["florist"].surplus.minor == 0
    await assert_books_balance(world)


async def test_a_debit_that_the_bank_rejects_after_it_has_booked_it_reopens_the_month(
    world: World,
) -> None:
    """The rejection moves no money; the booking that takes it back does, once."""
    bank, told, own = await _all_sent(world)
    await taken_file(world, bank.statement(*told.values(), own))
    assert await state(world) == "settled"
    cash = await _cash(world)
    debit = next(one for one in told.values() if one.is_credit)
    assert await outcomes(world, bank.rejects(debit, reason="AM04")) == ["REJECTED"]
    assert (await state(world), await _cash(world)) == ("instructed", cash)
    florist = (await paid(world))["florist"]
    assert (florist.state, florist.bank_reason) == (PaymentState.REJECTED, "AM04")
    with pytest.raises(ItemsOpen, match="florist has 1 open items of payments"):
        await advance_period(
            world.office, actor=world.operator(), label=JANUARY, to=State.SETTLED, now=world.now
        )
    # It is not sent again while the bank still holds the money of the first time.
    async with nothing_moves(world):
        with pytest.raises(NothingToInstruct):
            await instruct(world, again=True)
    assert await outcomes(world, bank.statement(debit.back())) == ["RETURNED"]
    assert (await paid(world))["florist"].state is PaymentState.RETURNED
    again = await instruct(world, again=True)
    assert "2026-01/florist+2" in sent(again)
    await assert_books_balance(world)


async def test_what_the_bank_takes_for_a_return_is_not_the_brands(world: World) -> None:
    bank, told, _ = await _all_sent(world)
    debit = next(one for one in told.values() if one.is_credit)
    await taken_file(world, bank.statement(debit))
    dearer = replace(debit.back(), amount=f"{Decimal(debit.amount) + 3}")
    assert await outcomes(world, bank.statement(dearer)) == ["RETURNED"]
    florist = (await paid(world))["florist"]
    assert (florist.paid.minor, florist.surplus.minor) == (0, 300)
    assert (await _cash(world)).get("EUR", 0) == 0
    await assert_books_balance(world)


async def test_a_first_attempt_that_arrives_after_all_pays_the_debt_once(world: World) -> None:
    bank, told, _ = await _all_sent(world)
    debit = next(one for one in told.values() if one.is_credit)
    await taken_file(world, bank.rejects(debit))
    second = sent(await instruct(world, again=True))["2026-01/florist+2"]
    assert await outcomes(world, bank.statement(debit)) == ["MATCHED"]
    assert await outcomes(world, bank.statement(second)) == ["DOUBLE"]
    period = await world.period(JANUARY)
    rows = await world.rows(
        "SELECT sum(CASE WHEN debit = 660 THEN amount ELSE -amount END)::bigint FROM money_entry"
        " WHERE period_id = $1 AND partner_id = $2 AND 660 IN (debit, credit)",
        period.id, world.partner("florist").id,
    )  # fmt: skip
    assert rows == [(round(Decimal(debit.amount) * 100),)]
    await assert_books_balance(world)


async def test_money_of_another_brand_pays_nobodys_debt(world: World) -> None:
    bank, told, own = await _all_sent(world)
    florists, strangers = ACCOUNTS["EUR"]["iban"], "FR1420041010050500013M02606"
    async with nothing_moves(world):
        assert await outcomes(
            world, bank.statement(replace(own, account=florists)), dry_run=True
        ) == ["ACCOUNT_DIFFERS"]
    assert await outcomes(world, bank.statement(replace(own, account=florists))) == [
        "ACCOUNT_DIFFERS"
    ]
    grocer = (await paid(world))["grocer"]
    assert (grocer.paid.minor, grocer.surplus) == (0, grocer.amount)
    # Whoever is not known here may pay for it: its owner, its bank, the collector of its bills.
    assert await outcomes(world, bank.statement(replace(own, account=strangers))) == ["MATCHED"]
    assert await _cash(world) == {"USD": grocer.amount.minor}
    assert told
    await assert_books_balance(world)


async def test_a_sum_that_comes_twice_after_the_month_was_settled_is_not_overlooked(
    world: World,
) -> None:
    bank, told, own = await _all_sent(world)
    await taken_file(world, bank.statement(*told.values(), own))
    assert await state(world) == "settled"
    assert await outcomes(world, bank.statement(own)) == ["DOUBLE"]
    assert await state(world) == "instructed"
    await assert_books_balance(world)


async def test_a_file_that_fails_in_its_midst_leaves_nothing(world: World) -> None:
    bank, told, own = await _all_sent(world)
    content = bank.statement(*told.values(), own)
    await world.corrupt(
        "ALTER TABLE coalition.bank_entry ADD CONSTRAINT no_third CHECK (place < 3)"
    )
    async with nothing_moves(world):
        with pytest.raises(Exception, match="no_third"):
            await taken_file(world, content)
    await world.corrupt("ALTER TABLE bank_entry DROP CONSTRAINT no_third")
    assert await outcomes(world, content) == ["MATCHED"] * 4
    assert await state(world) == "settled"
    await assert_books_balance(world)


async def test_part_of_a_payment_leaves_the_rest_open(world: World) -> None:
    bank, _, own = await _all_sent(world)
    assert await outcomes(world, bank.statement(own.with_amount("30.00"))) == ["PARTIAL"]
    grocer = (await paid(world))["grocer"]
    assert (grocer.state, grocer.paid.minor) == (PaymentState.PARTLY_PAID, 3000)
    with pytest.raises(ItemsOpen, match="grocer has 1 open items of payments"):
        await advance_period(
            world.office, actor=world.operator(), label=JANUARY, to=State.SETTLED, now=world.now
        )
    rest = grocer.amount.minor - 3000
    assert await outcomes(
        world, bank.statement(own.with_amount(f"{rest // 100}.{rest % 100:02}"))
    ) == ["MATCHED"]
    assert (await paid(world))["grocer"].state is PaymentState.PAID


async def test_too_much_and_twice_are_named_and_stay_open_until_two_people_waive_them(
    world: World,
) -> None:
    bank, told, own = await _all_sent(world)
    more = own.with_amount("500.00")
    assert await outcomes(world, bank.statement(*told.values(), more)) == [
        "MATCHED", "MATCHED", "MATCHED", "OVERPAID",
    ]  # fmt: skip
    grocer = (await paid(world))["grocer"]
    assert grocer.state is PaymentState.PAID
    assert grocer.surplus.minor == 50_000 - grocer.amount.minor
    assert await outcomes(world, bank.statement(own)) == ["DOUBLE"]
    assert await state(world) == "instructed"
    for person in ("anna", "bert"):
        waiver = Waiver(JANUARY, State.SETTLED, "grocer", "PAYMENTS", "sent back by hand")
        await waive_items(
            world.office, actor=world.operator(client=person), waiver=waiver, now=world.now
        )
    settled = await advance_period(
        world.office, actor=world.operator(), label=JANUARY, to=State.SETTLED, now=world.now
    )
    assert settled.period.state == "settled"
    await assert_books_balance(world)


async def test_a_debit_that_comes_back_reopens_the_month_and_can_be_sent_again(
    world: World,
) -> None:
    bank, told, own = await _all_sent(world)
    await taken_file(world, bank.statement(*told.values(), own))
    assert await state(world) == "settled"
    debit = next(one for one in told.values() if one.is_credit)
    assert await outcomes(world, bank.statement(debit.back("MD01"))) == ["RETURNED"]
    assert await state(world) == "instructed"
    florist = (await paid(world))["florist"]
    assert (florist.state, florist.bank_reason, florist.paid.minor) == (
        PaymentState.RETURNED, "MD01", 0,
    )  # fmt: skip
    steps = await world.rows("SELECT state, reason FROM period_step ORDER BY id DESC LIMIT 1")
    assert steps == [("instructed", "RETURNED: 2026-01/florist")]
    # The same return in another file is the same one no more: nothing is paid that could go back.
    assert await outcomes(world, bank.statement(debit.back("MD01"))) == ["AMOUNT_DIFFERS"]
    again = await instruct(world, again=True)
    second = next(one for one in again.payments if one.attempt == 2)
    assert second.end_to_end_id == "2026-01/florist+2"
    (file,) = [one for one in again.files if one.attempt == 2]
    (retried,) = bank.takes(file.content)
    assert await outcomes(world, bank.statement(retried)) == ["MATCHED"]
    assert await state(world) == "settled"
    await assert_books_balance(world)


async def test_only_what_has_failed_is_sent_again(world: World) -> None:
    await _all_sent(world)
    async with nothing_moves(world):
        with pytest.raises(NothingToInstruct):
            await instruct(world, again=True)


async def test_rejections_name_single_payments_or_all_of_a_file(world: World) -> None:
    bank, told, _ = await _all_sent(world)
    debit = next(one for one in told.values() if one.is_credit)
    assert await outcomes(world, bank.rejects(debit)) == ["REJECTED"]
    assert (await paid(world))["florist"].state is PaymentState.REJECTED
    dollars = next(one for one in told.values() if one.currency == "USD")
    assert await outcomes(world, bank.rejects(dollars, whole=True, reason="FF01")) == ["REJECTED"]
    found = await paid(world)
    assert (found["bakery"].state, found["bakery"].bank_reason) == (PaymentState.REJECTED, "FF01")
    assert await outcomes(world, bank.rejects(debit)) == ["KNOWN"]
    attempts = await asyncio.gather(
        *(instruct(world, by=f"t{n}", again=True) for n in range(3)), return_exceptions=True
    )
    assert sum(not isinstance(one, BaseException) for one in attempts) == 1
    await assert_books_balance(world)


async def test_one_booking_of_several_payments_is_taken_apart(world: World) -> None:
    await a_coalition_of(world, [a_grocer(), a_florist(), a_bakery(currency="EUR")])
    await a_month(world, given={"florist": "4000", "bakery": "900"}, spent={})
    told = sent(await instruct(world))
    bank = Bank()
    assert await outcomes(world, bank.notification(*told.values())) == ["MATCHED", "MATCHED"]
    assert await state(world) == "settled"


async def test_what_does_not_fit_is_named_and_posts_nothing(world: World) -> None:
    bank, told, own = await _all_sent(world)
    debit = next(one for one in told.values() if one.is_credit)
    wrong_currency = Instruction(**(vars(debit) | {"currency": "GBP"}))
    wrong_way = Instruction(**(vars(debit) | {"is_credit": False}))
    stranger = Instruction("", "RENT-11", "700.00", "EUR", is_credit=False)
    both = Instruction(**(vars(own) | {"remittance": "2026-01/grocer and 2026-01/florist"}))
    before = await _cash(world)
    assert await outcomes(world, bank.statement(wrong_currency, wrong_way, stranger, both)) == [
        "CURRENCY_DIFFERS",
        "DIRECTION_DIFFERS",
        "UNKNOWN",
        "AMBIGUOUS",
    ]
    assert await _cash(world) == before
    await assert_books_balance(world)


async def test_a_dry_run_tells_what_would_become_of_it(world: World) -> None:
    bank, told, own = await _all_sent(world)
    content = bank.statement(*told.values(), own)
    async with nothing_moves(world):
        assert await outcomes(world, content, dry_run=True) == ["MATCHED"] * 4
    assert await outcomes(world, content) == ["MATCHED"] * 4


async def test_a_statement_of_another_account_is_refused_without_telling_its_number(
    world: World,
) -> None:
    bank, told, _ = await _all_sent(world)
    content = bank.statement(*told.values(), account="FR1420041010050500013M02606")
    async with nothing_moves(world):
        with pytest.raises(BankFileOfAnotherAccount) as refused:
            await taken_file(world, content)
    assert "FR14...2606" in refused.value.message
    assert "20041010050500013M0" not in refused.value.message


async def test_nothing_is_added_to_a_locked_month(world: World) -> None:
    bank, told, own = await _all_sent(world)
    await taken_file(world, bank.statement(*told.values(), own))
    await advance_period(
        world.office, actor=world.operator(), label=JANUARY, to=State.LOCKED, now=world.now
    )
    debit = next(one for one in told.values() if one.is_credit)
    before = await _cash(world)
    assert await outcomes(world, bank.statement(debit.back())) == ["PERIOD_LOCKED"]
    assert (await _cash(world), await state(world)) == (before, "locked")


async def test_credit_comes_back_with_the_payment_and_goes_with_its_return(world: World) -> None:
    florist = a_florist(credit={"limit": "1000"})
    await a_coalition_of(world, [a_grocer(), florist])
    await a_month(world, given={"florist": "4000"}, spent={})

    async def left() -> int:
        (row,) = await world.rows("SELECT sum(units)::bigint FROM allowance_part WHERE kind = 2")
        return int(str(row[0]))

    used = await left()
    (debit,) = sent(await instruct(world)).values()
    bank = Bank()
    await taken_file(world, bank.statement(debit))
    assert await left() == 1_000 * 10**8
    await taken_file(world, bank.statement(debit.back()))
    assert await left() == used
    # A rejection takes it just as well, although no money moves.
    second = sent(await instruct(world, again=True))["2026-01/florist+2"]
    await taken_file(world, bank.statement(second))
    assert await left() == 1_000 * 10**8
    await taken_file(world, bank.rejects(second))
    assert await left() == used
    await taken_file(world, bank.statement(second.back()))
    assert await left() == used
    await assert_books_balance(world)


async def test_dollars_only_brands_are_settled_by_their_transfers(world: World) -> None:
    await a_coalition_of(world, [a_grocer(), a_bakery()])
    await a_month(world, given={"grocer": "100"}, spent={})
    await instruct(world)
    own = transfer_in("2026-01/grocer", "1.00", "USD")
    assert await outcomes(world, Bank().statement(own)) == ["MATCHED"]
    assert await state(world) == "settled"
