"""What a netting leaves out and a later one puts back is in the money book once: when all is paid,
nobody owes or is owed anything.
"""

from datetime import date
from decimal import Decimal
from typing import cast

import pytest

from coalition import payments, settlement
from coalition.payments import Direction, InstructionRequest
from coalition.settlement import GivenRate
from tests.disputes.lines import decides, later, opened
from tests.payments.bank import Bank, Instruction
from tests.payments.brands import ACCOUNTS, JANUARY, MANDATE, a_month, with_account
from tests.support import World, a_bakery, a_grocer, assert_books_balance
from tests.support.brands import a_programme, partners_file

FEBRUARY = "2026-02"
# What each side still has to pay, by brand and currency.
_OWED = """SELECT p.code, m.currency,
         sum(CASE WHEN debit = 600 THEN amount WHEN credit = 600 THEN -amount ELSE 0 END)::bigint,
         sum(CASE WHEN credit = 610 THEN amount WHEN debit = 610 THEN -amount ELSE 0 END)::bigint
    FROM money_entry m JOIN partner p ON p.id = m.partner_id GROUP BY 1, 2 ORDER BY 1, 2"""


async def _a_coalition(world: World, netting: str) -> None:
    brands = [a_grocer(contract={"freeze": "exclude"}), a_bakery()]
    file = partners_file(
        brands, programme=a_programme(settlement={"netting": netting, "fx_source": "bank"})
    )
    for entity in cast("list[dict[str, object]]", file["legal_entities"]):
        entity.update(ACCOUNTS["EUR"], mandate=MANDATE | {"id": f"M-{entity['code']}"})
    await world.apply_file(world.write(with_account(file)))
    days = (date(2026, 1, 31), date(2026, 2, 28))
    await settlement.load_rates(
        world.office, actor=world.operator(), source="bank",
        rates=[GivenRate(day, "EUR", "USD", Decimal("1.0913")) for day in days],
    )  # fmt: skip


async def _pay(world: World, label: str) -> None:
    treasurer = world.operator(client="treasurer")
    made = await payments.instruct_payments(
        world.office, actor=treasurer, request=InstructionRequest(label), now=world.now
    )
    booked = [
        Instruction("", one.end_to_end_id, f"{one.amount.amount}", one.amount.currency,
                    one.direction is Direction.IN)
        for one in made.payments
    ]  # fmt: skip
    await payments.take_bank_file(
        world.office, actor=treasurer, content=Bank().statement(*booked), now=world.now
    )
    assert (await world.period(label)).state == "settled"


@pytest.mark.parametrize("netting", ["per_currency", "EUR"])
@pytest.mark.parametrize("authorised", ["0", "15.50", "40.00"])
@pytest.mark.parametrize("spent", [0, 8_000])
async def test_what_was_held_back_is_owed_once_and_then_not_at_all(
    world: World, netting: str, authorised: str, spent: int
) -> None:
    """The grocer owes 90.00, of which it disputes 40.00; with 64.00 for what was spent with it,
    it is paid in January what it owes again in February.
    """
    await _a_coalition(world, netting)
    at_grocer = {"grocer": spent} if spent else {}
    await a_month(world, given={"grocer": "9000"}, spent=at_grocer, approved=False)
    dispute = await opened(world, amount=Decimal("40.00"))
    await world.approve(JANUARY)
    await _pay(world, JANUARY)
    # Nothing is left of January but what is disputed.
    owed = {row[:2]: row[2:] for row in await world.rows(_OWED)}
    assert owed.pop(("grocer", "USD")) == (4_000, 0)
    assert set(owed.values()) <= {(0, 0)}
    await decides(world, dispute, authorised)
    later(world, days=30)
    await world.close(FEBRUARY)
    await world.approve(FEBRUARY)
    if authorised == "40.00":
        await payments.instruct_payments(
            world.office, actor=world.operator(client="treasurer"), now=world.now,
            request=InstructionRequest(FEBRUARY),
        )  # fmt: skip
    else:
        await _pay(world, FEBRUARY)
    assert {row[2:] for row in await world.rows(_OWED)} == {(0, 0)}
    await assert_books_balance(world)
