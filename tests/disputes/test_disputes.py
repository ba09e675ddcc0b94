"""A brand does not agree with a line: what it may do, and what becomes of it and of the money."""

import asyncio
import hashlib
from decimal import Decimal

import pytest

from coalition import disputes
from coalition.disputes import DisputeState, Evidence
from coalition.disputes.errors import (
    DisputeDecided,
    DisputeNotFound,
    DisputeNotValid,
    DisputeOpen,
    EvidenceNotAllowed,
    NotYourTurn,
    StatementNotFound,
)
from coalition.kit.claims import IdempotencyKeyReused
from coalition.kit.database import Sight
from coalition.kit.errors import NotAllowed
from coalition.kit.text import TextNotAllowed
from tests.disputes.lines import (
    JANUARY,
    PDF,
    a_published_month,
    decides,
    expire,
    later,
    open_,
    opened,
    says,
    statement_of,
    timeline,
)
from tests.support import World, assert_books_balance, nothing_moves

FEBRUARY = "2026-02"


async def _adjustments(world: World) -> list[tuple[object, ...]]:
    return await world.rows(
        "SELECT b.code, a.amount, a.source_kind, a.source_id, p.label FROM adjustment a"
        " JOIN partner b ON b.id = a.partner_id JOIN period p ON p.id = a.period_id ORDER BY a.id"
    )


async def test_an_accepted_dispute_is_on_the_next_statement_and_named_there(world: World) -> None:
    await a_published_month(world)
    dispute = await opened(world, amount=Decimal("40.00"))
    assert (await world.period(JANUARY)).state == "disputed"
    await says(world, "grocer", dispute, evidence=PDF)
    await says(world, "operator", dispute)
    decided = await decides(world, dispute, "40.00")
    assert decided.dispute.standing.state is DisputeState.ACCEPTED
    assert await _adjustments(world) == [("grocer", 4_000, "DISPUTE", f"{dispute.id}", FEBRUARY)]
    later(world, days=30)
    await world.close(FEBRUARY)
    grocer = (await world.statements(FEBRUARY))["grocer"]
    (line,) = [one for one in grocer.lines if one.kind == "ADJUSTMENT"]
    assert line.amount.minor == 4_000
    assert f"Dispute {dispute.id} of 2026-01/grocer" in line.description
    assert grocer.net.minor == -4_000
    await assert_books_balance(world)


async def test_part_of_it_is_partial_and_nothing_of_it_is_rejected(world: World) -> None:
    await a_published_month(world)
    part = await decides(world, await opened(world, amount=Decimal("40.00")), "15.50")
    assert (part.state, part.dispute.authorised and part.dispute.authorised.minor) == (
        DisputeState.PARTIAL, 1_550,
    )  # fmt: skip
    none = await decides(world, await opened(world, brand="bakery"), "0")
    assert none.state is DisputeState.REJECTED
    assert [row[:2] for row in await _adjustments(world)] == [("grocer", 1_550)]
    assert (await world.period(JANUARY)).state == "closed"
    await assert_books_balance(world)


async def test_a_line_is_disputed_for_what_it_says_at_most_and_once_at_a_time(
    world: World,
) -> None:
    await a_published_month(world)
    async with nothing_moves(world):
        with pytest.raises(DisputeNotValid, match=r"90\.01 USD are more than the line says"):
            await opened(world, amount=Decimal("90.01"))
        for amount in ("0", "-5", "1.005"):
            with pytest.raises(DisputeNotValid):
                await opened(world, amount=Decimal(amount))
        with pytest.raises(StatementNotFound):
            await opened(world, line=99)
    first = await opened(world, amount=Decimal("50.00"))
    async with nothing_moves(world):
        with pytest.raises(DisputeOpen):
            await opened(world)
        with pytest.raises(DisputeNotValid, match=r"Between nothing and the 50\.00 USD"):
            await decides(world, first, "50.01")
    await decides(world, first, "50.00")
    async with nothing_moves(world):
        with pytest.raises(DisputeNotValid, match=r"left of it: 40\.00 USD"):
            await opened(world, amount=Decimal("40.01"))
    await decides(world, await opened(world, amount=Decimal("40.00")), "40.00")
    assert sum(int(str(row[1])) for row in await _adjustments(world)) == 9_000


async def test_after_three_rounds_only_a_decision_is_left(world: World) -> None:
    await a_published_month(world)
    dispute = await opened(world)
    for _ in range(3):
        await says(world, "grocer", dispute)
        async with nothing_moves(world):
            with pytest.raises(NotYourTurn, match="waits for the operator"):
                await says(world, "grocer", dispute)
        await says(world, "operator", dispute)
    written = await says(world, "grocer", dispute)
    assert written.dispute.standing.state is DisputeState.CORRESPONDENCE
    await decides(world, dispute, "0")
    kinds = [(one.side, one.kind, one.round) for one in await timeline(world, dispute)]
    assert kinds == [
        ("PARTNER", "OPENED", 1), ("PARTNER", "EVIDENCE", 1), ("OPERATOR", "REPLY", 1),
        ("PARTNER", "EVIDENCE", 2), ("OPERATOR", "REPLY", 2), ("PARTNER", "EVIDENCE", 3),
        ("OPERATOR", "REPLY", 3), ("PARTNER", "MESSAGE", 3), ("OPERATOR", "DECISION", 3),
    ]  # fmt: skip


async def test_what_comes_late_is_flagged_and_not_lost(world: World) -> None:
    await a_published_month(world, dispute_window_days=3)
    later(world, days=4)
    dispute = await opened(world)
    assert [one.is_late for one in await timeline(world, dispute)] == [True]
    later(world, days=4)
    answered = await says(world, "grocer", dispute)
    assert (answered.is_late, answered.dispute.standing.state) == (True, "PARTNER_EVIDENCE")
    await decides(world, dispute, "0")
    after = await says(world, "grocer", dispute)
    assert (after.is_late, after.dispute.standing.state) == (True, "REJECTED")
    assert [one.is_late for one in await timeline(world, dispute)] == [True, True, False, True]


async def test_whoever_is_silent_leaves_it_to_the_other_side(world: World) -> None:
    await a_published_month(world)
    grocers, bakerys = await opened(world), await opened(world, brand="bakery")
    await says(world, "grocer", grocers)
    assert await expire(world) == []
    later(world, days=5, seconds=1)
    ended = {one.id: one for one in await expire(world)}
    assert {one.standing.state for one in ended.values()} == {DisputeState.EXPIRED}
    found = ended[grocers.id].authorised, ended[bakerys.id].authorised
    assert [one and one.minor for one in found] == [9_000, 0]
    assert [row[:2] for row in await _adjustments(world)] == [("grocer", 9_000)]
    async with nothing_moves(world):
        assert await expire(world) == []
    step = (await timeline(world, grocers))[-1]
    assert (step.side, step.kind, step.message) == (
        "TIME", "EXPIRY", "The operator was silent until the deadline.",
    )  # fmt: skip
    await assert_books_balance(world)


async def test_two_workers_at_once_end_each_dispute_once(world: World) -> None:
    await a_published_month(world)
    dispute = await opened(world)
    await says(world, "grocer", dispute)
    later(world, days=6)
    ended = await asyncio.gather(*(expire(world) for _ in range(3)))
    assert sum(len(one) for one in ended) == 1
    assert len(await _adjustments(world)) == 1


async def test_two_decisions_at_once_are_one(world: World) -> None:
    await a_published_month(world)
    dispute = await opened(world)
    made = await asyncio.gather(
        *(decides(world, dispute, amount, by=f"o{amount}") for amount in ("10", "20", "30")),
        return_exceptions=True,
    )
    assert sum(isinstance(one, disputes.Decided) for one in made) == 1
    assert sum(isinstance(one, DisputeDecided) for one in made) == 2
    assert len(await _adjustments(world)) == 1
    await assert_books_balance(world)


async def test_a_line_that_is_excluded_is_not_paid_until_it_is_decided(world: World) -> None:
    await a_published_month(world, freeze="exclude")
    dispute = await opened(world, amount=Decimal("40.00"))
    approved = await world.approve(JANUARY)
    settled = {
        world_code(world, one.partner_id): one.settled.minor
        for one in approved.positions
        if one.partner_id
    }
    assert settled == {"grocer": 5_000, "bakery": -2_250}
    assert sum(one.settled.minor for one in approved.positions) == 0
    await decides(world, dispute, "25.00")
    later(world, days=30)
    await world.close(FEBRUARY)
    second = await world.approve(FEBRUARY)
    # What was left out comes back, less what the brand was right about.
    (grocer,) = [one for one in second.positions if one.partner_id == world.partner("grocer").id]
    assert grocer.settled.minor == 4_000 - 2_500
    await assert_books_balance(world)


async def test_a_line_that_is_carried_is_paid_and_corrected_later(world: World) -> None:
    await a_published_month(world)
    await opened(world, amount=Decimal("40.00"))
    approved = await world.approve(JANUARY)
    (grocer,) = [one for one in approved.positions if one.partner_id == world.partner("grocer").id]
    assert grocer.settled.minor == 9_000
    await assert_books_balance(world)


async def test_what_is_decided_before_the_netting_was_never_left_out(world: World) -> None:
    await a_published_month(world, freeze="exclude")
    await decides(world, await opened(world), "0")
    approved = await world.approve(JANUARY)
    assert max(one.settled.minor for one in approved.positions) == 9_000
    await assert_books_balance(world)


async def test_the_same_request_again_is_the_same_dispute(world: World) -> None:
    await a_published_month(world)
    first = await opened(world, idempotency_key="once", evidence=PDF)
    said = await says(world, "grocer", first, key="say-once")
    async with nothing_moves(world):
        again = await open_(world, idempotency_key="once", evidence=PDF)
        assert again.replayed
        assert again.dispute is not None
        assert again.dispute.id == first.id
        assert (await says(world, "grocer", first, key="say-once")).replayed
        with pytest.raises(IdempotencyKeyReused):
            await open_(world, idempotency_key="once", line=1, message="Something else.")
    assert not said.replayed
    await decides(world, first, "10", key="end-once")
    async with nothing_moves(world):
        assert (await decides(world, first, "10", key="end-once")).replayed
        with pytest.raises(IdempotencyKeyReused):
            await decides(world, first, "11", key="end-once")
        with pytest.raises(DisputeDecided):
            await decides(world, first, "10")


async def test_a_dry_run_writes_nothing(world: World) -> None:
    await a_published_month(world)
    async with nothing_moves(world):
        assert (await open_(world, dry_run=True)).dispute is None
    dispute = await opened(world)
    async with nothing_moves(world):
        seen = await decides(world, dispute, "90", dry_run=True)
    assert seen.state is DisputeState.ACCEPTED


@pytest.mark.parametrize(
    "evidence",
    [
        Evidence("a.exe", "application/x-msdownload", b"MZ"),
        Evidence("a.pdf", "application/pdf", b"<html>"),
        Evidence("a.csv", "text/csv", b"\xff\xfe\x00"),
        Evidence("../../etc/passwd", "text/plain", b"x"),
        Evidence("empty.txt", "text/plain", b""),
        Evidence("large.txt", "text/plain", b"x" * (2 * 1024 * 1024 + 1)),
    ],
)
async def test_evidence_is_bounded_and_what_it_says_it_is(world: World, evidence: Evidence) -> None:
    await a_published_month(world)
    async with nothing_moves(world):
        with pytest.raises((EvidenceNotAllowed, TextNotAllowed)):
            await opened(world, evidence=evidence)


async def test_both_sides_see_the_same_and_another_brand_sees_nothing(world: World) -> None:
    await a_published_month(world)
    dispute = await opened(world, evidence=PDF)
    await says(world, "grocer", dispute)
    steps = await timeline(world, dispute)
    assert await timeline(world, dispute, seen_by="grocer") == steps
    assert steps[0].evidence_hash == hashlib.sha256(PDF.content).hexdigest()
    assert await timeline(world, dispute, seen_by="bakery") == []
    async with world.database.reading(Sight(partner_id=world.partner("bakery").id)) as connection:
        assert await disputes.list_disputes(connection, disputes.DisputeFilter()) == []
        assert await disputes.evidence_of(connection, steps[0].id) is None
    async with nothing_moves(world):
        with pytest.raises(DisputeNotFound):
            await says(world, "bakery", dispute)
        with pytest.raises(StatementNotFound):
            await opened(world, brand="grocer", by=world.actor("bakery"))
        with pytest.raises(NotAllowed):
            await disputes.decide_dispute(
                world.office, actor=world.actor("grocer"), now=world.now,
                decision=disputes.Decision("x", dispute.id, Decimal(90), "ours"),
            )  # fmt: skip


async def test_what_was_not_published_cannot_be_disputed(world: World) -> None:
    await a_published_month(world)
    await world.superuser.execute(
        "UPDATE period SET state = 'calculated' WHERE label = $1", JANUARY
    )
    async with nothing_moves(world):
        with pytest.raises(StatementNotFound):
            await opened(world)


async def test_an_item_of_a_reconciliation_opens_a_dispute_that_names_it(world: World) -> None:
    await a_published_month(world)
    dispute = await opened(
        world, by=world.operator(), source=("RECONCILIATION", "item-7"), amount=Decimal(5)
    )
    assert dispute.source == ("RECONCILIATION", "item-7")
    assert dispute.partner_id == world.partner("grocer").id
    assert [one.side for one in await timeline(world, dispute)] == ["OPERATOR"]
    assert await statement_of(world, "grocer") == dispute.statement_id


def world_code(world: World, partner_id: int) -> str:
    return next(code for code in ("grocer", "bakery") if world.partner(code).id == partner_id)
