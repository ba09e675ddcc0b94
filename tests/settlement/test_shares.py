"""The parts of a line's amount sum to it, and are those of the largest remainder among all entries,
though only their points are counted.
"""

from hypothesis import given
from hypothesis import strategies as st

from coalition.ledger.shares import split
from coalition.settlement.line_details import shares_by_weight


@given(st.integers(-(10**6), 10**6), st.lists(st.integers(1, 40), min_size=1, max_size=60))
def test_by_points_alone_the_same_entries_get_the_same_cents(
    amount: int, points: list[int]
) -> None:
    counts = [(one, points.count(one)) for one in sorted(set(points))]
    shares = shares_by_weight(amount, counts)
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
    assert sum(found) == abs(amount)
    exact = split(abs(amount), dict(enumerate(points)))
    assert found == [exact.get(place, 0) for place in range(len(points))]


def test_a_line_of_no_points_has_nothing_to_share() -> None:
    shares = shares_by_weight(0, [])
    assert (shares.floor_of(5), shares.fraction_of(5), shares.tied) == (0, 0, frozenset())
