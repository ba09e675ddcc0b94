"""The members of an old club bring their points along."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime

import pytest

from coalition import ledger, opening, settlement
from coalition.kit.database import EVERYTHING
from coalition.kit.errors import NotAllowed, Refusal
from coalition.members import MemberRef, find_member
from tests.opening.balances import OldBooks, a_lot, carry_over
from tests.support import (
    Person,
    World,
    a_bakery,
    a_fuel,
    a_grocer,
    an_agreement,
    assert_books_balance,
    nothing_moves,
)

BOOKS = OldBooks(
    [
        a_lot("G-1", 1000, "7001", expiresOn="2027-05-31"),
        a_lot("G-2", 500, "7002"),
        a_lot("B-1", 250, "7001", issuer="bakery", earnedOn="2025-12-24"),
    ]
)


async def _member(world: World, card: str, brand: str = "grocer") -> Person:
    ref = MemberRef("CARD", card)
    found = await find_member(world.database, actor=world.actor(brand), ref=ref)
    assert found is not None
    return Person(card, found.member_id, card)


async def _roll(world: World, label: str) -> dict[str, settlement.RollForward]:
    period = await world.period(label)
    async with world.database.reading(EVERYTHING) as connection:
        rolls = await settlement.roll_forward(connection, period)
    codes = {world.partner(code).id: code for code in ("grocer", "bakery")}
    return {codes[one.issuer_id]: one for one in rolls}


async def test_points_of_before_are_spent_like_all_others(world: World) -> None:
    await world.apply()
    ada = await world.enrol("Ada", card="7001", brand="grocer")
    done = await carry_over(world, BOOKS)
    assert (done.members, done.enrolled, done.repeated) == (2, 1, False)
    assert [(one.code, one.lots, one.points) for one in done.issuers] == [
        ("bakery", 1, 250), ("grocer", 2, 1500),
    ]  # fmt: skip
    assert (await world.balance(ada)).available == 1250
    bo = await _member(world, "7002")
    assert (await world.balance(bo)).available == 500
    assert await world.rows(
        "SELECT issuer_id, points, expires_on, earned_at FROM lot WHERE member_id = $1"
        " ORDER BY seq",
        ada.member_id,
    ) == [
        (world.partner("grocer").id, 1000, date(2027, 5, 31), datetime(2025, 6, 1, 4, tzinfo=UTC)),
        (world.partner("bakery").id, 250, None, datetime(2025, 12, 24, 5, tzinfo=UTC)),
    ]
    # What ends first goes first, whoever gave it.
    await world.redeem("bakery", ada, 1100)
    assert (await world.balance(ada)).available == 150
    await assert_books_balance(world)


async def test_nobody_is_billed_for_them_again_and_the_roll_forward_shows_them(
    world: World,
) -> None:
    await world.apply()
    await carry_over(world, BOOKS)
    ada = await _member(world, "7001")
    await world.award("grocer", ada, "100.00")
    await world.redeem("bakery", ada, 300)
    world.now = datetime(2026, 4, 2, tzinfo=UTC)
    await world.close("2026-03")
    statement = (await world.statements("2026-03"))["grocer"]
    assert [(line.kind, line.points, str(line.amount.amount)) for line in statement.lines] == [
        ("ISSUANCE", 100, "1.00")
    ]
    rolls = await _roll(world, "2026-03")
    grocer = rolls["grocer"]
    assert (grocer.opening, grocer.period.opened, grocer.period.issued) == (0, 1500, 100)
    assert (grocer.period.redeemed, grocer.closing) == (300, 1300)
    assert rolls["bakery"].closing == 250
    await assert_books_balance(world)


async def test_what_was_not_paid_before_is_billed_when_it_is_spent(world: World) -> None:
    later = an_agreement(valid_from="2026-01-01")
    old = an_agreement(valid_until="2026-01-01", paid_at_issuance="0")
    await world.apply(brands=[a_grocer(agreements=[old, later]), a_bakery()])
    books = BOOKS.but(rows=BOOKS.rows[:2], signed={"grocer": (2, 1500, "when_spent")})
    with pytest.raises(opening.TermsMissing, match="paid_at_issuance 0"):
        await carry_over(world, BOOKS)
    await carry_over(world, books)
    ada = await _member(world, "7001")
    await world.award("grocer", ada, "100.00")
    await world.redeem("bakery", ada, 1050)
    world.now = datetime(2026, 4, 2, tzinfo=UTC)
    await world.close("2026-03")
    statement = (await world.statements("2026-03"))["grocer"]
    assert [(line.kind, line.points, str(line.amount.amount)) for line in statement.lines] == [
        ("ISSUANCE", 100, "1.00"), ("OWN_POINTS_REDEEMED", 1000, "7.50"),
    ]  # fmt: skip
    (own,) = [line for line in statement.lines if line.kind == "OWN_POINTS_REDEEMED"]
    pages = [page async for page in settlement.all_line_details(world.database, statement, own)]
    assert [(one.points, one.reference) for page in pages for one in page] == [(1000, None)]
    await assert_books_balance(world)


async def test_a_member_sees_where_its_points_come_from(world: World) -> None:
    await world.apply()
    await carry_over(world, BOOKS)
    ada = await _member(world, "7001")
    before = datetime.now(UTC)
    async with world.database.reading(EVERYTHING) as connection:
        history = await ledger.history_of(connection, ada.member_id, before=None, limit=10)
    assert [(one.kind, one.points) for one in history] == [
        (ledger.Kind.OPENING, 250), (ledger.Kind.OPENING, 1000),
    ]  # fmt: skip
    then = await ledger.balance_then(
        world.database, ada.member_id, at=before, day=date(2026, 3, 15)
    )
    assert then.available == 1250


async def test_points_of_before_pay_a_debt_first(world: World) -> None:
    await world.apply(
        returns={"clawback": "unlimited", "shortfall_payer": "issuer", "debt_limit": "1000"}
    )
    ada = await world.enrol("Ada", card="7001", brand="grocer")
    award = await world.award("grocer", ada, "100.00")
    await world.redeem("bakery", ada, 100)
    await world.bring_back("grocer", award.place)
    assert (await world.balance(ada)).owed == 100
    rows = [a_lot("G-1", 60, "7001"), a_lot("G-2", 60, "7001")]
    await carry_over(world, OldBooks(rows))
    balance = await world.balance(ada)
    assert (balance.available, balance.owed) == (20, 0)
    await assert_books_balance(world)


async def test_a_late_file_goes_into_the_next_open_period(world: World) -> None:
    await world.apply()
    ada = await world.enrol("Ada", card="7001", brand="grocer")
    await world.award("grocer", ada, "1.00", at=datetime(2026, 2, 10, tzinfo=UTC))
    await world.close("2026-02")
    await carry_over(world, BOOKS.but(as_of="2026-02-15T00:00:00Z"))
    labels = await world.rows(
        "SELECT DISTINCT p.label FROM entry e JOIN period p ON p.id = e.period_id WHERE kind = 9"
    )
    assert labels == [("2026-03",)]
    await assert_books_balance(world)


async def test_the_same_file_twice_is_done_once_also_at_the_same_time(world: World) -> None:
    await world.apply()
    first, second = await asyncio.gather(carry_over(world, BOOKS), carry_over(world, BOOKS))
    assert {first.repeated, second.repeated} == {False, True}
    async with nothing_moves(world):
        packed = await carry_over(world, BOOKS, compression="GZIP")
        assert (packed.repeated, packed.opening_id) == (True, first.opening_id)
    assert await world.rows("SELECT sum(points)::int FROM lot") == [(1750,)]
    await assert_books_balance(world)


async def test_lots_of_another_file_are_not_carried_over_twice(world: World) -> None:
    await world.apply()
    await carry_over(world, BOOKS)
    again = BOOKS.but(rows=[*BOOKS.rows[1:], a_lot("G-3", 7, "7001")])
    async with nothing_moves(world):
        with pytest.raises(opening.LotsCarriedBefore, match=r"2 lots .*line 5, 6"):
            await carry_over(world, again)
    await carry_over(world, BOOKS.but(rows=[a_lot("G-3", 7, "7001")]))
    await assert_books_balance(world)


async def test_nobody_is_enrolled_unasked(world: World) -> None:
    await world.apply()
    await world.enrol("Ada", card="7001", brand="grocer")
    async with nothing_moves(world):
        with pytest.raises(opening.MembersUnknown, match=r"1 rows .*line 6.*--enrol"):
            await carry_over(world, BOOKS, enrol=False)
    await carry_over(world, BOOKS.but(rows=BOOKS.rows[:1]), enrol=False)


async def test_an_address_names_a_member_at_its_issuer_only(world: World) -> None:
    await world.apply()
    rows = [
        a_lot("G-1", 10, email="Ada@Example.com"), a_lot("G-2", 20, email="ada@example.com"),
        a_lot("B-1", 30, email="ada@example.com", issuer="bakery"),
        a_lot("G-3", 40, externalId="m-1"),
    ]  # fmt: skip
    done = await carry_over(world, OldBooks(rows))
    assert (done.members, done.enrolled) == (3, 3)
    assert sorted(await world.rows("SELECT points FROM balance")) == [(30,), (30,), (40,)]
    await assert_books_balance(world)


async def test_a_closed_member_or_a_blocked_card_is_told_by_its_line(world: World) -> None:
    await world.apply()
    await world.enrol("Ada", card="7001", brand="grocer")
    await world.corrupt("UPDATE identifier SET state = 'blocked' WHERE value = '7001'")
    async with nothing_moves(world):
        with pytest.raises(opening.MembersNotEarning, match="2 rows"):
            await carry_over(world, BOOKS)


async def test_only_the_operator_carries_over(world: World) -> None:
    await world.apply()
    async with nothing_moves(world):
        with pytest.raises(NotAllowed):
            await opening.carry_over(
                world.office, actor=world.actor("grocer"),
                request=opening.OpeningRequest("CSV", "NONE", "x", enrol=True),
                pieces=_nothing(), now=world.now,
            )  # fmt: skip


async def _nothing() -> AsyncIterator[bytes]:
    yield b""


BAD: dict[str, tuple[bytes, str, int | None]] = {
    "nothing": (b"", "FILE_CONTRACT_BROKEN", None),
    "cut off": (BOOKS.csv()[:-30], "FILE_CONTRACT_BROKEN", 7),
    "cut off behind a row": (BOOKS.csv().rpartition(b"TRAILER")[0], "FILE_CONTRACT_BROKEN", None),
    "no rows": (BOOKS.but(rows=[]).csv(), "FILE_CONTRACT_BROKEN", 3),
    "other rows": (BOOKS.but(trailer=(4, 1750)).csv(), "FILE_TRAILER_WRONG", 8),
    "other points": (BOOKS.but(trailer=(3, 1751)).csv(), "FILE_TRAILER_WRONG", 8),
    "signed for more lots": (
        BOOKS.but(signed={"grocer": (3, 1500, "paid")}).csv(), "OPENING_TOTALS_WRONG", 3,
    ),
    "signed for other points": (
        BOOKS.but(signed={"bakery": (1, 251, "paid")}).csv(), "OPENING_TOTALS_WRONG", 2,
    ),
    "signed for an issuer without rows": (
        BOOKS.but(rows=BOOKS.rows[:2], signed={"bakery": (1, 1, "paid")}).csv(),
        "OPENING_TOTALS_WRONG", 3,
    ),
    "nobody signed": (
        BOOKS.csv().replace(b"ISSUER,bakery,1,250,paid\n", b""), "FILE_CONTRACT_BROKEN", 6,
    ),
    "signed twice": (
        BOOKS.csv().replace(b"ISSUER,bakery", b"ISSUER,grocer"), "FILE_CONTRACT_BROKEN", 3,
    ),
    "an issuer that there is not": (
        BOOKS.csv().replace(b"ISSUER,bakery", b"ISSUER,butcher"), "FILE_CONTRACT_BROKEN", 2,
    ),
    "billed in no way": (
        BOOKS.but(signed={"bakery": (1, 250, "maybe")}).csv(), "FILE_CONTRACT_BROKEN", 2,
    ),
    "billed when spent, and the terms say otherwise": (
        BOOKS.but(signed={"bakery": (1, 250, "when_spent")}).csv(), "OPENING_TERMS_MISSING", 7,
    ),
    "earned before anything was agreed": (
        BOOKS.but(rows=[a_lot("G-1", 1, "7001", earnedOn="2024-12-31")]).csv(),
        "OPENING_TERMS_MISSING", 4,
    ),
    "earned tomorrow": (
        BOOKS.but(rows=[a_lot("G-1", 1, "7001", earnedOn="2026-03-02")]).csv(),
        "FILE_CONTRACT_BROKEN", 4,
    ),
    "read tomorrow": (BOOKS.but(as_of="2026-03-16T00:00:00Z").csv(), "FILE_CONTRACT_BROKEN", 1),
    "ended before": (
        BOOKS.but(rows=[a_lot("G-1", 1, "7001", expiresOn="2026-03-14")]).csv(),
        "FILE_CONTRACT_BROKEN", 4,
    ),
    "a day in another spelling": (
        BOOKS.but(rows=[a_lot("G-1", 1, "7001", earnedOn="20250601")]).csv(),
        "FILE_CONTRACT_BROKEN", 4,
    ),
    "a lot twice": (
        BOOKS.but(rows=[a_lot("G-1", 1, "7001"), a_lot("G-1", 1, "7002")]).csv(),
        "OPENING_LOTS_CARRIED_BEFORE", None,
    ),
    "no name of its own": (
        BOOKS.but(rows=[a_lot("", 1, "7001")]).csv(), "FILE_CONTRACT_BROKEN", 4,
    ),
    "a formula": (BOOKS.but(rows=[a_lot("=1+1", 1, "7001")]).csv(), "FILE_FORMULA", 4),
    "a NUL": (BOOKS.but(rows=[a_lot("a\0b", 1, "7001")]).csv(), "FILE_CONTRACT_BROKEN", 4),
    "of nobody": (BOOKS.but(rows=[a_lot("G-1", 1)]).csv(), "FILE_CONTRACT_BROKEN", 4),
    "of two": (
        BOOKS.but(rows=[a_lot("G-1", 1, "7001", email="a@b.example")]).csv(),
        "FILE_CONTRACT_BROKEN", 4,
    ),
    "no points": (BOOKS.but(rows=[a_lot("G-1", 0, "7001")]).csv(), "FILE_CONTRACT_BROKEN", 4),
    "points below nothing": (
        BOOKS.but(rows=[a_lot("G-1", "-5", "7001")]).csv(), "FILE_CONTRACT_BROKEN", 4,
    ),
    "points that are no number": (
        BOOKS.but(rows=[a_lot("G-1", "NaN", "7001")]).csv(), "FILE_CONTRACT_BROKEN", 4,
    ),
    "more points than can be held": (
        BOOKS.but(rows=[a_lot("G-1", 2**63, "7001")], signed={"grocer": (1, 1, "paid")}).csv(),
        "FILE_CONTRACT_BROKEN", 4,
    ),
    "points that sum to more than can be held": (
        BOOKS.but(
            rows=[a_lot("G-1", 2**62, "7001"), a_lot("G-2", 2**62, "7001")],
            signed={"grocer": (1, 1, "paid")},
        ).csv(),
        "FILE_CONTRACT_BROKEN", 5,
    ),
    "a column that there is not": (
        BOOKS.csv().replace(b"expiresOn", b"endsOn", 1), "FILE_CONTRACT_BROKEN", 4,
    ),
    "a column twice": (
        BOOKS.csv().replace(b"expiresOn", b"earnedOn", 1), "FILE_CONTRACT_BROKEN", 4,
    ),
    "another encoding": (BOOKS.csv().replace(b"G-1", b"G\xe9"), "FILE_BROKEN", 5),
    "totals behind the rows": (
        BOOKS.csv().replace(b"TRAILER", b"ISSUER,fuel,0,0,paid\nTRAILER"), "FILE_CONTRACT_BROKEN",
        8,
    ),
}  # fmt: skip


async def test_a_bad_file_is_refused_with_its_line_and_nothing_moves(world: World) -> None:
    await world.apply(brands=[a_bakery(), a_grocer(), a_fuel()])
    found = {}
    async with nothing_moves(world):
        for what, (content, _, _) in BAD.items():
            try:
                await carry_over(world, content)
            except Refusal as refused:
                found[what] = (refused.code, getattr(refused, "line", None))
    assert found == {what: (code, line) for what, (_, code, line) in BAD.items()}


async def test_both_formats_say_the_same(world: World) -> None:
    await world.apply()
    done = await carry_over(world, BOOKS.ndjson(), format_="NDJSON")
    assert [(one.code, one.points) for one in done.issuers] == [("bakery", 250), ("grocer", 1500)]
    saved = b"\xef\xbb\xbf" + BOOKS.csv().replace(b"\n", b"\r\n")
    with pytest.raises(opening.LotsCarriedBefore):
        await carry_over(world, saved)


async def test_an_opening_that_was_changed_by_hand_is_named(world: World) -> None:
    await world.apply()
    await carry_over(world, BOOKS)
    await world.corrupt("UPDATE opening_lot SET points = points + 1 WHERE lot = 'G-2'")
    (check,) = opening.OPENING_CHECKS
    rows = [row async for one in ledger.broken_laws(world.database, [check]) for row in one.rows]
    assert len(rows) == 2
    assert "signed for 2 lots of 1500 points; there are 2 of 1501" in rows[0]
