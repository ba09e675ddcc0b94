"""The same receipts always make the same story."""

from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from coalition.demo.receipts import Receipt
from coalition.demo.story import (
    ENOUGH_TO_SPEND,
    Member,
    Spend,
    Way,
    card_of,
    return_of,
    spend_of,
    weeks_between,
)

ZONE = ZoneInfo("America/New_York")
BRANDS = ("fuel", "grocer", "pharmacy")
LAST = datetime(2017, 2, 28, 20, tzinfo=ZONE)
(WEEK, *_) = weeks_between(datetime(2017, 1, 1, tzinfo=ZONE), LAST)


def a_receipt(number: int, at: datetime = LAST, cents: int = 2000) -> Receipt:
    return Receipt(at, "grocer", "1", str(number), "7", cents)


def a_member(points: int = 1_234, brand: str = "grocer") -> Member:
    return Member(card_of("7"), brand, WEEK.starts_at + timedelta(days=3), points)


def a_spend(number: int, points: int = 1_234) -> Spend:
    spend = spend_of(a_member(points), number, BRANDS, WEEK, LAST)
    assert spend is not None
    return spend


def test_weeks_cover_every_day_once_and_end_with_their_month() -> None:
    weeks = list(weeks_between(datetime(2017, 1, 16, 12, tzinfo=ZONE), LAST))
    assert weeks[0].starts_at == datetime(2017, 1, 1, tzinfo=ZONE)
    assert all(a.ends_at == b.starts_at for a, b in pairwise(weeks))
    assert [week.month for week in weeks] == ["2017-01"] * 5 + ["2017-02"] * 4
    assert [week.starts_at.day for week in weeks if week.closes_month] == [29, 22]


def test_a_month_that_the_receipts_do_not_reach_the_end_of_stays_open() -> None:
    weeks = list(weeks_between(LAST, LAST - timedelta(days=1)))
    assert not any(week.closes_month for week in weeks)


def test_a_week_has_its_local_days_when_the_clocks_change() -> None:
    march = datetime(2017, 3, 31, tzinfo=ZONE)
    second = list(weeks_between(march, march))[1]
    assert (second.starts_at.day, second.ends_at.day) == (8, 15)
    assert second.ends_at.timestamp() - second.starts_at.timestamp() == (7 * 24 - 1) * 3600


def test_three_of_a_hundred_purchases_come_back_and_half_of_those_in_part() -> None:
    returns = [return_of(a_receipt(number), LAST) for number in range(10_000)]
    assert returns == [return_of(a_receipt(number), LAST) for number in range(10_000)]
    found = [one for one in returns if one is not None]
    assert 240 < len(found) < 360
    partial = [one.cents for one in found if one.cents is not None]
    assert 0.4 < len(partial) / len(found) < 0.6
    assert all(0 < cents < 2000 for cents in partial)


def test_nothing_comes_back_after_the_last_receipt_nor_before_it_was_bought() -> None:
    bought = LAST - timedelta(days=2)
    for number in range(1_000):
        back = return_of(a_receipt(number, bought), LAST)
        assert back is None or bought < back.at <= LAST


def test_one_cent_comes_back_whole() -> None:
    returns = [return_of(a_receipt(number, cents=1), LAST) for number in range(1_000)]
    assert {one.cents for one in returns if one is not None} == {None}


def test_who_has_too_few_points_spends_nothing() -> None:
    assert spend_of(a_member(ENOUGH_TO_SPEND - 1), 1, BRANDS, WEEK, LAST) is None


def test_points_are_spent_elsewhere_in_hundreds_that_the_member_has() -> None:
    for points in range(ENOUGH_TO_SPEND, 3_000, 37):
        spend = a_spend(1, points)
        assert spend == a_spend(1, points)
        assert spend.brand != "grocer"
        assert 0 < spend.points <= points
        assert spend.points % 100 == 0
        assert WEEK.starts_at <= spend.at <= spend.refunded_at < WEEK.ends_at


def test_with_one_brand_alone_points_are_spent_there() -> None:
    spend = spend_of(a_member(), 1, ("grocer",), WEEK, LAST)
    assert spend is not None
    assert spend.brand == "grocer"


def test_every_tenth_is_held_and_captured_every_fifteenth_released_a_few_refunded() -> None:
    spends = [a_spend(number) for number in range(1, 61)]
    assert [one.number for one in spends if one.way is Way.CAPTURE] == [10, 20, 40, 50]
    assert [one.number for one in spends if one.way is Way.RELEASE] == [15, 30, 45, 60]
    assert all(0 < one.captured <= one.points for one in spends)
    refunds = {one.number: (one.refunded, one.points) for one in spends if one.refunded}
    assert list(refunds) == [7, 27, 47]
    assert refunds[7][0] == refunds[7][1]
    assert 0 < refunds[27][0] < refunds[27][1]
