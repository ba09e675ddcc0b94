"""A member says that a purchase brought it no points; the brand answers."""

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest

from coalition.earning.errors import (
    CurrencyNotAgreed,
    EarningStopped,
    NothingEarned,
    PurchaseReferenceReused,
)
from coalition.kit.amounts import AmountNotPositive
from coalition.kit.claims import IdempotencyKeyReused
from coalition.kit.database import EVERYTHING, Sight
from coalition.kit.text import TextNotAllowed
from coalition.missing import (
    MissingReason,
    MissingReport,
    MissingState,
    Taken,
    receipt_at,
    receipts_of,
    report_missing,
    steps_of_missing,
)
from coalition.missing.errors import (
    AskedTooEarly,
    AskedTooLate,
    MissingPurchaseDecided,
    MissingPurchaseFull,
    MissingPurchaseNotFound,
    PurchaseAlreadyAwarded,
    PurchaseAlreadyReported,
    ReceiptNotAllowed,
    ReceiptNotFound,
    ReceiptPlaceTaken,
    TooManyReports,
)
from coalition.missing.rules import LARGEST_RECEIPT, MOST_A_DAY, MOST_STEPS
from coalition.partners.errors import InTheFuture, NoAgreementOnDate, PartnerSuspended
from tests.support import World, a_bakery, a_grocer, assert_books_balance, nothing_moves
from tests.support.catalogue import member_actor
from tests.support.missing import PNG, Desk


async def test_what_the_brand_approves_is_an_award_of_its_own_like_any_other(
    world: World, desk: Desk
) -> None:
    ada = await world.enrol("Ada")
    report = await desk.report(ada, amount="20.00", reference=" R-7 ")
    assert (await desk.record(report)).due_at == world.now + timedelta(days=10)
    world.now += timedelta(days=2)
    approved = (await desk.approve("bakery", report)).missing
    assert (approved.state, approved.due_at) == (MissingState.APPROVED, None)
    (award,) = await world.rows(
        "SELECT partner_id, reference, amount, points, purchased_at::date FROM award"
        " WHERE member_id = $1 AND seq = $2", ada.member_id, approved.award_seq,
    )  # fmt: skip
    same = await world.award("bakery", ada, "20.00")
    assert same.record is not None
    assert award == (
        world.partner("bakery").id,
        "R-7",
        2000,
        same.record.points,
        approved.purchased_on,
    )
    assert await desk.told(report) == [("MEMBER", "REPORT"), ("PARTNER", "APPROVAL")]
    await assert_books_balance(world)


async def test_a_question_waits_for_the_member_and_its_answer_for_the_brand(
    world: World, desk: Desk
) -> None:
    ada = await world.enrol("Ada")
    report = await desk.report(ada)
    asked = (await desk.ask("bakery", report)).missing
    assert (asked.state, asked.due_at) == (MissingState.ASKED, None)
    world.now += timedelta(days=30)
    assert not asked.is_overdue(world.now)
    answered = (await desk.answer(ada, report)).missing
    assert answered.due_at == world.now + timedelta(days=10)
    assert answered.is_overdue(world.now + timedelta(days=11))
    await desk.ask("bakery", report)
    await desk.picture(ada, report)
    assert (await desk.record(report)).state is MissingState.OPEN
    declined = await desk.decline("bakery", report, key="no")
    async with nothing_moves(world):
        assert (await desk.decline("bakery", report, key="no")).replayed
        with pytest.raises(IdempotencyKeyReused):
            await desk.decline("bakery", report, key="no", reason=MissingReason.OTHER)
        for late in (
            desk.answer(ada, report), desk.withdraw(ada, report), desk.ask("bakery", report),
            desk.approve("bakery", report), desk.picture(ada, report, place=2),
        ):  # fmt: skip
            with pytest.raises(MissingPurchaseDecided):
                await late
    assert declined.missing.state is MissingState.DECLINED
    assert await desk.told(report) == [
        ("MEMBER", "REPORT"), ("PARTNER", "QUESTION"), ("MEMBER", "ANSWER"),
        ("PARTNER", "QUESTION"), ("MEMBER", "RECEIPT"), ("PARTNER", "REFUSAL"),
    ]  # fmt: skip


async def test_it_may_be_asked_from_a_day_on_and_until_one(world: World) -> None:
    """Each brand says when; without a word it is from the third day on."""
    await world.apply(
        brands=[
            a_bakery(contract={"missing_after_days": "35", "missing_until_days": "60"}), a_grocer(),
        ],
        late_purchase_days="50",
    )  # fmt: skip
    desk, ada = Desk(world), await world.enrol("Ada")
    async with nothing_moves(world):
        with pytest.raises(AskedTooEarly, match=str(desk.day(34 - 35))):
            await desk.report(ada, on=desk.day(34))
        with pytest.raises(AskedTooEarly):
            await desk.report(ada, "grocer", on=desk.day(2))
        with pytest.raises(InTheFuture):
            await desk.report(ada, "grocer", on=desk.day(-1))
        with pytest.raises(AskedTooLate, match="50 days"):
            await desk.report(ada, on=desk.day(51))
    await desk.report(ada, "grocer", on=desk.day(3))
    # Who asked on the last day loses nothing while the brand looks.
    last = await desk.report(ada, on=desk.day(49))
    world.now += timedelta(days=20)
    assert (await desk.approve("bakery", last)).missing.state is MissingState.APPROVED
    await assert_books_balance(world)


async def test_what_would_earn_nothing_is_refused_at_once(world: World) -> None:
    await world.apply(
        brands=[a_bakery(stop_earning_on="2026-03-01"), a_grocer(), a_grocer(
            code="shut", legal_entity="shut-inc", name="Shut", clients=[], status="left")],
    )  # fmt: skip
    desk, ada = Desk(world), await world.enrol("Ada", brand="grocer")
    async with nothing_moves(world):
        for wrong, refusal in (
            ({"amount": "0"}, AmountNotPositive),
            ({"amount": "0.01"}, NothingEarned),
            ({"currency": "JPY"}, CurrencyNotAgreed),
            ({"reference": ""}, TextNotAllowed),
        ):
            with pytest.raises(refusal):
                await desk.report(ada, "grocer", **wrong)  # type: ignore[arg-type]  # fields by their names
        with pytest.raises(EarningStopped):
            await desk.report(ada)
        with pytest.raises(PartnerSuspended):
            await desk.report(ada, "shut")
        with pytest.raises(NoAgreementOnDate):
            await report_missing(
                world.office,
                actor=member_actor(ada),
                report=MissingReport("k", 0, desk.day(), Decimal(20), "USD", "R-1"),
                now=world.now,
            )


async def test_a_receipt_is_asked_about_once_at_a_time_and_not_when_its_points_are_there(
    world: World, desk: Desk
) -> None:
    ada, bo = await world.enrol("Ada"), await world.enrol("Bo")
    given = await world.award("bakery", ada, "20.00", reference="R-0")
    first = await desk.report(ada, key="one")
    async with nothing_moves(world):
        assert await desk.report(ada, key="one") == first
        with pytest.raises(IdempotencyKeyReused):
            await desk.report(ada, key="one", amount="21.00")
        with pytest.raises(PurchaseAlreadyReported) as again:
            await desk.report(ada)
        with pytest.raises(PurchaseAlreadyAwarded) as there:
            await desk.report(ada, reference="R-0")
    assert again.value.missing_id == first
    assert there.value.place == given.place
    # That somebody else has the points is the brand's to find out.
    other = await desk.report(bo, reference="R-0")
    async with nothing_moves(world):
        with pytest.raises(PurchaseReferenceReused):
            await desk.approve("bakery", other)
    await desk.withdraw(ada, first)
    assert await desk.report(ada) != first


async def test_a_member_reports_ten_purchases_a_day_at_most(world: World, desk: Desk) -> None:
    ada = await world.enrol("Ada")
    for number in range(MOST_A_DAY):
        await desk.report(ada, reference=f"many-{number}")
    async with nothing_moves(world):
        with pytest.raises(TooManyReports):
            await desk.report(ada, reference="one-more")
    world.now += timedelta(days=1)
    await desk.report(ada, reference="one-more")


async def test_nobody_answers_for_another_and_none_is_told_that_it_is_there(
    world: World, desk: Desk
) -> None:
    ada, bo = await world.enrol("Ada"), await world.enrol("Bo")
    report = await desk.report(ada)
    async with nothing_moves(world):
        messages = set()
        for number in (report, 10_000):
            for attempt in (
                desk.approve("grocer", number), desk.decline("grocer", number),
                desk.answer(bo, number), desk.picture(bo, number),
            ):  # fmt: skip
                with pytest.raises(MissingPurchaseNotFound) as found:
                    await attempt
                messages.add(found.value.message)
    assert len(messages) == 1


async def test_so_much_may_be_said_and_then_it_is_decided(world: World, desk: Desk) -> None:
    ada = await world.enrol("Ada")
    report = await desk.report(ada)
    for number in range(MOST_STEPS - 1):
        await desk.answer(ada, report, f"and {number}")
    with pytest.raises(MissingPurchaseFull):
        await desk.ask("bakery", report)
    await desk.decline("bakery", report)


async def test_a_brand_corrects_what_the_member_wrote_by_its_own_books(
    world: World, desk: Desk
) -> None:
    ada = await world.enrol("Ada")
    report = await desk.report(ada, amount="200.00", reference="7-1")
    at = world.now - timedelta(days=6)
    approved = await desk.approve("bakery", report, amount="20.00", reference="T-1", at=at)
    assert await world.rows(
        "SELECT reference, amount, purchased_at FROM award WHERE seq = $1",
        approved.missing.award_seq,
    ) == [("T-1", 2000, at)]


async def test_two_people_of_the_brand_approve_it_once(world: World, desk: Desk) -> None:
    ada = await world.enrol("Ada")
    report = await desk.report(ada)
    found = await asyncio.gather(
        *(desk.approve("bakery", report) for _ in range(6)), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in found) == [
        *["MissingPurchaseDecided"] * 5, "Taken",
    ]  # fmt: skip
    assert await world.rows("SELECT count(*) FROM award") == [(1,)]
    await assert_books_balance(world)


async def test_the_till_and_the_approval_give_the_points_once(world: World, desk: Desk) -> None:
    """The purchase comes by itself after all, while somebody approves it."""
    people = [await world.enrol(f"Member {number}") for number in range(6)]
    reports = [await desk.report(who, reference=f"L-{who.card}") for who in people]
    found = await asyncio.gather(
        *(desk.approve("bakery", report) for report in reports),
        *(world.award("bakery", who, "20.00", reference=f"L-{who.card}") for who in people),
        return_exceptions=True,
    )
    assert await world.rows("SELECT count(*) FROM award") == [(len(people),)]
    for approved, report in zip(found, reports, strict=False):
        done = (await desk.record(report)).state is MissingState.APPROVED
        assert isinstance(approved, Taken) is done
        assert done or isinstance(approved, PurchaseReferenceReused)
    await assert_books_balance(world)


async def test_a_picture_is_what_its_bytes_are_and_goes_with_its_member(
    world: World, desk: Desk
) -> None:
    ada = await world.enrol("Ada")
    report = await desk.report(ada)
    assert not await desk.picture(ada, report)
    async with nothing_moves(world):
        assert await desk.picture(ada, report)
        with pytest.raises(ReceiptPlaceTaken):
            await desk.picture(ada, report, content=PNG + b"!")
        for wrong in (b"", b"GIF89a", b"<svg/>", PNG + bytes(LARGEST_RECEIPT)):
            with pytest.raises(ReceiptNotAllowed):
                await desk.picture(ada, report, place=2, content=wrong)
        with pytest.raises(ReceiptNotFound):
            await desk.picture(ada, report, place=4)
    await desk.picture(ada, report, place=3, content=b"%PDF-1.7 ...")
    async with world.database.reading(Sight(partner_id=world.partner("bakery").id)) as reading:
        assert [(one.number, one.media_type) for one in await receipts_of(reading, report)] == [
            (1, "image/png"), (3, "application/pdf"),
        ]  # fmt: skip
    async with world.database.reading(Sight(partner_id=world.partner("grocer").id)) as reading:
        assert await receipt_at(reading, report, 1) is None
    await world.superuser.execute("SELECT books.forget_missing($1)", ada.member_id)
    async with world.database.reading(EVERYTHING) as reading:
        assert await receipts_of(reading, report) == []
        assert await receipt_at(reading, report, 1) is None
        assert {one.message for one in await steps_of_missing(reading, report)} == {None}
