"""A pack is billed when it is bought, its points are not billed again, and when they are all given
nothing of it is left.
"""

import asyncio
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from coalition import transfer
from coalition.ledger.chart import Account, Kind, MoneyAccount
from coalition.partners.terms import Agreement, Partner, PartnerStatus
from coalition.settlement.statement import draft_statements_of
from coalition.settlement.traffic import PaidBefore, Sum, Traffic
from tests.support import World, assert_books_balance
from tests.support.brands import Brand, a_client, an_agreement
from tests.support.sharing import Sharing

MADRID = ZoneInfo("Europe/Madrid")
JANUARY, FEBRUARY, MARCH = "2026-01", "2026-02", "2026-03"


def _at(month: int, day: int) -> datetime:
    return datetime(2026, month, day, 12, tzinfo=MADRID)


def _pack(
    code: str = "p1", points: int = 1000, amount: str = "8.00", on: str = "2026-01-01"
) -> dict[str, object]:
    return {"code": code, "bought_on": on, "points": str(points), "amount": amount}


def _brand(code: str, *packs: dict[str, object], **terms: object) -> Brand:
    agreement = an_agreement(issue_price="0.0100", redeem_price="0.0080", **terms)
    brand: Brand = {
        "code": code, "name": code.title(), "legal_entity": f"{code}-inc", "currency": "EUR",
        "agreements": [agreement], "clients": [a_client(f"{code}-till")],
    }  # fmt: skip
    if packs:
        brand["prepaid"] = {"packs": list(packs)}
    return brand


async def _apply(world: World, *packs: dict[str, object], **terms: object) -> None:
    await world.apply(
        brands=[_brand("grocer", *packs, **terms), _brand("bakery")],
        currency="EUR", time_zone="Europe/Madrid",
    )  # fmt: skip


async def _in(world: World, account: MoneyAccount) -> int:
    ((minor,),) = await world.rows(
        f"SELECT coalesce(sum(CASE {account:d} WHEN credit THEN amount WHEN debit THEN -amount"
        " ELSE 0 END), 0)::bigint FROM money_entry WHERE source_kind IN ('LINE', 'VAT', 'PACKS')"
    )
    assert isinstance(minor, int)
    return minor


async def _lines(world: World, label: str) -> list[tuple[str, int, int]]:
    statement = (await world.statements(label))["grocer"]
    return [(line.kind, line.points, line.amount.minor) for line in statement.lines]


async def test_a_pack_is_billed_once_and_used_up_leaves_nothing(world: World) -> None:
    world.now = _at(1, 10)
    await _apply(world, _pack(), vat_mode="standard", vat_rate="0.21")
    ada = await world.enrol("Ada", brand="grocer")
    await world.award("grocer", ada, "600")
    world.now = _at(2, 3)
    await world.award("grocer", ada, "400")
    await world.close(JANUARY)
    assert await _lines(world, JANUARY) == [
        ("ISSUANCE", 600, 600), ("PACK", 1000, 800), ("PACK_USED", -600, -600),
    ]  # fmt: skip
    january = (await world.statements(JANUARY))["grocer"]
    # The discount is in what is taxed: 21 % of what was paid.
    assert (january.net.minor, january.payable.minor) == (800, 968)
    assert await _in(world, MoneyAccount.PREPAID) == 320  # 400 of 1000 points for 8.00
    assert await _in(world, MoneyAccount.POOL) == 480
    await world.approve(JANUARY)
    # Invoiced and netted like everything else.
    assert await world.rows("SELECT type_code, net, vat, total FROM invoice") == [
        (380, 800, 168, 968)
    ]
    assert await world.rows("SELECT amount FROM net_position WHERE partner_id = 1") == [(968,)]
    world.now = _at(3, 3)
    await world.close(FEBRUARY)
    february = (await world.statements(FEBRUARY))["grocer"]
    assert (february.net.minor, february.payable.minor) == (0, 0)
    assert await _in(world, MoneyAccount.PREPAID) == 0
    assert await _in(world, MoneyAccount.POOL) == 800
    await assert_books_balance(world)


@pytest.mark.parametrize(
    "closed", [(JANUARY, FEBRUARY), (FEBRUARY, JANUARY), (JANUARY, JANUARY, FEBRUARY, FEBRUARY)]
)
async def test_periods_that_are_closed_at_once_take_turns_about_a_pack(
    world: World, closed: tuple[str, ...]
) -> None:
    """Whoever is first and however often it is asked, the pack is billed once, in its month, and
    what is left in PREPAID is what is left of it.
    """
    world.now = _at(1, 10)
    await _apply(world, _pack(points=1500, amount="11.99"))
    ada = await world.enrol("Ada", brand="grocer")
    await world.award("grocer", ada, "600")
    world.now = _at(2, 3)
    await world.award("grocer", ada, "400")
    world.now = _at(3, 3)
    await asyncio.gather(*(world.close(label) for label in closed))
    assert await _lines(world, JANUARY) == [
        ("ISSUANCE", 600, 600), ("PACK", 1500, 1199), ("PACK_USED", -600, -600),
    ]  # fmt: skip
    assert await _lines(world, FEBRUARY) == [("ISSUANCE", 400, 400), ("PACK_USED", -400, -400)]
    assert await _in(world, MoneyAccount.PREPAID) == 399  # 500 of 1500 points for 11.99, down
    assert await _in(world, MoneyAccount.POOL) == 800
    await assert_books_balance(world)


@pytest.mark.parametrize("share", ["0", "0.35", "1"])
async def test_points_of_a_pack_are_not_billed_when_they_are_spent(
    world: World, share: str
) -> None:
    world.now = _at(1, 10)
    await _apply(world, _pack(points=700, amount="7.01"), paid_at_issuance=share)
    ada = await world.enrol("Ada", brand="grocer")
    await world.award("grocer", ada, "700")
    await world.redeem("bakery", ada, 300)
    world.now = _at(2, 3)
    await world.close(JANUARY)
    january = await world.statements(JANUARY)
    assert (january["grocer"].net.minor, january["bakery"].net.minor) == (701, -240)
    assert await _in(world, MoneyAccount.PREPAID) == 0
    assert await _in(world, MoneyAccount.POOL) == 701 - 240
    await assert_books_balance(world)


async def test_points_of_a_pack_that_were_given_to_another_member_stay_paid(world: World) -> None:
    world.now = _at(1, 10)
    await _apply(world, _pack(), paid_at_issuance="0")
    ada, bo = await world.enrol("Ada", brand="grocer"), await world.enrol("Bo", brand="grocer")
    await world.award("grocer", ada, "700")
    sharing = Sharing(world)
    gift = await sharing.give(ada, bo.card, 300)
    await sharing.answer(bo, gift, transfer.Decision.ACCEPTED)
    await world.redeem("bakery", bo, 300)
    world.now = _at(2, 3)
    await world.close(JANUARY)
    assert await _lines(world, JANUARY) == [
        ("ISSUANCE", 700, 0), ("PACK", 1000, 800), ("PACK_USED", -700, 0),
    ]  # fmt: skip
    assert await _in(world, MoneyAccount.PREPAID) == 240
    await assert_books_balance(world)


async def test_a_pack_that_is_told_late_is_billed_in_the_next_open_period(world: World) -> None:
    world.now = _at(1, 10)
    await _apply(world, _pack(points=3, amount="0.10"))
    ada = await world.enrol("Ada", brand="grocer")
    await world.award("grocer", ada, "1")
    world.now = _at(2, 3)
    await world.close(JANUARY)
    assert await _in(world, MoneyAccount.PREPAID) == 6  # two of three points for 10 cents
    late = _pack("p0", points=2, amount="0.04", on="2025-12-31")
    await _apply(world, _pack(points=3, amount="0.10"), late, _pack("p2", on="2026-03-01"))
    await world.award("grocer", ada, "3")
    assert await _lines(world, JANUARY) == [
        ("ISSUANCE", 1, 1),
        ("PACK", 3, 10),
        ("PACK_USED", -1, -1),
    ]
    world.now = _at(3, 3)
    await world.close(FEBRUARY)
    assert ("PACK", 2, 4) in await _lines(world, FEBRUARY)
    assert ("PACK", 1000, 800) not in await _lines(world, FEBRUARY)
    assert await _in(world, MoneyAccount.PREPAID) == 3
    world.now = _at(4, 3)
    await world.close(MARCH)
    assert await _lines(world, MARCH) == [("PACK", 1000, 800)]
    assert await _in(world, MoneyAccount.PREPAID) == 803
    await assert_books_balance(world)


async def test_what_is_brought_back_is_in_the_pack_again(world: World) -> None:
    world.now = _at(1, 10)
    await _apply(world, _pack())
    ada = await world.enrol("Ada", brand="grocer")
    bread = await world.award("grocer", ada, "500")
    world.now = _at(2, 3)
    await world.close(JANUARY)
    await world.bring_back("grocer", bread.place)
    world.now = _at(3, 3)
    await world.close(FEBRUARY)
    assert (await world.statements(FEBRUARY))["grocer"].net.minor == 0
    assert await _in(world, MoneyAccount.PREPAID) == 800
    assert await _in(world, MoneyAccount.POOL) == 0
    await assert_books_balance(world)


@pytest.mark.parametrize(
    ("billed", "kind", "points"), [(True, "PACK_USED", -5), (False, "PREPAID", 5)]
)
def test_what_was_issued_before_packs_were_billed_is_derived_as_it_was(
    *, billed: bool, kind: str, points: int
) -> None:
    terms = Agreement(1, 1, _at(1, 1), Decimal(1), Decimal("0.01"), Decimal("0.008"), 1)
    brand = Partner(1, "grocer", "Grocer", "Grocer", "EUR", PartnerStatus.ACTIVE, ())
    given = Sum(Kind.AWARD, Account.ISSUED, terms, 5, 1)
    used = PaidBefore(terms, 5)
    traffic = Traffic(sums=(given,), paid_before=(used,), packs_are_billed=billed)
    (draft,) = draft_statements_of(JANUARY, brand, traffic)
    assert [(line.kind, line.points) for line in draft.lines] == [("ISSUANCE", 5), (kind, points)]
    assert draft.net.minor == 0
    # Taxed with the pack, or when its points were given.
    assert [tax.base for tax in draft.taxes] == [0 if billed else 5]
