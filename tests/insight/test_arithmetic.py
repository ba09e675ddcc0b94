"""The arithmetic by itself: against fractions, and against tables that others have published."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coalition.insight.cohorts import (
    agreed,
    cohorts_of,
    estimated,
    months_between,
)
from coalition.insight.cohorts import given as at_rate
from coalition.insight.concentration import concentration_of
from coalition.insight.forecast import FEWEST, Method, forecast
from coalition.insight.liability import coverage, liability_of
from coalition.insight.revenue import Earned, allocated_share, earned_by, revenue_row
from coalition.kit.amounts import Money
from coalition.ledger import CohortRoll
from coalition.partners import Agreement, StandAlone
from tests.insight.agreements import an_agreement_of

NOTHING = {
    "issued": 0, "returned": 0, "redeemed": 0, "refunded": 0, "expired": 0, "repaid": 0,
    "opened": 0,
}  # fmt: skip


def _month(place: int) -> date:
    return date(2025 + place // 12, place % 12 + 1, 1)


def _roll(issuer: int, earned: int, used: int, **figures: int) -> CohortRoll:
    return CohortRoll(issuer, issuer, _month(earned), _month(used), **(NOTHING | figures))


# A triangle of the textbook: claims of ten years, cumulative. Taylor and Ashe (1983), as in Mack
# (1993), table 1 and 2; development factors and ultimates as printed there.
TRIANGLE = [
    [357848, 1124788, 1735330, 2218270, 2745596, 3319994, 3466336, 3606286, 3833515, 3901463],
    [352118, 1236139, 2170033, 3353322, 3799067, 4120063, 4647867, 4914039, 5339085],
    [290507, 1292306, 2218525, 3235179, 3985995, 4132918, 4628910, 4909315],
    [310608, 1418858, 2195047, 3757447, 4029929, 4381982, 4588268],
    [443160, 1136350, 2128333, 2897821, 3402672, 3873311],
    [396132, 1333217, 2180715, 2985752, 3691712],
    [440832, 1288463, 2419861, 3483130],
    [359480, 1421128, 2864498],
    [376686, 1363294],
    [344014],
]
ULTIMATES = [
    3901463, 5433719, 5378826, 5297906, 4858200, 5111171, 5660771, 6784799, 5642266, 4969825,
]  # fmt: skip


def test_the_triangle_of_the_textbook_is_developed_as_printed_there() -> None:
    rolls = []
    for place, row in enumerate(TRIANGLE):
        rolls.append(_roll(1, place, place, issued=10**8))
        spent = [0, *row]
        rolls += [
            _roll(1, place, place + age, redeemed=spent[age + 1] - spent[age])
            for age in range(len(row))
        ]
    found = estimated(rolls, _month(10))
    assert found is not None
    assert [round(one.cohort.redeemed + one.expected) for one in found] == ULTIMATES


def test_a_month_of_which_nothing_is_spent_yet_gets_what_the_others_show() -> None:
    rolls = [
        _roll(1, 0, 0, issued=1000), _roll(1, 0, 1, redeemed=400), _roll(1, 0, 2, redeemed=400),
        _roll(1, 1, 1, issued=1000), _roll(1, 1, 2, redeemed=300),
        _roll(1, 2, 2, issued=1000), _roll(1, 3, 3, issued=1000),
    ]  # fmt: skip
    found = estimated(rolls, _month(3))
    assert found is not None
    oldest, next_, third, running = found
    assert (oldest.expected, oldest.ultimate_rate) == (Fraction(0), Fraction(4, 5))
    assert next_.expected == 300  # what was 400 became 800, so what is 300 becomes 600
    # 1,100 of what 1,000 + 500 have let expect by now: 11/15 of each other month.
    assert third.expected == running.expected == Fraction(1000 * 11, 15)


def test_without_a_point_spent_in_a_whole_month_nothing_is_estimated() -> None:
    rolls = [_roll(1, 0, 0, issued=1000), _roll(1, 0, 1, redeemed=10)]
    assert estimated(rolls, _month(1)) is None
    assert estimated(rolls, _month(2)) is not None
    assert estimated([], _month(2)) is None


_SHARE = st.integers(0, 100).map(lambda one: Fraction(one, 100))
_MOVES = st.lists(
    st.tuples(
        st.sampled_from([1, 2]), st.integers(0, 7), st.integers(0, 7),
        st.sampled_from(["redeemed", "redeemed", "expired", "returned"]), st.integers(0, 9_999),
    ),
    max_size=25,
)  # fmt: skip


def _rolls_of(moves: list[tuple[int, int, int, str, int]]) -> list[CohortRoll]:
    """Each month gives 10,000 points per issuer; of what is left of them a part goes."""
    rolls = []
    left: dict[tuple[int, int], int] = {}
    for issuer, earned, delay, figure, wanted in moves:
        if (issuer, earned) not in left:
            left[issuer, earned] = 10_000
            rolls.append(_roll(issuer, earned, earned, issued=10_000))
        points = min(wanted, left[issuer, earned])
        left[issuer, earned] -= points
        rolls.append(_roll(issuer, earned, min(earned + delay, 8), **{figure: points}))
    return rolls


_HISTORIES = _MOVES.map(_rolls_of)


@given(_HISTORIES, st.integers(1, 9), _SHARE, st.integers(0, 5), _SHARE)
def test_no_more_is_expected_than_there_is_and_the_parts_sum_to_the_whole(
    rolls: list[CohortRoll], running: int, rate: Fraction, relieved: int, cost: Fraction
) -> None:
    cohorts = cohorts_of(rolls)
    outstanding = sum(one.outstanding for one in rolls)
    assert sum(one.outstanding for one in cohorts) == outstanding
    by_chain = estimated(rolls, _month(running))
    for outlooks in (at_rate(cohorts, rate), agreed(cohorts, rate), by_chain):
        if outlooks is None:
            continue
        for one in outlooks:
            assert 0 <= one.expected <= one.cohort.outstanding
            assert 0 <= one.remaining_rate <= 1
            assert 0 <= one.ultimate_rate <= 1
        found = liability_of(
            rolls, outlooks, paid={1: Decimal(1), 2: Decimal("0.4")}, relieved={1: relieved},
            cost=cost, currency="EUR",
        )  # fmt: skip
        expected = sum((one.expected for one in outlooks), Fraction(0))
        assert found.outstanding == sum(one.outstanding for one in found.issuers) == outstanding
        assert found.amount.minor == round(expected * cost)
        assert sum(one.amount.minor for one in found.issuers) == found.amount.minor
        assert sum(one.expected for one in found.issuers) == found.expected == round(expected)
        assert found.amount.minor + found.breakage.minor == round(outstanding * cost)
        assert found.of_pool.minor <= found.amount.minor
        if expected:
            assert found.of_pool.minor >= round(expected * cost * Fraction(4, 10)) - 1


def test_coverage_of_nothing_is_no_number() -> None:
    assert coverage(Money(100, "EUR"), Money(0, "EUR")) is None
    assert coverage(Money(-50, "EUR"), Money(100, "EUR")) == Fraction(-1, 2)


@given(st.dictionaries(st.integers(1, 50), st.integers(-1000, 10**12), max_size=20))
def test_the_index_lies_between_equal_shares_and_one_brand_alone(points: dict[int, int]) -> None:
    found = concentration_of(points)
    counted = [number for number in points.values() if number > 0]
    assert found.total == sum(counted)
    if not counted:
        assert found.index == 0
        return
    assert round(Fraction(10_000, len(counted))) <= found.index <= 10_000
    exact = sum(Fraction(one, sum(counted)) ** 2 for one in counted)
    assert found.index == round(10_000 * exact)
    assert sum(found.share(brand) for brand in found.points) == 1


def test_a_price_is_split_by_what_its_parts_are_worth_alone() -> None:
    worth = StandAlone(Decimal(1), Decimal(10), 2)
    assert allocated_share(worth, Fraction("0.97")) == Fraction(9, 100)
    exact = allocated_share(StandAlone(Decimal(1), Decimal(10), 8), Fraction("0.97"))
    assert exact == Fraction(round(Fraction(97, 1097) * 10**8), 10**8)
    assert allocated_share(worth, Fraction(0)) == 0
    assert allocated_share(None, Fraction("0.1")) == 1


@given(
    _HISTORIES, st.sampled_from(["EUR", "JPY", "KWD"]), _SHARE, _SHARE,
    st.sampled_from(["0", "0.5", "1"]), st.sampled_from(["0", "0.4", "1"]),
)  # fmt: skip
def test_opening_and_movements_come_to_the_closing_and_no_more_is_earned_than_paid(
    rolls: list[CohortRoll], currency: str, before: Fraction, now: Fraction, back: str, paid: str
) -> None:
    agreement: Agreement = an_agreement_of("0.0123", breakage_share=back, paid_at_issuance=paid)
    agreements = {1: agreement, 2: agreement}

    def figures(known: list[CohortRoll], rate: Fraction) -> Earned:
        return earned_by(
            known, agreements, currency, allocation=lambda _: Fraction(9, 10),
            expected=lambda _: rate,
        )  # fmt: skip

    half = [one for one in rolls if months_between(one.used_in, _month(4)) > 0]
    row = revenue_row(1, currency, figures(half, before), figures(rolls, now))
    moved = row.issued.minor - row.recognised.minor - row.given_back.minor
    assert row.opening.minor + moved == row.closing.minor
    whole = figures(rolls, now)
    assert whole.liability >= -2  # each of four sums is rounded once
    assert whole.as_breakage >= -1
    if all(one.outstanding == 0 for one in cohorts_of(rolls)):
        assert abs(whole.liability) <= 2


HISTORIES = st.lists(st.integers(-(10**9), 10**9), min_size=FEWEST, max_size=40)


@given(HISTORIES, st.integers(1, 2))
def test_a_forecast_lies_in_its_own_interval_and_steps_widen_it(
    known: list[int], steps: int
) -> None:
    found = forecast(known, steps=steps)
    assert found is not None
    assert found.low <= found.expected <= found.high
    one = forecast(known, steps=1)
    assert one is not None
    if steps == 2 and found.method is one.method:
        assert found.high - found.low >= one.high - one.low - 2
    points = forecast([max(one, 0) for one in known], least=0)
    assert points is not None
    assert points.low >= 0


@given(st.lists(st.integers(0, 100), max_size=FEWEST - 1))
def test_of_few_periods_nothing_is_forecast(known: list[int]) -> None:
    assert forecast(known) is None


@pytest.mark.parametrize(
    ("known", "steps", "method", "expected"),
    [
        ([100, 110, 120, 130, 140], 1, Method.DRIFT, 150),
        ([100, 110, 120, 130, 140], 2, Method.DRIFT, 160),
        ([100, 140, 80, 120, 90, 130, 100, 140], 1, Method.AVERAGE, 112),
        ([*([10] * 11), 500] * 3, 1, Method.SEASONAL, 10),
        ([*([10] * 11), 500] * 3, 2, Method.SEASONAL, 10),
        ([7, 7, 7, 7], 2, Method.AVERAGE, 7),
    ],
)
def test_the_method_that_was_nearest_so_far_is_taken(
    known: list[int], steps: int, method: Method, expected: int
) -> None:
    found = forecast(known, steps=steps)
    assert found is not None
    assert (found.method, found.expected) == (method, expected)


def test_the_interval_is_students_of_the_errors_that_were_made() -> None:
    """By hand: the mean of those before is off by 0, -10 and 10; t of three is 3.182."""
    found = forecast([100, 100, 100, 110, 100])
    assert found is not None
    assert found.method is Method.AVERAGE
    errors = [Fraction(0), Fraction(-10), Fraction(410, 4) - 100]
    variance = sum((one * one for one in errors), Fraction(0)) / 3
    margin = (Decimal(variance.numerator) / variance.denominator).sqrt() * Decimal("3.182")
    assert found.expected == 102
    assert found.low == int(Decimal(102) - margin)
    assert found.high == -int(-(Decimal(102) + margin)) + 1
