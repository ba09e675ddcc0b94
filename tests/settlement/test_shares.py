"""Shares sum to the whole, each within a unit of its exact one; cents of a line as well."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from coalition.settlement.line_details import shares_by_points
from coalition.settlement.shares import largest_remainder

weights = st.lists(st.integers(0, 10**6), min_size=1, max_size=30).filter(any)


def test_a_joint_promotion_of_10001_points_is_6001_and_4000() -> None:
    assert largest_remainder(10_001, [60, 40]) == [6_001, 4_000]


def test_of_equal_fractions_the_first_gets_the_unit() -> None:
    assert largest_remainder(100, [1, 1, 1]) == [34, 33, 33]
    assert largest_remainder(-100, [1, 1, 1]) == [-34, -33, -33]
    assert largest_remainder(2, [1, 1, 1]) == [1, 1, 0]


@given(st.integers(-(10**9), 10**9), weights)
def test_shares_sum_to_the_whole_and_none_is_a_unit_off(whole: int, given_: list[int]) -> None:
    shares = largest_remainder(whole, given_)
    assert sum(shares) == whole
    for share, weight in zip(shares, given_, strict=True):
        assert abs(share - Fraction(whole * weight, sum(given_))) < 1
        assert weight or share == 0


@given(
    st.integers(-(10**6), 10**6), st.lists(st.integers(1, 40), min_size=1, max_size=60)
)  # fmt: skip
def test_by_points_alone_the_same_entries_get_the_same_cents(
    amount: int, points: list[int]
) -> None:
    counts = [(one, points.count(one)) for one in sorted(set(points))]
    shares = shares_by_points(amount, counts)
    tied_before = 0
    found = []
    for one in points:
        minor = shares.floor_of(one)
        if one in shares.tied:
            minor += tied_before < shares.tied_extras
            tied_before += 1
        elif shares.fraction_of(one) > shares.tied_fraction:
            minor += 1
        found.append(minor)
    assert found == largest_remainder(abs(amount), points)
