"""Each kind of reward goes its own way, and no other; what is given back is there again."""

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest

from coalition.catalogue import (
    ClaimState,
    MoneyState,
    RewardKind,
    Texts,
    draw_prize,
    draws_of,
    put_reward,
    texts_for,
    winners_of,
    withdraw_reward,
)
from coalition.catalogue.errors import (
    ClaimNotCancellable,
    ClaimNotFound,
    ClaimStepNotPossible,
    DrawNotOver,
    PrizeDrawBegun,
    RewardKindFixed,
    RewardNotAvailable,
    RewardNotFound,
    RewardNotValid,
    VoucherCancelled,
    VoucherExpired,
    VoucherNotFound,
    VoucherUsed,
)
from coalition.kit.database import EVERYTHING
from tests.support import Person, World, assert_books_balance, nothing_moves
from tests.support.catalogue import Counter, a_reward, a_voucher


async def _rich(world: World, name: str = "Ada") -> Person:
    who = await world.enrol(name)
    await world.award("grocer", who, "5000.00")
    return who


async def test_a_voucher_is_given_back_in_its_time_and_its_code_is_dead(
    world: World, counter: Counter
) -> None:
    ada = await _rich(world)
    voucher = await counter.put("bakery", a_voucher())
    await counter.load("bakery", voucher, "ONE", "TWO")
    first = await counter.claim(ada, voucher)
    world.now += timedelta(hours=24)
    await counter.cancel(ada, first.place, key="back")
    assert (await counter.record(first.place)).state is ClaimState.CANCELLED
    assert (await world.balance(ada)).available == 5000
    assert (await counter.reward(voucher)).stock == 1
    async with nothing_moves(world):
        assert await counter.cancel(ada, first.place, key="back") is True
        with pytest.raises(VoucherCancelled):
            await counter.use("bakery", "ONE")
        with pytest.raises(ClaimNotCancellable):
            await counter.cancel(ada, first.place)
    second = await counter.claim(ada, voucher)
    world.now += timedelta(hours=24, seconds=1)
    async with nothing_moves(world):
        with pytest.raises(ClaimNotCancellable):
            await counter.cancel(ada, second.place)
    # The brand may still give it back.
    await counter.cancel("bakery", second.place)
    await assert_books_balance(world)


async def test_a_code_is_good_once_at_its_own_brand_until_its_day(
    world: World, counter: Counter
) -> None:
    ada, bo = await _rich(world), await _rich(world, "Bo")
    voucher = await counter.put("bakery", a_voucher(valid_days=1))
    await counter.load("bakery", voucher, "ADA 1", "BO-1", "FREE")
    hers = await counter.claim(ada, voucher)
    await counter.claim(bo, voucher)
    async with nothing_moves(world):
        for brand, code in (("grocer", "ADA1"), ("bakery", "FREE"), ("bakery", "NONE")):
            with pytest.raises(VoucherNotFound):
                await counter.use(brand, code)
    used = await counter.use("bakery", " ADA1 ", key="till-1")
    assert used.claim == hers.place
    async with nothing_moves(world):
        assert (await counter.use("bakery", "ADA1", key="till-1")).replayed
        with pytest.raises(VoucherUsed):
            await counter.use("bakery", "ADA1")
        with pytest.raises(ClaimNotCancellable):
            await counter.cancel(ada, hers.place)
        world.now += timedelta(days=1)
        with pytest.raises(VoucherExpired):
            await counter.use("bakery", "BO-1")


async def test_a_code_is_loaded_once_per_brand_and_told_by_its_place(counter: Counter) -> None:
    voucher = await counter.put("bakery", a_voucher())
    other = await counter.put("bakery", a_voucher(code="ten-off"))
    assert (await counter.load("bakery", voucher, "A", "B")).loaded == 2
    found = await counter.load("bakery", other, "C", "A", "C", "", "D")
    assert [(one.place, one.code) for one in found.refused] == [
        (1, "CODE_KNOWN"), (2, "CODE_KNOWN"), (3, "TEXT_NOT_ALLOWED"),
    ]  # fmt: skip
    assert (found.loaded, (await counter.reward(other)).stock) == (2, 2)
    with pytest.raises(RewardNotFound):
        await counter.load("grocer", voucher, "E")


async def test_an_item_is_sent_and_handed_over_and_its_money_is_paid_back(
    world: World, counter: Counter
) -> None:
    ada = await _rich(world)
    kettle = await counter.put(
        "bakery", a_reward(code="kettle", stock=3, money=1500, cancel_hours=48)
    )
    kept, returned = await counter.claim(ada, kettle), await counter.claim(ada, kettle)
    for claim in (kept, returned):
        await counter.advance("bakery", claim.place, MoneyState.PAID)
    assert await counter.advance("bakery", kept.place, ClaimState.SENT) is False
    assert await counter.advance("bakery", kept.place, ClaimState.SENT) is True
    async with nothing_moves(world):
        with pytest.raises(ClaimNotCancellable):
            await counter.cancel(ada, kept.place)
        with pytest.raises(ClaimNotFound):
            await counter.advance("grocer", kept.place, ClaimState.DONE)
        with pytest.raises(ClaimStepNotPossible):
            await counter.advance("bakery", kept.place, ClaimState.WON)
    await counter.advance("bakery", kept.place, ClaimState.DONE)
    await counter.cancel(ada, returned.place)
    record = await counter.record(returned.place)
    assert (record.money_state, (await counter.reward(kettle)).stock) == (MoneyState.TO_REPAY, 2)
    await counter.advance("bakery", returned.place, MoneyState.REPAID)
    await assert_books_balance(world)


async def test_cash_back_is_owed_until_it_is_paid_and_a_donation_is_done_at_once(
    world: World, counter: Counter
) -> None:
    ada = await _rich(world)
    cash = await counter.put(
        "bakery",
        a_reward(code="cash", kind=RewardKind.CASH_BACK, face_value=500, cancel_hours=24),
    )
    gift = await counter.put(
        "grocer",
        a_reward(
            code="food-bank", kind=RewardKind.DONATION, face_value=500, charity="City Food Bank"
        ),
    )
    owed, given = await counter.claim(ada, cash), await counter.claim(ada, gift)
    assert (await counter.record(owed.place)).state is ClaimState.CLAIMED
    assert (await counter.record(given.place)).state is ClaimState.DONE
    await counter.advance("bakery", owed.place, ClaimState.DONE)
    async with nothing_moves(world):
        for who, claim in ((ada, owed), (ada, given), ("grocer", given)):
            with pytest.raises(ClaimNotCancellable):
                await counter.cancel(who, claim.place)


async def test_a_draw_is_decided_by_a_seed_that_was_fixed_before_and_can_be_drawn_again(
    world: World, counter: Counter
) -> None:
    people = [await _rich(world, f"Member {number}") for number in range(6)]
    trip = a_reward(
        code="trip", kind=RewardKind.PRIZE_DRAW, points=10, winners=2, cancel_hours=1,
        until_at=world.now + timedelta(days=7),
    )  # fmt: skip
    draw = await counter.put("bakery", trip)
    async with world.database.reading(EVERYTHING) as connection:
        before = (await draws_of(connection, [draw]))[draw]
    assert before.seed is None
    tickets = [await counter.claim(who, draw) for who in people]
    await counter.cancel(people[3], tickets[3].place)
    async with nothing_moves(world):
        with pytest.raises(PrizeDrawBegun):
            await counter.put("bakery", replace(trip, winners=1))
        with pytest.raises(DrawNotOver):
            await _draw(world, "bakery", draw)
        world.now += timedelta(days=7)
        with pytest.raises(RewardNotAvailable):
            await counter.claim(people[0], draw)
        with pytest.raises(RewardNotFound):
            await _draw(world, "grocer", draw)
    assert await _draw(world, "bakery", draw) is False
    async with nothing_moves(world):
        assert await _draw(world, "bakery", draw) is True
    async with world.database.reading(EVERYTHING) as connection:
        drawn = (await draws_of(connection, [draw]))[draw]
    assert drawn.seed is not None
    assert hashlib.sha256(drawn.seed).digest() == before.commitment
    records = [await counter.record(one.place) for one in tickets]
    won = sorted(one.ticket or 0 for one in records if one.state is ClaimState.WON)
    assert won == sorted(winners_of(drawn.seed, [1, 2, 3, 5, 6], 2))
    assert sum(one.state is ClaimState.LOST for one in records) == 3
    (winner,) = [one for one in records if one.ticket == won[0]]
    await counter.advance("bakery", (winner.member_id, winner.seq), ClaimState.DONE)
    await assert_books_balance(world)


async def _draw(world: World, brand: str, reward: int) -> bool:
    return await draw_prize(world.office, actor=world.actor(brand), reward_id=reward, now=world.now)


async def test_what_is_withdrawn_is_claimed_no_more_until_it_is_put_again(
    world: World, counter: Counter
) -> None:
    ada = await _rich(world)
    coffee = await counter.put("bakery", a_reward())
    actor = world.actor("bakery")
    assert not await withdraw_reward(world.office, actor=actor, reward_id=coffee, now=world.now)
    assert await withdraw_reward(world.office, actor=actor, reward_id=coffee, now=world.now)
    async with nothing_moves(world):
        with pytest.raises(RewardNotAvailable):
            await counter.claim(ada, coffee)
        with pytest.raises(RewardKindFixed):
            await counter.put("bakery", a_voucher(code="coffee"))
    await counter.put("bakery", a_reward())
    await counter.claim(ada, coffee)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"kind": RewardKind.GIFT_CARD}, "faceValue"),
        ({"kind": RewardKind.GIFT_CARD, "face_value": 1, "cancel_hours": 1}, "cancelHours"),
        ({"kind": RewardKind.VOUCHER, "stock": 3}, "stock"),
        ({"kind": RewardKind.PRIZE_DRAW}, "winners"),
        ({"kind": RewardKind.DONATION, "face_value": 5}, "charity"),
        ({"valid_days": 3}, "validDays"),
        ({"tier": "gold"}, "tier"),
        ({"per_member": 0}, "perMember"),
        ({"cost": 5}, "cost"),
    ],
)
async def test_a_reward_says_what_its_kind_needs_and_nothing_else(
    world: World, counter: Counter, wrong: dict[str, object], field: str
) -> None:
    async with nothing_moves(world):
        with pytest.raises(RewardNotValid) as refused:
            await counter.put("bakery", a_reward(**wrong))
    assert refused.value.field == (field,)


async def test_who_reads_none_of_its_languages_reads_the_first_that_was_given(
    world: World, counter: Counter
) -> None:
    given = [("es", Texts("Un café")), ("en", Texts("A coffee")), ("de", Texts("Ein Kaffee"))]
    put = await put_reward(
        world.office, actor=world.actor("bakery"), idempotency_key="in-order", terms=a_reward(),
        texts=given, now=world.now,
    )  # fmt: skip
    texts = (await counter.reward(put.reward_id)).terms.texts
    assert list(texts.items()) == given
    assert (texts_for(texts, None).title, texts_for(texts, "ar").title) == ("Un café", "Un café")
