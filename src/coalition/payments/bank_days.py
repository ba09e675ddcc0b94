"""On which days banks carry payments out. Pure arithmetic.

In euro the days of TARGET; in other currencies Mondays to Fridays: the holidays of their countries
are not known here, and a bank moves a payment on to its next day. Source: ECB, the closing days
of TARGET since 2002.
"""

from datetime import date, timedelta

EURO = "EUR"
_SATURDAY = 5
_DAY = timedelta(days=1)
# New Year, Labour Day, Christmas and the day after it.
_CLOSED = {(1, 1), (5, 1), (12, 25), (12, 26)}


def is_bank_day(day: date, currency: str) -> bool:
    """Whether a payment in that currency can be made on that day."""
    if day.weekday() >= _SATURDAY:
        return False
    if currency != EURO:
        return True
    easter = easter_sunday(day.year)
    good_friday, easter_monday = easter - 2 * _DAY, easter + _DAY
    return (day.month, day.day) not in _CLOSED and day not in (good_friday, easter_monday)


def bank_day(day: date, currency: str, after: int = 0) -> date:
    """The bank day so many bank days behind `day`; with 0 `day` itself, or the next one."""
    while after or not is_bank_day(day, currency):
        day += _DAY
        if after and is_bank_day(day, currency):
            after -= 1
    return day


def easter_sunday(year: int) -> date:
    """Source: the Gregorian algorithm of Meeus, Jones and Butcher (Astronomical Algorithms, 8)."""
    golden = year % 19
    century, of_century = divmod(year, 100)
    leaps, no_leaps = divmod(century, 4)
    correction = (century - (century + 8) // 25 + 1) // 3
    moon = (19 * golden + century - leaps - correction + 15) % 30
    quarter, rest = divmod(of_century, 4)
    weekday = (32 + 2 * no_leaps + 2 * quarter - moon - rest) % 7
    late = (golden + 11 * moon + 22 * weekday) // 451
    month, day = divmod(moon + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)
