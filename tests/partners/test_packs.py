"""The earliest pack is used up first, whatever order they were written in."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from coalition.partners import packs_left
from coalition.partners.terms import Pack

MAY, JUNE, JULY = date(2026, 5, 1), date(2026, 6, 1), date(2026, 7, 1)


def _packs(*bought: tuple[date, int]) -> list[Pack]:
    return [Pack(n, f"p{n}", on, points, 1) for n, (on, points) in enumerate(bought, start=1)]


def test_the_earliest_pack_is_used_up_before_the_next_one_is_touched() -> None:
    packs = _packs((JULY, 50), (MAY, 100), (JUNE, 30))
    for left, expected in ((180, [100, 30, 50]), (81, [1, 30, 50]), (60, [0, 10, 50]),
                           (7, [0, 0, 7]), (0, [0, 0, 0])):  # fmt: skip
        assert [(one.pack.bought_on, one.left) for one in packs_left(packs, left)] == list(
            zip((MAY, JUNE, JULY), expected, strict=True)
        )


def test_of_two_packs_of_one_day_the_one_written_first_goes_first() -> None:
    assert [one.left for one in packs_left(_packs((MAY, 10), (MAY, 20)), 25)] == [5, 20]


@given(sizes=st.lists(st.integers(1, 10**6), min_size=1, max_size=6), share=st.integers(0, 100))
def test_what_is_left_of_each_sums_to_what_is_left(sizes: list[int], share: int) -> None:
    left = sum(sizes) * share // 100
    found = packs_left(_packs(*((MAY, size) for size in sizes)), left)
    assert sum(one.left for one in found) == left
    assert all(0 <= one.left <= one.pack.points for one in found)
    # At most one pack is begun; those before it are empty, those behind it whole.
    begun = [one for one in found if 0 < one.left < one.pack.points]
    assert len(begun) <= 1
