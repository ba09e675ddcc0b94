"""Euro to and from accounts that are not in the Single Euro Payments Area."""

from decimal import Decimal

import pytest
from lxml import etree

from coalition import payments
from coalition.payments import Method
from coalition.payments.errors import MandateNotUsable
from coalition.payments.sepa import is_in_sepa
from tests.payments.bank import Bank
from tests.payments.brands import (
    ACCOUNTS,
    OPERATOR,
    a_coalition_of,
    a_month,
    independently_valid,
    instruct,
    sent,
    state,
    taken_file,
)
from tests.support import World, a_bakery, a_florist, a_fuel, assert_books_balance, nothing_moves

KUWAIT = ACCOUNTS["KWD"]
_SPACE = "{urn:iso:std:iso:20022:tech:xsd:pain.001.001.09}"


@pytest.mark.parametrize(
    ("iban", "is_in"),
    [
        ("DE89370400440532013000", True),
        ("CH9300762011623852957", True),  # of SEPA, and not of the euro
        ("GB29NWBK60161331926819", True),
        ("RS35260005601001611379", True),  # joined after the others
        ("KW81CBKU0000000000001234560101", False),
        ("TR330006100519786457841326", False),
    ],
)
def test_an_account_is_in_sepa_by_its_country(iban: str, *, is_in: bool) -> None:
    assert is_in_sepa(iban) is is_in


async def _two_are_paid_euro(world: World, **more: object) -> payments.Instructed:
    """The florist pays for points that were spent at two brands; one banks in Kuwait."""
    shops = [a_fuel(currency="EUR"), a_bakery(currency="EUR")]
    await a_coalition_of(world, [a_florist(), *shops], **more)  # type: ignore[arg-type]  # by name
    await a_month(world, given={"florist": "4000"}, spent={"fuel": 1_000, "bakery": 500})
    return await instruct(world)


def _terms(root: etree._Element) -> tuple[list[str | None], list[str | None]]:
    """The service levels and who bears the charges."""
    return (
        [one.findtext(f"{_SPACE}Cd") for one in root.iter(f"{_SPACE}SvcLvl")],
        [one.text for one in root.iter(f"{_SPACE}ChrgBr")],
    )


async def test_euro_go_abroad_in_a_file_of_their_own_without_the_service_level(
    world: World,
) -> None:
    made = await _two_are_paid_euro(world, accounts={"bakery": KUWAIT})
    transfers = {one.is_sepa: one for one in made.files if one.method is Method.CREDIT_TRANSFER}
    assert _terms(independently_valid(transfers[True])) == (["SEPA"], ["SLEV"])
    assert _terms(independently_valid(transfers[False])) == ([], ["SHAR"])
    assert "-CT-EUR-1-" in transfers[True].message_id
    assert "-XB-EUR-1-" in transfers[False].message_id
    for file, payee in ((transfers[True], "2026-01/fuel"), (transfers[False], "2026-01/bakery")):
        (told,) = Bank().takes(file.content)
        assert (told.end_to_end_id, Decimal(told.amount)) == (payee, file.control_sum.amount)
    await taken_file(world, Bank().statement(*sent(made).values()))
    assert await state(world) == "settled"
    await assert_books_balance(world)


async def test_without_the_bic_of_its_bank_a_payment_abroad_is_made_by_hand(world: World) -> None:
    made = await _two_are_paid_euro(
        world, accounts={"bakery": {key: value for key, value in KUWAIT.items() if key != "bic"}}
    )
    by_hand = [one for one in made.payments if one.method is Method.BY_HAND]
    assert [(one.statement_number, one.reason) for one in by_hand] == [
        ("2026-01/bakery", "a payment outside SEPA needs the bic of its bank")
    ]
    assert len(made.files) == 2


async def test_nothing_is_collected_from_an_account_outside_sepa(world: World) -> None:
    await a_coalition_of(world, [a_florist(), a_fuel()], accounts={"florist": KUWAIT})
    await a_month(world, given={"florist": "4000"}, spent={})
    async with nothing_moves(world):
        with pytest.raises(
            MandateNotUsable,
            match=r"florist owes 78\.40 EUR, and its account or the operator's is outside SEPA",
        ):
            await instruct(world)
    abroad = a_florist(contract={"pays_by": "transfer"})
    await a_coalition_of(world, [abroad, a_fuel()], accounts={"florist": KUWAIT})
    (waited,) = (await instruct(world)).payments
    assert (waited.method, waited.attempt) == (Method.INVOICE, 1)


async def test_an_operator_outside_sepa_pays_euro_abroad(world: World) -> None:
    with_us = OPERATOR | {**KUWAIT, "code": "operator-inc"}
    shop = a_fuel(currency="EUR")
    abroad = a_florist(contract={"pays_by": "transfer"})
    await a_coalition_of(world, [abroad, shop], operator=with_us)
    await a_month(world, given={"florist": "4000"}, spent={"fuel": 1_000})
    (file,) = (await instruct(world)).files
    assert (file.is_sepa, _terms(independently_valid(file))) == (False, ([], ["SHAR"]))
