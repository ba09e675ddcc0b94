"""The demo's own tally would notice a point or a cent too many."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from coalition.demo.tally import Bill, Line, Prices, Tally, prices_at

JANUARY = Prices(datetime(2017, 1, 1, tzinfo=UTC), Decimal("0.0105"), Decimal("0.0075"))
MARCH = Prices(datetime(2017, 3, 1, tzinfo=UTC), Decimal("0.0095"), Decimal("0.0075"))
NOON = datetime(2017, 3, 1, 12, tzinfo=UTC)
EARLIER = datetime(2017, 2, 3, 12, tzinfo=UTC)
ISSUE, REDEEM, FORMER = Decimal("0.0095"), Decimal("0.0075"), Decimal("0.0105")


def a_tally() -> Tally:
    tally = Tally()
    tally.awarded(NOON, "grocer", MARCH, 1_000)
    tally.reversed(NOON, "grocer", JANUARY, bought_at=EARLIER, points=100, borne=10, by_issuer=True)
    tally.redeemed(NOON, "grocer", MARCH, 500)
    tally.refunded(NOON, "grocer", MARCH, 200, spent_at=NOON)
    return tally


# 9.50 - 1.05 + 0.105 (to 0.10, half to even) and 3.75 - 1.50.
BILL = Bill(
    "2017-03",
    "grocer",
    {
        Line("2017-03", "grocer", "ISSUANCE", ISSUE, MARCH.valid_from): 1_000,
        Line("2017-03", "grocer", "ISSUANCE_REVERSAL", FORMER, JANUARY.valid_from, "2017-02"): -100,
        Line("2017-03", "grocer", "SHORTFALL", FORMER, JANUARY.valid_from, "2017-02"): 10,
        Line("2017-03", "grocer", "REDEMPTION", REDEEM, MARCH.valid_from): 500,
        Line("2017-03", "grocer", "REDEMPTION_REVERSAL", REDEEM, MARCH.valid_from): -200,
    },
    issued=Decimal("8.55"),
    redeemed=Decimal("2.25"),
    net=Decimal("6.30"),
)


def test_a_statement_of_the_same_points_and_cents_agrees() -> None:
    assert a_tally().differences([BILL]) == []


def test_a_cent_is_noticed() -> None:
    (difference,) = a_tally().differences([replace(BILL, net=Decimal("6.31"))])
    assert difference.startswith("2017-03 grocer: issued, redeemed, net 8.55 / 2.25 / 6.31")


def test_a_point_is_noticed() -> None:
    points = BILL.points | {Line("2017-03", "grocer", "ISSUANCE", ISSUE, MARCH.valid_from): 1_001}
    (difference,) = a_tally().differences([replace(BILL, points=points)])
    assert "1001 points, the demo's tally says 1000" in difference


def test_a_brand_without_a_statement_is_noticed() -> None:
    tally = a_tally()
    tally.awarded(NOON, "fuel", MARCH, 5)
    (difference,) = tally.differences([BILL])
    assert difference.startswith("2017-03 fuel, ISSUANCE")


def test_a_month_that_is_open_has_nothing_to_differ_from() -> None:
    tally = a_tally()
    tally.awarded(NOON.replace(month=4), "grocer", MARCH, 5)
    assert tally.differences([BILL]) == []


def test_a_price_holds_from_its_first_moment() -> None:
    assert prices_at([JANUARY, MARCH], MARCH.valid_from) is MARCH
    assert prices_at([JANUARY, MARCH], MARCH.valid_from.replace(day=1, month=2)) is JANUARY
