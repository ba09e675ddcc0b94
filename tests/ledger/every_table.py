"""A coalition with a row of each kind in every table of the books: all that can be edited."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import cast
from zoneinfo import ZoneInfo

import pytest

from coalition import disputes, documents, earning, settlement, transfer
from coalition.access import load_keys
from coalition.catalogue import CostBasis, RewardKind, draw_prize
from coalition.disputes import Answer, Decision, DisputeRequest, ItemsDispute, Reason
from coalition.earning import Line
from coalition.reconciliation import Action, ItemRecord, Resolution, resolve_item
from coalition.settlement import (
    AdjustmentRequest,
    ExchangeRequest,
    GivenRate,
    Source,
    State,
    Waiver,
)
from coalition.settlement.errors import ItemsOpen
from tests.opening.balances import OldBooks, a_lot, carry_over
from tests.payments.bank import Bank, transfer_in
from tests.payments.brands import ACCOUNTS, OPERATOR, instruct, sent, taken_file
from tests.reconciliation.books import items, reconcile, true_file
from tests.support import Person, World, a_bakery, a_florist, a_fuel, a_grocer, a_promotion
from tests.support.brands import Brand, a_client, a_programme, partners_file
from tests.support.catalogue import Counter, a_reward, a_voucher
from tests.support.sharing import Sharing

JANUARY, FEBRUARY = "2026-01", "2026-02"
NEW_YORK = ZoneInfo("America/New_York")
_VAT = {"vat_mode": "standard", "vat_rate": "0.1"}


async def a_whole_coalition(world: World) -> None:
    """January is paid, February is published, March is running."""
    await world.apply_file(world.write(_terms()))
    ada, bo = await _january(world)
    await _to_the_bank(world)
    await _february(world, ada, bo)
    _at(world, 3, 3)
    await world.award("grocer", ada, "40")
    await world.hold("bakery", ada, 25, seconds=86_400)
    await _rewards(world, ada)
    await _shared(world, ada)


async def _rewards(world: World, who: Person) -> None:
    """A draw that was held, a voucher that was given and used, and an item at its own cost."""
    counter = Counter(world)
    draw = a_reward(
        code="draw", kind=RewardKind.PRIZE_DRAW, points=1, winners=1,
        until_at=world.now + timedelta(hours=1),
    )  # fmt: skip
    held = await counter.put("bakery", draw)
    await counter.claim(who, held)
    voucher = await counter.put("bakery", a_voucher(points=1))
    await counter.load("bakery", voucher, "A", "B")
    await counter.give(who, (await counter.claim(who, voucher)).place)
    await counter.use("bakery", "A")
    item = a_reward(points=1, money=100, cost_basis=CostBasis.NEGOTIATED, cost=1, stock=3)
    await counter.claim(who, await counter.put("bakery", item))
    world.now += timedelta(hours=1)
    await draw_prize(world.office, actor=world.actor("bakery"), reward_id=held, now=world.now)


async def _shared(world: World, ada: Person) -> None:
    """A household that has spent together, and gifts that were accepted, declined and sent."""
    sharing = Sharing(world)
    cy = await world.enrol("Cy")
    await world.award("grocer", cy, "60")
    world.now += timedelta(days=2)
    await sharing.found(ada)
    await sharing.invite(ada, "nobody")
    await sharing.take_in(ada, cy)
    spent = await world.redeem("bakery", ada, await sharing.pooled(ada) - 30)
    await world.refund("bakery", spent, 40)
    await sharing.leave(cy)
    for to in (transfer.Decision.ACCEPTED, transfer.Decision.DECLINED, None):
        gift = await sharing.give(cy, ada.card, 5)
        if to is not None:
            await sharing.answer(ada, gift, to)


def _terms() -> dict[str, object]:
    pack = {"code": "p1", "bought_on": "2026-01-02", "points": "900", "amount": "9"}
    brands = [
        a_grocer(
            contract={"freeze": "exclude", "dispute_window_days": "40"},
            credit={"limit": "5000.00", "alert": "0.9"},
            stores=[{"code": "1", "name": "Main Street", "terminals": ["t1"]}],
            reconciliation={"open_value_tolerance": "0"},
            fee_per_point="0.0005",
            **_VAT,
        ),
        a_bakery(breakage_share="0.5"),
        a_fuel(prepaid={"packs": [pack], "overdraft": "refuse"}),
        a_florist(paid_at_issuance="0.5"),
        a_florist(
            code="parfum",
            name="Parfum",
            legal_entity="parfum-inc",
            clients=[a_client("parfum-till")],
        ),
    ]
    programme = a_programme(
        expiry={"kind": "rolling", "months": "1"},
        returns={"clawback": "unlimited", "shortfall_payer": "issuer", "debt_limit": "20"},
        pending_days="1",
        refund_grace_days="10",
        settlement={"fx_source": "bank"},
        sharing={"gifts": {"least": "5"}},
    )
    promotions = [a_promotion(valid_from="2026-01-01")]
    file = partners_file(brands, programme=programme, promotions=promotions)
    entities = cast("list[dict[str, object]]", file["legal_entities"])
    for brand, entity in zip(brands, entities, strict=True):
        _with_account(brand, entity)
    entities.append(OPERATOR)
    cast("dict[str, object]", file["operator"])["legal_entity"] = "operator-inc"
    return file


def _with_account(brand: Brand, entity: dict[str, object]) -> None:
    currency = str(brand["currency"])
    entity.update(ACCOUNTS[currency])
    entity["address"] = {"street": "High Street 1", "postcode": "1000", "city": "Town"}
    if currency == "EUR":
        entity["mandate"] = {"id": f"M-{brand['code']}", "signed_on": "2025-01-01"}


def _at(world: World, month: int, day: int, hour: int = 12) -> None:
    world.now = datetime(2026, month, day, hour, tzinfo=NEW_YORK)


async def _january(world: World) -> tuple[Person, Person]:
    _at(world, 1, 10)
    ada, bo = await world.enrol("Ada", card="7001"), await world.enrol("Bo", card="7002")
    early = datetime(2026, 1, 5, 12, tzinfo=NEW_YORK)
    await _carried_over(world)
    await world.award("grocer", ada, "90", at=datetime(2025, 12, 12, 12, tzinfo=NEW_YORK))
    gone = await world.redeem("bakery", ada, 30)
    await _a_purchase_with_everything(world, ada, early)
    joint = await world.award("grocer", ada, "10.01", promotion="spring", at=early)
    await world.bring_back("grocer", joint.place, "4")
    await world.award("parfum", ada, "900", at=early)
    await world.award("florist", ada, "300", at=early)
    await world.award("fuel", ada, "80", at=early)
    spent = await world.redeem("bakery", ada, 2_000)
    await world.refund("bakery", spent, 300)
    await world.redeem("florist", ada, 3_000)
    await world.redeem("grocer", ada, 100)
    hold = await world.hold("bakery", ada, 100)
    await world.capture("bakery", hold, 60)
    await world.release("bakery", await world.hold("bakery", ada, 50))
    await world.hold("bakery", ada, 40, seconds=60)
    await _more_is_returned_than_is_there(world, bo, early)
    _at(world, 1, 20)
    await world.sweep()
    await world.expire()
    # Into a lot that has ended: it is open again.
    await world.refund("bakery", gone, 10)
    return ada, bo


async def _carried_over(world: World) -> None:
    rows = [a_lot("old-1", 70, "7001", expiresOn="2026-12-31"), a_lot("old-2", 30, "7009")]
    await carry_over(world, OldBooks(rows, as_of="2026-01-01T00:00:00-05:00"))


async def _a_purchase_with_everything(world: World, who: Person, at: datetime) -> None:
    bought = earning.Purchase(
        "till-1", at, Decimal("9000.90"), "USD", store_code="1", terminal_code="t1",
        channel="STORE", lines=(Line("A", None, 1, Decimal("9000.90"), "USD"),),
    )  # fmt: skip
    (outcome,) = await earning.award_points(
        world.office,
        actor=world.actor("grocer"),
        requests=[earning.AwardRequest("key-of-till-1", who.ref, bought)],
        now=world.now,
    )
    assert outcome.refusal is None
    # So little that no point is taken back for it.
    await world.bring_back("grocer", outcome.place, "0.40")
    await world.bring_back("grocer", outcome.place, "500")


async def _more_is_returned_than_is_there(world: World, who: Person, at: datetime) -> None:
    award = await world.award("grocer", who, "100", at=at)
    await world.redeem("bakery", who, 100)
    await world.bring_back("grocer", award.place)
    await world.award("grocer", who, "50", at=at)


async def _to_the_bank(world: World) -> None:
    """January is closed in spite of a difference, approved, netted and paid, all but a cent."""
    _at(world, 2, 1)
    file = await true_file(world, period=JANUARY)
    file_id = await reconcile(world, file.but(rows=file.rows[2:]))
    one, *others = await items(world, file_id)
    await resolve_item(
        world.office, actor=world.operator(), item_id=one.id,
        resolution=Resolution("accepted", Action.ACCEPT, "We have the receipt."),
        now=world.now,
    )  # fmt: skip
    with pytest.raises(ItemsOpen):
        await world.close(JANUARY)
    for person in ("closer", "second"):
        waiver = Waiver(JANUARY, State.CALCULATED, "grocer", "RECONCILIATION", "It comes later.")
        await settlement.waive_items(
            world.office, actor=world.operator(client=person), waiver=waiver, now=world.now
        )
    await world.close(JANUARY)
    await _documents(world, JANUARY)
    grocers = await _found_and_disputed(world, others)
    await _disputed(world, "bakery")
    _at(world, 2, 2)
    await world.approve(JANUARY)
    rates = [GivenRate(date(2026, 1, 31), "EUR", "USD", Decimal("1.10"))]
    await settlement.load_rates(world.office, actor=world.operator(), source="bank", rates=rates)
    bought = ExchangeRequest("x", JANUARY, "EUR", "EUR", Decimal("1.12"))
    await settlement.record_exchange(
        world.office, actor=world.operator(), request=bought, now=world.now
    )
    await _decided(world, grocers)
    told = sent(await instruct(world))
    moved = [*told.values(), transfer_in("2026-01/grocer", "10.00", "USD"),
             transfer_in("nobody", "5.00", "USD")]  # fmt: skip
    await taken_file(world, Bank().statement(*moved))


async def _documents(world: World, label: str) -> None:
    keys = await load_keys(world.database)
    records = list((await world.statements(label)).values())
    await documents.statement_documents(world.office, keys, records)


async def _found_and_disputed(world: World, found: list[ItemRecord]) -> disputes.Dispute:
    """What the grocer's file has shown, and more of its line."""
    request = ItemsDispute(
        "dispute-grocer", tuple(one.id for one in found), Reason.WRONG_RATE, "item", line=1,
        amount=Decimal("40.00"),
    )  # fmt: skip
    made = await disputes.dispute_items(
        world.office, actor=world.actor("grocer"), request=request, now=world.now
    )
    assert made.dispute is not None
    return made.dispute


async def _disputed(world: World, brand: str) -> disputes.Dispute:
    statement = (await world.statements(JANUARY))[brand]
    request = DisputeRequest(
        f"dispute-{brand}", statement.id, 1, Reason.WRONG_RATE, "Another price."
    )
    made = await disputes.open_dispute(
        world.office, actor=world.actor(brand), request=request, now=world.now
    )
    assert made.dispute is not None
    return made.dispute


async def _decided(world: World, dispute: disputes.Dispute) -> None:
    evidence = disputes.Evidence("receipts.pdf", "application/pdf", b"%PDF-1.7 till rolls")
    answer = Answer("answer", dispute.id, "See what we have found.", evidence=evidence)
    await disputes.answer_dispute(
        world.office, actor=world.actor("grocer"), answer=answer, now=world.now
    )
    decision = Decision("decision", dispute.id, Decimal("25.00"), "We have looked.")
    await disputes.decide_dispute(
        world.office, actor=world.operator(), decision=decision, now=world.now
    )


async def _february(world: World, ada: Person, bo: Person) -> None:
    _at(world, 2, 10)
    await world.award("grocer", bo, "200")
    await world.award("bakery", ada, "60")
    goodwill = AdjustmentRequest(
        "goodwill", "bakery", "For the trouble", Source("GOODWILL", "g-1", Decimal("5.00")),
        amount=Decimal("5.00"), currency="USD",
    )  # fmt: skip
    await settlement.record_adjustment(
        world.office, actor=world.operator(), request=goodwill, now=world.now
    )
    _at(world, 3, 1)
    await world.expire()
    await world.close(FEBRUARY)
    await _documents(world, FEBRUARY)
