"""When what failed is tried again."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coalition.webhooks.schedule import LONGEST_ASKED, WAITS, next_try, retry_after

NOW = datetime(2026, 3, 15, 12, tzinfo=UTC)


def test_the_tries_are_spread_over_more_than_a_day() -> None:
    now, tries = NOW, 1
    while (again := next_try(tries, now=now, chance=0)) is not None:
        now, tries = again, tries + 1
    assert tries == len(WAITS) == 10
    assert now - NOW == timedelta(hours=75, minutes=35, seconds=5)


@given(
    st.integers(1, 20),
    st.floats(0, 1),
    st.none() | st.timedeltas(timedelta(0), timedelta(days=400)),
)
def test_a_wait_is_never_shorter_than_planned_nor_longer_than_is_bearable(
    tries: int, chance: float, asked: timedelta | None
) -> None:
    again = next_try(tries, now=NOW, chance=chance, asked=asked)
    if tries >= len(WAITS):
        assert again is None
        return
    assert again is not None
    wait = again - NOW
    assert WAITS[tries] <= wait <= max(WAITS[tries] * 1.1, LONGEST_ASKED)
    if asked is not None:
        assert wait >= min(asked, LONGEST_ASKED)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120), ("0", 0), ("999999", 86_400), (None, None), ("-5", None), ("1.5", None),
        ("soon", None), ("٣", None), ("9" * 400, None), ("", None),
        ("Sun, 15 Mar 2026 12:20:00 GMT", 1200), ("Sunday, 15-Mar-26 12:20:00 GMT", 1200),
        ("Sun Mar 15 12:20:00 2026", 1200), ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 251_628_724_799), ("Sun, 99 Mar 2026 12:20:00 GMT", None),
        ("Sun, 15 Mar 2026 12:20:00 +9999", None), ("15 Mar", None),
    ],
)  # fmt: skip
def test_whole_seconds_and_dates_are_read(value: str | None, seconds: int | None) -> None:
    read = retry_after(value, NOW)
    assert (read.total_seconds() if read is not None else None) == seconds
