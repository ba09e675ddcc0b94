"""A netted month is paid: files for the bank that say exactly what the netting says, once."""

import asyncio
import hashlib
from datetime import date
from decimal import Decimal

import pytest
from lxml import etree

from coalition import payments
from coalition.kit.amounts import Money
from coalition.kit.errors import NotAllowed
from coalition.payments import InstructionRequest, Method, PaymentState
from coalition.payments.errors import (
    MandateNotUsable,
    OperatorAccountMissing,
    PaymentDateNotValid,
)
from coalition.settlement.errors import PeriodNotFound, PeriodNotReady
from tests.payments.bank import Bank
from tests.payments.brands import (
    JANUARY,
    a_coalition_of,
    a_month,
    four_brands,
    independently_valid,
    instruct,
    paid,
    sent,
    state,
    taken_file,
)
from tests.support import (
    World,
    a_bakery,
    a_florist,
    a_fuel,
    a_grocer,
    assert_books_balance,
    nothing_moves,
)


async def _netted(world: World) -> dict[tuple[str, str], int]:
    rows = await world.rows(
        "SELECT p.code, n.settled_currency, sum(n.settled)::bigint FROM net_position n"
        " JOIN partner p ON p.id = n.partner_id GROUP BY 1, 2"
    )
    return {(str(code), str(currency)): int(str(net)) for code, currency, net in rows}


async def test_every_file_is_valid_and_sums_to_the_netting_to_the_cent(world: World) -> None:
    await four_brands(world)
    made = await instruct(world)
    netted = await _netted(world)
    assert {(one.method, one.control_sum.currency) for one in made.files} == {
        (Method.CREDIT_TRANSFER, "USD"),
        (Method.CREDIT_TRANSFER, "EUR"),
        (Method.DIRECT_DEBIT, "EUR"),
    }
    terms = await world.office.terms()
    for file in made.files:
        independently_valid(file)
        told = Bank().takes(file.content)
        own = {
            terms.partner(one.partner_id).code: one
            for one in made.payments
            if one.method is file.method and one.amount.currency == file.control_sum.currency
        }
        expected = sum(abs(netted[code, file.control_sum.currency]) for code in own)
        assert file.control_sum.minor == expected
        assert sum(Decimal(one.amount) for one in told) == file.control_sum.amount
        assert {one.end_to_end_id for one in told} == {f"{JANUARY}/{code}" for code in own}
        assert file.hash == hashlib.sha256(file.content).hexdigest()
    assert await state(world) == "instructed"
    await assert_books_balance(world)


async def test_a_debtor_without_a_mandate_is_refused_by_name_and_nothing_is_paid(
    world: World,
) -> None:
    await a_coalition_of(world, [a_grocer(), a_florist(), a_bakery()], without_mandate=("florist",))
    await a_month(world, given={"grocer": "9000", "florist": "4000"}, spent={"bakery": 100})
    async with nothing_moves(world):
        for dry_run in (True, False):
            with pytest.raises(
                MandateNotUsable, match=r"florist owes 78\.40 EUR, and it has given no mandate"
            ):
                await instruct(world, dry_run=dry_run)
    assert await state(world) == "final"


async def test_a_brand_whose_contract_says_transfer_is_waited_for_and_told_why(
    world: World,
) -> None:
    florist = a_florist(contract={"pays_by": "transfer"})
    await a_coalition_of(world, [a_grocer(), florist], without_mandate=("florist",))
    await a_month(world, given={"grocer": "9000", "florist": "4000"}, spent={})
    made = await instruct(world)
    assert made.files == ()
    waited = {one.statement_number: (one.method, one.reason) for one in made.payments}
    assert waited == {
        "2026-01/florist": (Method.INVOICE, "its contract says that it pays by transfer"),
        "2026-01/grocer": (Method.INVOICE, "direct debits are in EUR only"),
    }
    assert {one.state for one in made.payments} == {PaymentState.AWAITED}


async def test_a_mandate_for_one_payment_collects_once_and_a_first_one_goes_on(
    world: World,
) -> None:
    fuel = a_fuel(currency="EUR")
    await a_coalition_of(world, [a_florist(), fuel], sequences={"florist": "FRST", "fuel": "OOFF"})
    await a_month(world, given={"florist": "4000", "fuel": "900"}, spent={})
    made = await instruct(world)
    assert _sequences(made) == {"2026-01/florist": "FRST", "2026-01/fuel": "OOFF"}
    bank = Bank()
    told = sent(made)
    # A rejected collection was none: it is the first, or the only one, once more.
    await taken_file(world, bank.rejects(*told.values()))
    again = await instruct(world, again=True)
    assert _sequences(again) == {
        "2026-01/florist": "FRST", "2026-01/fuel": "OOFF",
        "2026-01/florist+2": "FRST", "2026-01/fuel+2": "OOFF",
    }  # fmt: skip
    collected = [one for name, one in sent(again).items() if name.endswith("+2")]
    await taken_file(world, bank.statement(*collected))
    # One that was collected and went back has been used up.
    await taken_file(world, bank.statement(*(one.back() for one in collected)))
    async with nothing_moves(world):
        with pytest.raises(
            MandateNotUsable, match=r"for the last time \(OOFF\) by 2026-01/fuel\+2"
        ):
            await instruct(world, again=True)
    await assert_books_balance(world)


def _sequences(made: payments.Instructed) -> dict[str, str]:
    found = {}
    for content in made.contents.values():
        root = etree.fromstring(content)
        for group in root.iter("{*}PmtInf"):
            for one in group.iter("{*}EndToEndId"):
                found[str(one.text)] = str(next(group.iter("{*}SeqTp")).text)
    return found


async def test_names_and_streets_are_written_as_every_bank_reads_them(world: World) -> None:
    hostile = "Käse & Brüder \N{PARTY POPPER} <GmbH>; " + "x" * 60
    brands = [a_florist(), a_bakery(currency="EUR")]
    await a_coalition_of(
        world, brands, name=hostile, city="Łódź " * 20, street="Straße \N{PARTY POPPER} 5"
    )
    await a_month(world, given={"florist": "4000"}, spent={"bakery": 300})
    made = await instruct(world)
    assert len(made.files) == 2
    for file in made.files:
        root = independently_valid(file)
        names = {str(one.text) for one in root.iter("{*}Nm")}
        assert f"Kase + Bruder GmbH , {'x' * 49}" in names
        assert {str(one.text) for one in root.iter("{*}StrtNm")} == {"Strasse 5"}
        assert {len(str(one.text)) for one in root.iter("{*}TwnNm")} == {34}


async def test_a_brand_without_an_account_is_paid_by_hand(world: World) -> None:
    await a_coalition_of(world, [a_grocer(), a_bakery()], without_account=("bakery",))
    await a_month(world, given={"grocer": "9000"}, spent={"bakery": 3_000})
    made = await instruct(world)
    (by_hand,) = [one for one in made.payments if one.method is Method.BY_HAND]
    assert (by_hand.statement_number, by_hand.reason) == ("2026-01/bakery", "it has no account")


@pytest.mark.parametrize(
    ("currency", "price", "amount"),
    [("JPY", "1.10", "3300"), ("KWD", "0.0123", "36.900"), ("GBP", "0.0070", "21.00"),
     ("EUR", "0.0070", "21.00")],
)  # fmt: skip
async def test_amounts_have_the_decimals_of_their_currency(
    world: World, currency: str, price: str, amount: str
) -> None:
    payee = a_bakery(currency=currency, redeem_price=price)
    await a_coalition_of(world, [a_grocer(), payee])
    await a_month(world, given={"grocer": "9000"}, spent={"bakery": 3_000})
    made = await instruct(world)
    (file,) = made.files
    independently_valid(file)
    (told,) = Bank().takes(file.content)
    assert (told.amount, told.currency) == (amount, currency)
    assert f"<CtrlSum>{amount}</CtrlSum>".encode() in file.content
    assert (b"<Cd>SEPA</Cd>" in file.content) == (currency == "EUR")
    assert file.control_sum == Money.of(Decimal(amount), currency)


async def test_asked_again_the_very_same_files_are_given(world: World) -> None:
    await four_brands(world)
    first = await instruct(world)
    async with nothing_moves(world):
        again = await instruct(world, by="another")
    assert again.already_instructed
    assert dict(again.contents) == dict(first.contents)
    assert again.payments == first.payments


async def test_at_once_a_month_is_instructed_one_time(world: World) -> None:
    await four_brands(world)
    made = await asyncio.gather(*(instruct(world, by=f"t{n}") for n in range(4)))
    assert sum(not one.already_instructed for one in made) == 1
    assert len({tuple(sorted(one.contents.items())) for one in made}) == 1
    await assert_books_balance(world)


async def test_a_dry_run_shows_the_files_and_writes_nothing(world: World) -> None:
    await four_brands(world)
    async with nothing_moves(world):
        seen = await instruct(world, dry_run=True)
    made = await instruct(world)
    assert [one.end_to_end_id for one in seen.payments] == [
        one.end_to_end_id for one in made.payments
    ]
    assert dict(seen.contents) == dict(made.contents)


async def test_what_is_owed_both_ways_is_set_off_and_the_difference_is_left(world: World) -> None:
    await four_brands(world)
    await instruct(world)
    rows = await world.rows(
        """SELECT p.code, m.currency,
                  sum(CASE WHEN debit = 600 THEN amount WHEN credit = 600 THEN -amount
                           ELSE 0 END)::bigint,
                  sum(CASE WHEN credit = 610 THEN amount WHEN debit = 610 THEN -amount
                           ELSE 0 END)::bigint
             FROM money_entry m JOIN partner p ON p.id = m.partner_id GROUP BY 1, 2"""
    )
    netted = await _netted(world)
    for code, currency, receivable, payable in rows:
        net = netted[str(code), str(currency)]
        assert (receivable, payable) == (max(net, 0), max(-net, 0)), code


async def test_payments_are_instructed_from_a_final_month_only(world: World) -> None:
    await a_coalition_of(world, [a_grocer(), a_bakery()])
    await a_month(world, given={"grocer": "9000"}, spent={"bakery": 3_000}, approved=False)
    async with nothing_moves(world):
        with pytest.raises(PeriodNotReady, match="2026-01 is closed"):
            await instruct(world)
        with pytest.raises(PeriodNotFound):
            await payments.instruct_payments(
                world.office, actor=world.operator(), now=world.now,
                request=InstructionRequest("2027-01"),
            )  # fmt: skip


async def test_partners_instruct_nothing(world: World) -> None:
    await four_brands(world)
    async with nothing_moves(world):
        with pytest.raises(NotAllowed):
            await payments.instruct_payments(
                world.office, actor=world.actor("grocer"), now=world.now,
                request=InstructionRequest(JANUARY),
            )  # fmt: skip
        with pytest.raises(NotAllowed):
            await payments.take_bank_file(
                world.office, actor=world.actor("grocer"), content=b"<x/>", now=world.now
            )


async def test_without_an_account_of_the_operator_no_file_is_made(world: World) -> None:
    operator: dict[str, object] = {"code": "operator-inc", "name": "Services", "country": "DE"}
    await a_coalition_of(world, [a_grocer(), a_bakery()], operator=operator)
    await a_month(world, given={"grocer": "9000"}, spent={"bakery": 3_000})
    async with nothing_moves(world):
        with pytest.raises(OperatorAccountMissing, match=r"operator\.legal_entity"):
            await instruct(world)


async def test_payments_are_dated_on_days_on_which_banks_work(world: World) -> None:
    await four_brands(world)
    async with nothing_moves(world):
        for on, why in (
            (date(2026, 2, 1), "not between today"),
            (date(2027, 6, 1), "not between today"),
            (date(2026, 2, 7), "the next possible day is 2026-02-09"),  # a Saturday
            (date(2026, 4, 3), "the next possible day is 2026-04-07"),  # Good Friday
            (
                date(2026, 2, 2),
                "the next possible day is 2026-02-03",
            ),  # too late to debit
        ):
            with pytest.raises(PaymentDateNotValid, match=why):
                await instruct(world, on=on)
    made = await instruct(world, on=date(2026, 2, 9))
    assert {one.due_on for one in made.payments} == {date(2026, 2, 9)}


async def test_a_brand_sees_its_own_payment_and_no_account_in_full(world: World) -> None:
    await four_brands(world)
    await instruct(world)
    assert set(await paid(world)) == {"grocer", "bakery", "florist", "parfum"}
    own = await paid(world, brand="bakery")
    assert set(own) == {"bakery"}
    assert own["bakery"].account == "GB29...6819"


async def test_ids_are_what_every_bank_carries(world: World) -> None:
    await four_brands(world)
    made = await instruct(world)
    assert set(sent(made)) == {
        "2026-01/bakery", "2026-01/florist", "2026-01/parfum",
    }  # fmt: skip
