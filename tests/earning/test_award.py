"""A purchase earns once, by the agreement of its own time, however often it is sent."""

import asyncio
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from coalition.earning import MOST_ROWS, AwardOutcome, AwardRequest, Purchase, award_points
from coalition.earning.errors import PurchaseReferenceReused, TooManyRows
from coalition.kit.claims import IdempotencyKeyReused
from coalition.kit.errors import NotAllowed, Refusal
from coalition.members import MemberRef, MemberStatus, block_card, change_status
from coalition.partners import Office, PartnerSuspended
from tests.support import (
    Person,
    World,
    a_bakery,
    a_grocer,
    assert_books_balance,
    nothing_moves,
)

NEW_YORK = ZoneInfo("America/New_York")


async def _send(
    world: World,
    brand: str,
    requests: Sequence[AwardRequest],
    *,
    all_or_nothing: bool = False,
) -> list[AwardOutcome]:
    return await award_points(
        world.office,
        actor=world.actor(brand),
        requests=requests,
        now=world.now,
        all_or_nothing=all_or_nothing,
    )


def _row(world: World, who: Person, amount: str, name: str) -> AwardRequest:
    """A row for the grocer, whose key and reference come from its name."""
    bought = Purchase(f"receipt-{name}", world.now, Decimal(amount), "USD")
    return AwardRequest(f"key-{name}", who.ref, bought)


def _codes(outcomes: Sequence[AwardOutcome]) -> list[str | None]:
    return [one.refusal.code if one.refusal else None for one in outcomes]


async def _available(world: World, *people: Person) -> list[int]:
    return [(await world.balance(who)).available for who in people]


async def _change_status(world: World, who: Person, status: MemberStatus, *, key: str) -> None:
    await change_status(
        world.office,
        actor=world.operator(),
        idempotency_key=f"status-{key}",
        member_id=who.member_id,
        status=status,
        reason="as the story goes",
    )


async def test_ada_earns_whole_points_rounded_down_once_per_purchase(world: World) -> None:
    await world.apply(brands=[a_grocer(points_per_unit="0.7"), a_bakery()])
    ada = await world.enrol("Ada")
    first = await world.award("grocer", ada, "19.99")
    second = await world.award("grocer", ada, "2.85")
    assert first.record is not None
    assert (first.record.points, first.record.amount, first.record.basis) == (13, 1999, 1999)
    assert second.record is not None
    assert second.record.points == 1
    assert await _available(world, ada) == [14]
    await assert_books_balance(world)


async def test_a_purchase_posted_late_earns_by_the_agreement_of_its_own_time(world: World) -> None:
    later = {"valid_from": "2026-02-01", "points_per_unit": "3"}
    await world.apply(brands=[a_grocer(later=[later])])
    ada = await world.enrol("Ada")
    midnight = datetime(2026, 2, 1, tzinfo=NEW_YORK)
    before = await world.award("grocer", ada, "10", at=midnight - timedelta(milliseconds=1))
    after = await world.award("grocer", ada, "10", at=midnight)
    assert before.record is not None
    assert after.record is not None
    assert (before.record.points, after.record.points) == (10, 30)
    await assert_books_balance(world)


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"at": datetime(2024, 12, 31, 12, tzinfo=UTC)}, "NO_AGREEMENT_ON_DATE", "purchasedAt"),
        ({"at": datetime(2026, 3, 15, 12, 5, 1, tzinfo=UTC)}, "IN_THE_FUTURE", "purchasedAt"),
        ({"at": datetime(2024, 11, 15, 12, tzinfo=UTC)}, "TOO_LONG_AGO", "purchasedAt"),
        ({"currency": "EUR"}, "CURRENCY_NOT_AGREED", "amount currency"),
        ({"amount": "10.001"}, "AMOUNT_TOO_PRECISE", "amount amount"),
        ({"amount": "0"}, "AMOUNT_NOT_POSITIVE", "amount"),
        ({"amount": "-5"}, "AMOUNT_NOT_POSITIVE", "amount"),
        ({"amount": "0.99"}, "NOTHING_EARNED", "amount"),
        ({"reference": "two\nlines"}, "TEXT_NOT_ALLOWED", "reference"),
    ],
    ids=lambda value: value if isinstance(value, str) and value.isupper() else "",
)
async def test_what_the_rules_refuse_leaves_no_trace(
    world: World, changes: dict[str, object], code: str, field: str
) -> None:
    await world.apply(late_purchase_days="480")
    ada = await world.enrol("Ada")
    bought = {"reference": "receipt", "at": world.now, "amount": "10", "currency": "USD"} | changes
    at = bought["at"]
    assert isinstance(at, datetime)
    purchase = Purchase(
        str(bought["reference"]), at, Decimal(str(bought["amount"])), str(bought["currency"])
    )
    async with nothing_moves(world):
        (outcome,) = await _send(world, "grocer", [AwardRequest("key", ada.ref, purchase)])
    assert outcome.refusal is not None
    assert outcome.refusal.code == code
    assert outcome.refusal.field == ("purchase", *field.split())
    await assert_books_balance(world)


async def test_a_tills_clock_may_be_five_minutes_fast(world: World) -> None:
    await world.apply()
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "10", at=world.now + timedelta(minutes=5))
    assert (await world.balance(ada)).pending == 10
    world.now += timedelta(minutes=5)
    assert await _available(world, ada) == [10]
    await assert_books_balance(world)


async def test_who_may_not_earn_is_refused_and_who_is_locked_still_earns(world: World) -> None:
    await world.apply()
    people = {status: await world.enrol(status.title()) for status in MemberStatus}
    for status, who in people.items():
        if status is not MemberStatus.ACTIVE:
            await _change_status(world, who, status, key=status)
    cleo = await world.enrol("Cleo")
    await block_card(
        world.office,
        actor=world.actor("bakery"),
        idempotency_key="block",
        card=cleo.card,
        reason="lost",
    )
    nobody = Person("Nobody", 0, "0000")
    refused = [people[MemberStatus.CLOSED], people[MemberStatus.SUSPENDED], cleo, nobody]
    async with nothing_moves(world):
        outcomes = await _send(
            world, "grocer", [_row(world, who, "10", who.name) for who in refused]
        )
    assert _codes(outcomes) == [
        "MEMBER_CLOSED",
        "MEMBER_SUSPENDED",
        "IDENTIFIER_BLOCKED",
        "MEMBER_NOT_FOUND",
    ]
    assert all(one.refusal is not None and one.refusal.field == ("member",) for one in outcomes)
    for status in (MemberStatus.ACTIVE, MemberStatus.LOCKED):
        await world.award("grocer", people[status], "10")
    assert await _available(world, *people.values()) == [10, 10, 0, 0]
    await assert_books_balance(world)


async def test_a_suspended_partner_awards_nothing_but_is_told_of_what_it_awarded(
    world: World,
) -> None:
    await world.apply()
    ada = await world.enrol("Ada")
    done = await world.award("grocer", ada, "10", key="before", reference="receipt")
    await world.apply(brands=[a_bakery(), a_grocer(status="suspended")])
    async with nothing_moves(world):
        with pytest.raises(PartnerSuspended):
            await world.award("grocer", ada, "10")
        again = await world.award("grocer", ada, "10", key="before", reference="receipt")
    assert (again.replayed, again.place) == (True, done.place)
    await assert_books_balance(world)


async def test_the_operator_awards_nothing(world: World) -> None:
    await world.apply()
    ada = await world.enrol("Ada")
    async with nothing_moves(world):
        with pytest.raises(NotAllowed):
            await award_points(
                world.office,
                actor=world.operator(),
                requests=[_row(world, ada, "10", "1")],
                now=world.now,
            )


async def test_the_same_request_again_is_answered_with_the_first_award(world: World) -> None:
    await world.apply()
    ada = await world.enrol("Ada")
    first = await world.award("grocer", ada, "19.90", key="k", reference="receipt")
    asked_at = world.now
    world.now += timedelta(days=400)
    async with nothing_moves(world):
        again = await world.award(
            "grocer", ada, "19.9", key="k", reference="receipt", at=asked_at.astimezone(NEW_YORK)
        )
    assert (again.replayed, again.place, again.record) == (True, first.place, None)
    await assert_books_balance(world)


@pytest.mark.parametrize("changes", [{"amount": "20"}, {"reference": "other"}, {"who": "Bo"}])
async def test_a_key_is_not_taken_for_another_request(
    world: World, changes: dict[str, str]
) -> None:
    await world.apply()
    people = {"Ada": await world.enrol("Ada"), "Bo": await world.enrol("Bo")}
    asked = {"who": "Ada", "amount": "10", "reference": "receipt"}
    await world.award("grocer", people["Ada"], "10", key="k", reference="receipt")
    asked |= changes
    async with nothing_moves(world):
        with pytest.raises(IdempotencyKeyReused):
            await world.award(
                "grocer", people[asked["who"]], asked["amount"], key="k",
                reference=asked["reference"],
            )  # fmt: skip
    await assert_books_balance(world)


async def test_the_same_receipt_under_another_key_is_refused_whoever_shows_it(
    world: World,
) -> None:
    await world.apply()
    ada, bo = await world.enrol("Ada"), await world.enrol("Bo")
    await world.award("grocer", ada, "10", reference="receipt")
    async with nothing_moves(world):
        for who in (ada, bo):
            with pytest.raises(PurchaseReferenceReused):
                await world.award("grocer", who, "10", reference=" receipt ")
    await assert_books_balance(world)


async def test_a_key_and_a_receipt_belong_to_one_partner(world: World) -> None:
    await world.apply()
    ada = await world.enrol("Ada")
    for brand in ("grocer", "bakery"):
        outcome = await world.award(brand, ada, "10", key="k", reference="receipt")
        assert not outcome.replayed
    assert await _available(world, ada) == [30]
    await assert_books_balance(world)


async def test_fifty_times_the_same_key_at_once_is_one_award(world: World) -> None:
    await world.apply()
    ada = await world.enrol("Ada")
    outcomes = await asyncio.gather(
        *(world.award("grocer", ada, "10", key="k", reference="receipt") for _ in range(50))
    )
    assert sum(one.replayed for one in outcomes) == 49
    assert len({one.place for one in outcomes}) == 1
    assert await _available(world, ada) == [10]
    await assert_books_balance(world)


async def test_one_key_for_two_people_at_once_serves_one_of_them(world: World) -> None:
    await world.apply()
    people = [await world.enrol("Ada"), await world.enrol("Bo")]
    outcomes = await asyncio.gather(
        *(
            world.award("grocer", who, "10", key="k", reference="receipt")
            for _ in range(10)
            for who in people
        ),
        return_exceptions=True,
    )
    refused = [one for one in outcomes if isinstance(one, BaseException)]
    assert all(isinstance(one, IdempotencyKeyReused) for one in refused)
    assert len(refused) == 10
    assert sorted(await _available(world, *people)) == [0, 10]
    await assert_books_balance(world)


async def test_a_refused_key_may_be_used_again_for_the_same_request(world: World) -> None:
    await world.apply()
    ada = await world.enrol("Ada")
    await _change_status(world, ada, MemberStatus.SUSPENDED, key="1")
    with pytest.raises(Refusal):
        await world.award("grocer", ada, "10", key="k", reference="receipt")
    await _change_status(world, ada, MemberStatus.ACTIVE, key="2")
    outcome = await world.award("grocer", ada, "10", key="k", reference="receipt")
    assert not outcome.replayed
    await assert_books_balance(world)


async def test_a_batch_has_one_to_a_thousand_rows(world: World) -> None:
    await world.apply()
    people = [await world.enrol(name) for name in ("Ada", "Bo", "Cleo")]
    rows = [_row(world, people[place % 3], "10", str(place)) for place in range(MOST_ROWS + 1)]
    async with nothing_moves(world):
        for wrong in (rows, []):
            with pytest.raises(TooManyRows):
                await _send(world, "grocer", wrong)
    outcomes = await _send(world, "grocer", rows[:MOST_ROWS])
    assert all(one.record is not None for one in outcomes)
    assert await _available(world, *people) == [3340, 3330, 3330]
    await assert_books_balance(world)


async def test_a_repeat_inside_a_batch_is_replayed_or_refused(world: World) -> None:
    await world.apply()
    ada, bo = await world.enrol("Ada"), await world.enrol("Bo")
    first = _row(world, ada, "10", "1")
    other_key = AwardRequest("key-2", bo.ref, first.purchase)
    outcomes = await _send(
        world, "grocer", [first, first, _row(world, ada, "11", "1"), other_key, first]
    )
    assert [one.replayed for one in outcomes] == [False, True, False, False, True]
    assert _codes(outcomes) == [
        None, None, "IDEMPOTENCY_KEY_REUSED", "PURCHASE_REFERENCE_REUSED", None,
    ]  # fmt: skip
    assert outcomes[1].place == outcomes[4].place == outcomes[0].place
    assert await _available(world, ada, bo) == [10, 0]
    await assert_books_balance(world)


async def test_a_bad_row_rejects_the_whole_batch_when_all_or_nothing_is_asked(
    world: World,
) -> None:
    await world.apply()
    ada, nobody = await world.enrol("Ada"), Person("Nobody", 0, "0000")
    known = _row(world, ada, "5", "known")
    await _send(world, "grocer", [known])
    rows = [_row(world, ada, "10", "1"), _row(world, nobody, "10", "2"), known]
    rows.append(rows[0])
    async with nothing_moves(world):
        outcomes = await _send(world, "grocer", rows, all_or_nothing=True)
    assert _codes(outcomes) == ["BATCH_REJECTED", "MEMBER_NOT_FOUND", None, "BATCH_REJECTED"]
    good = [rows[0], known]
    outcomes = await _send(world, "grocer", good, all_or_nothing=True)
    assert [one.replayed for one in outcomes] == [False, True]
    assert await _available(world, ada) == [15]
    await assert_books_balance(world)


async def test_a_bad_row_fails_alone_when_each_row_stands_for_itself(world: World) -> None:
    await world.apply()
    ada = await world.enrol("Ada")
    rows = [
        _row(world, ada, "10", "1"),
        _row(world, Person("Nobody", 0, "0000"), "10", "2"),
        _row(world, ada, "0.10", "3"),
        AwardRequest("no key at all", ada.ref, world.purchase("grocer", "10")),
        _row(world, ada, "20", "4"),
    ]
    outcomes = await _send(world, "grocer", rows)
    assert _codes(outcomes) == [
        None, "MEMBER_NOT_FOUND", "NOTHING_EARNED", "IDEMPOTENCY_KEY_NOT_ALLOWED", None,
    ]  # fmt: skip
    assert await _available(world, ada) == [30]
    await assert_books_balance(world)


async def test_one_batch_singles_and_any_order_give_the_same_balances_and_lots(
    world: World,
) -> None:
    await world.apply(expiry={"kind": "rolling", "months": "12"}, pending_days="20")
    chance = random.Random(20260315)  # noqa: S311 - a fixed order, no secret
    bought = [
        (chance.randrange(3), f"{chance.randrange(100, 9999) / 100}", chance.randrange(60))
        for _ in range(45)
    ]
    shown = []
    for way in ("batch", "singles", "shuffled"):
        people = [await world.enrol(name) for name in ("Ada", "Bo", "Cleo")]
        rows = [
            AwardRequest(
                f"{way}-{place}",
                people[who].ref,
                Purchase(
                    f"{way}-{place}", world.now - timedelta(days=days), Decimal(amount), "USD"
                ),
            )
            for place, (who, amount, days) in enumerate(bought)
        ]
        match way:
            case "batch":
                await _send(world, "grocer", rows)
            case "singles":
                await asyncio.gather(*(_send(world, "grocer", [row]) for row in rows))
            case _:
                chance.shuffle(rows)
                for start in range(0, len(rows), 7):
                    await _send(world, "grocer", rows[start : start + 7])
        balances = [await world.balance(who) for who in people]
        lots = await world.rows(
            "SELECT array_position($1::bigint[], member_id), points, remaining, earned_at,"
            " spendable_from, expires_on FROM lot WHERE member_id = ANY ($1)"
            " ORDER BY 1, 2, 4",
            [who.member_id for who in people],
        )
        shown.append((balances, lots))
    assert shown[0] == shown[1] == shown[2]
    assert {one.pending > 0 for one in shown[0][0]} == {True}
    await assert_books_balance(world)


async def test_overlapping_batches_at_once_never_wait_for_each_other_in_a_ring(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.apply()
    people = [await world.enrol(f"Member {number}") for number in range(12)]
    orders = [people, people[::-1], people[6:] + people[:6], people[::2] + people[1::2]]
    # A deadlock would be tried again in silence; here it must not even happen.
    monkeypatch.setattr("coalition.kit.database._TRY_AGAIN", ())
    outcomes = await asyncio.gather(
        *(
            _send(
                world, "grocer",
                [_row(world, who, "10", f"{turn}-{who.member_id}") for who in orders[turn % 4]],
            )
            for turn in range(24)
        )
    )  # fmt: skip
    assert all(one.record is not None for answers in outcomes for one in answers)
    assert await _available(world, *people) == [240] * 12
    await assert_books_balance(world)


async def test_terms_applied_in_between_hold_at_once_for_an_office_that_knows_older_ones(
    world: World,
) -> None:
    await world.apply(brands=[a_bakery(), a_grocer()])
    ada = await world.enrol("Ada")
    till = Office(world.database)
    assert len((await till.terms()).partner(world.partner("grocer").id).agreements) == 1
    later = {"valid_from": "2026-03-01", "points_per_unit": "5"}
    await world.apply(brands=[a_bakery(), a_grocer(later=[later])])
    world.office = till
    outcome = await world.award("grocer", ada, "10")
    assert outcome.record is not None
    assert outcome.record.points == 50
    await assert_books_balance(world)


async def test_an_award_may_name_the_member_by_the_partners_own_identifiers_only(
    world: World,
) -> None:
    await world.apply()
    await world.enrol("Ada")
    async with nothing_moves(world):
        for kind, value in (("EMAIL", "ada@example.test"), ("EXTERNAL", "7"), ("ID", "99")):
            bought = world.purchase("grocer", "10")
            (outcome,) = await _send(
                world, "grocer", [AwardRequest("k", MemberRef(kind, value), bought)]
            )
            assert _codes([outcome]) == ["MEMBER_NOT_FOUND"]
