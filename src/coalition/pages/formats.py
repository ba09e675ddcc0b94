"""Points, money, days and times as the reader's language writes them."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time
from babel.numbers import format_currency, format_decimal

from coalition.pages.zones import city_of

_MINUS = "\N{MINUS SIGN}"
# Where one writes from the right, a sign stands left of its number only behind this, and a currency
# that ends in its sign, like US$, ends there only before it (CLDR's symbols for Arabic).
_MARK = "\N{LEFT-TO-RIGHT MARK}"


@dataclass(frozen=True, slots=True)
class Formats:
    locale: Locale
    zone: ZoneInfo

    def points(self, number: int | str) -> str:
        return self._signed(format_decimal(int(number), locale=self.locale))

    def change(self, number: int | str) -> str:
        """With its sign, which is a real one: a hyphen is read out as nothing."""
        value = int(number)
        amount = format_decimal(abs(value), locale=self.locale)
        sign = "+" if value > 0 else _MINUS if value < 0 else ""
        return f"{self._mark if sign else ''}{sign}{amount}"

    def decimal(self, number: Decimal | str) -> str:
        return self._signed(format_decimal(Decimal(number), locale=self.locale))

    def money(self, money: dict[str, str]) -> str:
        """Of the API's {amount, currency}."""
        amount = Decimal(money["amount"])
        text = format_currency(amount, money["currency"], locale=self.locale)
        return f"{self._signed(text)}{self._mark}"

    def day(self, day: date | str) -> str:
        return format_date(_day(day), "long", locale=self.locale)

    def short_day(self, day: date | str) -> str:
        return format_date(_day(day), "medium", locale=self.locale)

    def month(self, month: str) -> str:
        """Like 2028-03."""
        return format_skeleton("yMMMM", _day(f"{month}-01"), locale=self.locale)

    def moment(self, instant: datetime | str) -> str:
        """Day and time, in the reader's zone."""
        day, at = self.day_of(instant), self.time_of(instant)
        return str(self.locale.datetime_formats["medium"]).format(at, day)

    def day_of(self, instant: datetime | str) -> str:
        return format_date(_instant(instant).astimezone(self.zone), "medium", locale=self.locale)

    def city(self, zone: ZoneInfo | str) -> str:
        """By which a zone is known."""
        return city_of(str(zone), self.locale)

    def time_of(self, instant: datetime | str) -> str:
        return format_time(_instant(instant), "short", tzinfo=self.zone, locale=self.locale)

    @property
    def _mark(self) -> str:
        return _MARK if self.locale.text_direction == "rtl" else ""

    def _signed(self, text: str) -> str:
        return text.replace("-", f"{self._mark}{_MINUS}")


def _day(day: date | str) -> date:
    return date.fromisoformat(day) if isinstance(day, str) else day


def _instant(instant: datetime | str) -> datetime:
    return datetime.fromisoformat(instant) if isinstance(instant, str) else instant
