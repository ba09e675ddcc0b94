"""Whole numbers are split so that the shares sum exactly and none is a unit off its own."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from coalition.ledger import split

weights = st.dictionaries(st.integers(1, 9), st.integers(1, 10**6), min_size=1, max_size=6)


def test_ten_thousand_and_one_at_sixty_to_forty() -> None:
    assert split(10_001, {1: Decimal(60), 2: Decimal(40)}) == {1: 6_001, 2: 4_000}


def test_a_tie_goes_to_the_lower_number() -> None:
    assert split(1, {7: 50, 3: 50}) == {3: 1}


def test_nothing_to_split_is_nobodys() -> None:
    assert split(0, {1: 60, 2: 40}) == {}
    assert split(0, {1: 0}) == {}


@given(st.integers(0, 10**12), weights)
def test_shares_sum_to_the_whole_and_are_the_exact_ones_rounded(
    total: int, shares: dict[int, int]
) -> None:
    found = split(total, shares)
    assert sum(found.values()) == total
    for key, weight in shares.items():
        exact = Fraction(total) * weight / sum(shares.values())
        assert exact - 1 < found.get(key, 0) < exact + 1


@given(weights, st.data())
def test_nobody_gives_back_more_than_is_left_of_its_share(
    left: dict[int, int], data: st.DataObject
) -> None:
    total = data.draw(st.integers(0, sum(left.values())))
    assert all(share <= left[key] for key, share in split(total, left).items())
