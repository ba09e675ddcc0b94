"""The identity, by itself: every point of difference between two books has its reason."""

from hypothesis import given
from hypothesis import strategies as st

from coalition.reconciliation import ClassSum, RowClass
from coalition.reconciliation.identity import identity_of

_POINTS = st.integers(-10_000, 10_000)


def test_the_example_of_a_month_closes() -> None:
    """118,001 - 117,650 = 351 = 600 - 180 + 31 + 0 - 100."""
    found = identity_of(
        118_001,
        117_650,
        {
            RowClass.MATCHED: ClassSum(1_000, 117_300, 117_300),
            RowClass.MISSING_AT_PARTNER: ClassSum(3, ledger_points=600),
            RowClass.MISSING_IN_LEDGER: ClassSum(2, file_points=180),
            RowClass.POINTS_MISMATCH: ClassSum(2, ledger_points=101, file_points=70),
            RowClass.DUPLICATE_IN_FILE: ClassSum(1, file_points=100),
        },
    )
    assert found.difference == 351
    assert (found.missing_at_partner, found.missing_in_ledger, found.mismatches) == (600, 180, 31)
    assert (found.duplicates_in_ledger, found.duplicates_in_file) == (0, 100)
    assert found.explained == 351
    assert found.closes


def test_a_point_that_nobody_explains_is_seen() -> None:
    assert not identity_of(100, 99, {RowClass.MATCHED: ClassSum(1, 99, 99)}).closes


@given(sums=st.dictionaries(st.sampled_from(RowClass), st.tuples(_POINTS, _POINTS)))
def test_it_closes_when_the_classes_are_all_there_is(
    sums: dict[RowClass, tuple[int, int]],
) -> None:
    for only_ledger in (RowClass.MISSING_AT_PARTNER, RowClass.DUPLICATE_IN_LEDGER):
        if only_ledger in sums:
            sums[only_ledger] = (sums[only_ledger][0], 0)
    for only_file in (RowClass.MISSING_IN_LEDGER, RowClass.DUPLICATE_IN_FILE):
        if only_file in sums:
            sums[only_file] = (0, sums[only_file][1])
    found = identity_of(
        sum(one[0] for one in sums.values()),
        sum(one[1] for one in sums.values()),
        {row_class: ClassSum(1, *one) for row_class, one in sums.items()},
    )
    assert found.closes
