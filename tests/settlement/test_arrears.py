"""What a brand was netted to in another currency, and has not paid, is on its next statement."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

from coalition import documents, settlement
from coalition.access import load_keys
from coalition.kit.database import EVERYTHING
from coalition.settlement import GivenRate
from tests.payments.bank import Bank, Instruction
from tests.payments.brands import instruct, taken_file, with_account
from tests.support import World, a_bakery, a_fuel, assert_books_balance
from tests.support.brands import a_programme, partners_file


async def _a_coalition_netted_in_euro(world: World) -> None:
    """A brand of Kuwait beside one of the euro area; its dinars have three decimals."""
    brands = [
        a_fuel(currency="KWD", issue_price="0.0031", redeem_price="0.0025",
               contract={"pays_by": "transfer"}),
        a_bakery(currency="EUR"),
    ]  # fmt: skip
    netted = a_programme(settlement={"netting": "EUR", "fx_source": "bank"})
    await world.apply_file(world.write(with_account(partners_file(brands, programme=netted))))


async def _close(world: World, label: str, at: datetime) -> dict[str, settlement.StatementRecord]:
    world.now = at
    preview, drafts = await settlement.preview_close(
        world.office, actor=world.operator(), label=label, now=at
    )
    assert not preview.already_closed
    await world.close(label)
    async with world.database.reading(EVERYTHING) as connection:
        found = await settlement.list_statements(
            connection, settlement.StatementFilter(period_id=(await world.period(label)).id)
        )
    assert {one.number: one.hash for one in drafts} == {one.number: one.hash for one in found}
    return {one.number: one for one in found}


async def test_what_is_owed_in_another_currency_is_shown_until_it_is_paid(world: World) -> None:
    await _a_coalition_netted_in_euro(world)
    world.now = datetime(2026, 1, 20, 12, tzinfo=UTC)
    ada = await world.enrol("Ada")
    await world.award("fuel", ada, "8000.500")
    january = await _close(world, "2026-01", datetime(2026, 2, 1, 12, tzinfo=UTC))
    # 4,000 points x 0.0031
    assert f"{january['2026-01/fuel'].net}" == "12.400 KWD"
    rates = [GivenRate(date(2026, 1, 31), "KWD", "EUR", Decimal("3.0007"))]
    await settlement.load_rates(world.office, actor=world.operator(), source="bank", rates=rates)
    await world.approve("2026-01")

    february = await _close(world, "2026-02", datetime(2026, 3, 1, 12, tzinfo=UTC))
    assert sorted(february) == ["2026-02/bakery", "2026-02/fuel", "2026-02/fuel/EUR"]
    # 12.400 x 3.0007 = 37.20868
    assert await _balance(world, february["2026-02/fuel/EUR"]) == ("37.21", "0.00", "37.21")
    assert await _balance(world, february["2026-02/fuel"]) == ("0.000", "0.000", "0.000")
    await assert_books_balance(world)

    await instruct(world)
    paid = Instruction("", "2026-01/fuel", "37.21", "EUR", is_credit=True)
    (entry,) = (await taken_file(world, Bank().statement(paid))).entries
    assert entry.outcome == "MATCHED"
    march = await _close(world, "2026-03", datetime(2026, 4, 1, 12, tzinfo=UTC))
    assert sorted(march) == ["2026-03/bakery", "2026-03/fuel"]
    # What February said is what it still says.
    assert await _balance(world, february["2026-02/fuel/EUR"]) == ("37.21", "0.00", "37.21")
    await assert_books_balance(world)


async def _balance(world: World, record: settlement.StatementRecord) -> tuple[str, str, str]:
    """Before, what this statement adds, and after, as its document says."""
    keys = await load_keys(world.database)
    made = (await documents.statement_documents(world.office, keys, [record]))[record.id]
    content = json.loads(made.content)
    return (
        content["balance"]["before"], content["totals"]["payable"], content["balance"]["after"],
    )  # fmt: skip
