"""A coalition whose brands have accounts: a month of theirs, netted and ready to be paid."""

from collections.abc import Mapping
from datetime import datetime
from importlib import resources
from types import MappingProxyType
from typing import cast
from zoneinfo import ZoneInfo

from lxml import etree

from coalition import payments
from coalition.kit.database import EVERYTHING, Sight
from coalition.payments import InstructionRequest
from tests.payments.bank import ACCOUNT, Bank, Instruction
from tests.support import World, a_bakery, a_florist, a_fuel, a_grocer
from tests.support.brands import Brand, a_programme, partners_file

JANUARY = "2026-01"
NEW_YORK = ZoneInfo("America/New_York")
OPERATOR: dict[str, object] = {
    "code": "operator-inc", "name": "Coalition Services", "country": "DE", "iban": ACCOUNT,
    "bic": "COBADEFFXXX", "creditor_id": "DE98ZZZ09999999999",
}  # fmt: skip
MANDATE = {"id": "M-1", "signed_on": "2025-01-01"}
# Valid ones of each country, by the currency of the brand.
ACCOUNTS = {
    "EUR": {"iban": "NL91ABNA0417164300", "bic": "ABNANL2A", "country": "NL"},
    "USD": {"iban": "GB29NWBK60161331926819", "bic": "NWBKGB2L", "country": "GB"},
    "GBP": {"iban": "GB82WEST12345698765432", "bic": "NWBKGB2L", "country": "GB"},
    "JPY": {"iban": "GB29NWBK60161331926819", "bic": "NWBKGB2L", "country": "GB"},
    "KWD": {"iban": "KW81CBKU0000000000001234560101", "bic": "CBKUKWKW", "country": "KW"},
}


async def a_coalition_of(
    world: World,
    brands: list[Brand],
    *,
    without_account: tuple[str, ...] = (),
    without_mandate: tuple[str, ...] = (),
    sequences: Mapping[str, str] = MappingProxyType({}),
    operator: dict[str, object] | None = None,
    accounts: Mapping[str, Mapping[str, object]] = MappingProxyType({}),
    name: str | None = None,
    street: str = "High Street 1",
    city: str = "Town",
) -> None:
    """Every brand has an account of its currency's country, or its own of `accounts`, and in euro a
    mandate. `name`, `street` and `city`: of all legal entities.
    """
    file = partners_file(brands, programme=a_programme())
    entities = cast("list[dict[str, object]]", file["legal_entities"])
    for brand, entity in zip(brands, entities, strict=True):
        currency = str(brand["currency"])
        if brand["code"] not in without_account:
            entity.update(accounts.get(str(brand["code"]), ACCOUNTS[currency]))
            entity["address"] = {"street": street, "postcode": "1000", "city": city.strip()}
            entity["name"] = name or entity["name"]
            if currency == "EUR" and brand["code"] not in without_mandate:
                sequence = sequences.get(str(brand["code"]), "RCUR")
                own = {"id": f"M-{brand['code']}", "sequence": sequence}
                entity["mandate"] = MANDATE | own
    await world.apply_file(world.write(with_account(file, operator)))


def with_account(
    file: dict[str, object], operator: dict[str, object] | None = None
) -> dict[str, object]:
    """A partners' file with a legal entity of the operator, which payments are made by."""
    entities = cast("list[dict[str, object]]", file["legal_entities"])
    entities.append(OPERATOR if operator is None else operator)
    office = cast("dict[str, object]", file["operator"])
    office["legal_entity"] = "operator-inc"
    return file


def independently_valid(file: payments.PaymentFile) -> etree._Element:
    """The file, valid by libxml2: another validator than the one that we ask ourselves."""
    folder = resources.files("sepaxml") / "schemas"
    schema = etree.XMLSchema(etree.parse(str(folder / f"{file.schema}.xsd")))
    root = etree.fromstring(file.content)
    assert schema.validate(root), schema.error_log
    return root


async def a_month(
    world: World, *, given: dict[str, str], spent: dict[str, int], approved: bool = True
) -> None:
    """Ada buys and spends in January; the month is closed, and approved."""
    world.now = datetime(2026, 1, 20, 12, tzinfo=NEW_YORK)
    ada = await world.enrol("Ada")
    for brand, amount in given.items():
        await world.award(brand, ada, amount)
    for brand, points in spent.items():
        await world.redeem(brand, ada, points)
    world.now = datetime(2026, 2, 2, 12, tzinfo=NEW_YORK)
    await world.close(JANUARY)
    if approved:
        await world.approve(JANUARY)


async def four_brands(world: World) -> None:
    """The grocer and the florist pay, the bakery and a perfumery are paid: dollars and euros."""
    brands = [
        a_grocer(), a_bakery(), a_florist(),
        a_fuel(code="parfum", name="Parfum", currency="EUR", legal_entity="parfum-inc"),
    ]  # fmt: skip
    await a_coalition_of(world, brands)
    await a_month(
        world,
        given={"grocer": "9000", "florist": "4000"},
        spent={"bakery": 3_000, "parfum": 2_000, "grocer": 500},
    )


async def paid_sent_back_and_paid_twice(world: World, label: str) -> None:
    """Each payment of a final period: booked by the bank, given back, and booked twice."""
    treasurer = world.operator(client="treasurer")
    made = await payments.instruct_payments(
        world.office, actor=treasurer, request=InstructionRequest(label), now=world.now
    )
    for one in made.payments:
        is_credit = one.direction is payments.Direction.IN
        booked = Instruction(
            "", one.end_to_end_id, f"{one.amount.amount}", one.amount.currency, is_credit
        )
        content = Bank().statement(booked, booked.back(), booked, booked)
        await payments.take_bank_file(world.office, actor=treasurer, content=content, now=world.now)


async def instruct(
    world: World, *, by: str = "treasurer", dry_run: bool = False, **asked: object
) -> payments.Instructed:
    # Fields by their names.
    request = InstructionRequest(JANUARY, **asked)  # type: ignore[arg-type]
    return await payments.instruct_payments(
        world.office, actor=world.operator(client=by), request=request, now=world.now,
        dry_run=dry_run,
    )  # fmt: skip


async def take(
    world: World, content: bytes, *, dry_run: bool = False
) -> dict[str | None, payments.BankEntry]:
    """What became of each entry, by the id of the payment that it was matched with."""
    taken = await taken_file(world, content, dry_run=dry_run)
    return {str(one.payment_id) if one.payment_id else None: one for one in taken.entries}


async def taken_file(world: World, content: bytes, *, dry_run: bool = False) -> payments.Taken:
    return await payments.take_bank_file(
        world.office, actor=world.operator(client="treasurer"), content=content, now=world.now,
        dry_run=dry_run,
    )  # fmt: skip


async def outcomes(world: World, content: bytes, *, dry_run: bool = False) -> list[str]:
    return [one.outcome for one in (await taken_file(world, content, dry_run=dry_run)).entries]


async def paid(world: World, *, brand: str | None = None) -> dict[str, payments.Payment]:
    """The payments of January as the operator (or a brand) sees them, the newest attempt of each
    by brand and currency.
    """
    period = await world.period(JANUARY)
    sight = EVERYTHING if brand is None else Sight(partner_id=world.partner(brand).id)
    terms = await world.office.terms()
    async with world.database.reading(sight) as connection:
        found = await payments.payments_of(connection, period.id)
    return {terms.partner(one.partner_id).code: one for one in found}


def sent(instructed: payments.Instructed) -> dict[str, Instruction]:
    """What the bank was told to do, by the id of the payment."""
    bank = Bank()
    return {
        one.end_to_end_id: one
        for content in instructed.contents.values()
        for one in bank.takes(content)
    }


async def state(world: World) -> str:
    return (await world.period(JANUARY)).state
