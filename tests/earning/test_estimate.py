"""An estimate is the award that would be made, and leaves no trace."""

from datetime import timedelta
from decimal import Decimal

import pytest

from coalition.earning import Purchase, estimate_award
from coalition.kit.errors import Refusal
from coalition.members import MemberRef, MemberStatus, change_status
from tests.support import World, a_bakery, a_grocer, assert_books_balance, nothing_moves


@pytest.mark.parametrize("amount", ["10", "19.99", "0.50", "123456.78"])
async def test_what_is_estimated_is_what_is_awarded(world: World, amount: str) -> None:
    later = {"valid_from": "2026-03-10", "points_per_unit": "2.5"}
    await world.apply(
        brands=[a_bakery(), a_grocer(points_per_unit="2", later=[later])],
        expiry={"kind": "rolling", "months": "12"},
        pending_days="14",
    )
    ada = await world.enrol("Ada")
    for days in (0, 5, 6):
        bought = world.purchase("grocer", amount, at=world.now - timedelta(days=days))
        async with nothing_moves(world):
            estimated = await estimate_award(
                world.office, actor=world.actor("grocer"), member=ada.ref, purchase=bought,
                now=world.now,
            )  # fmt: skip
        awarded = await world.award(
            "grocer", ada, amount, at=bought.purchased_at, reference=bought.reference
        )
        assert awarded.record is not None
        assert (
            estimated.points, estimated.amount.minor, estimated.basis, estimated.agreement.id,
            estimated.spendable_from, estimated.expires_on,
        ) == (
            awarded.record.points, awarded.record.amount, awarded.record.basis,
            awarded.record.agreement_id, awarded.record.spendable_from, awarded.record.expires_on,
        )  # fmt: skip
    await assert_books_balance(world)


@pytest.mark.parametrize(
    ("who", "amount", "currency", "code"),
    [
        ("Ada", "0.20", "USD", "NOTHING_EARNED"),
        ("Ada", "0", "USD", "AMOUNT_NOT_POSITIVE"),
        ("Ada", "10", "EUR", "CURRENCY_NOT_AGREED"),
        ("Nobody", "10", "USD", "MEMBER_NOT_FOUND"),
        ("Bo", "10", "USD", "MEMBER_CLOSED"),
        ("Cleo", "10", "USD", "MEMBER_SUSPENDED"),
    ],
)
async def test_what_would_be_refused_is_refused_alike(
    world: World, who: str, amount: str, currency: str, code: str
) -> None:
    await world.apply()
    refs = {name: (await world.enrol(name)).ref for name in ("Ada", "Bo", "Cleo")}
    refs["Nobody"] = MemberRef("CARD", "0000")
    for member_id, status in ((2, MemberStatus.CLOSED), (3, MemberStatus.SUSPENDED)):
        await change_status(
            world.office, actor=world.operator(), idempotency_key=status, member_id=member_id,
            status=status, reason="as the story goes",
        )  # fmt: skip
    bought = Purchase("receipt", world.now, Decimal(amount), currency)
    async with nothing_moves(world):
        with pytest.raises(Refusal) as refused:
            await estimate_award(
                world.office, actor=world.actor("grocer"), member=refs[who], purchase=bought,
                now=world.now,
            )  # fmt: skip
    assert refused.value.code == code
