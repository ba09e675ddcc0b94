"""What a person says of itself: names, language, time zone. Pure."""

from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale, UnknownLocaleError

from coalition.kit.errors import Refusal
from coalition.kit.text import clean

LONGEST_NAME: Final = 100
_LONGEST_LOCALE = 35


class LocaleNotKnown(Refusal):
    """No language like de or es-MX."""

    code = "LOCALE_NOT_KNOWN"


class TimeZoneNotKnown(Refusal):
    """No time zone like Europe/Madrid."""

    code = "TIME_ZONE_NOT_KNOWN"


def checked_name(name: str | None, field: str) -> str | None:
    """Raises `TextNotAllowed`."""
    return None if name is None else clean(name, (field,), longest=LONGEST_NAME)


def checked_locale(locale: str | None) -> str | None:
    """In its one spelling, like es-MX. Raises `LocaleNotKnown`."""
    if locale is None:
        return None
    try:
        found = Locale.parse(locale[:_LONGEST_LOCALE].strip().replace("_", "-"), sep="-")
    except (UnknownLocaleError, ValueError, TypeError):
        raise LocaleNotKnown(
            f"{locale[:_LONGEST_LOCALE]!r} is no language. Send one like de or es-MX.",
            field=("locale",),
        ) from None
    return str(found).replace("_", "-")


def checked_time_zone(name: str | None) -> str | None:
    """Raises `TimeZoneNotKnown`."""
    if name is None:
        return None
    if name not in _zones():
        raise TimeZoneNotKnown(
            f"{name[:60]!r} is no time zone. Send one like Europe/Madrid.", field=("timeZone",)
        )
    return ZoneInfo(name).key


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
