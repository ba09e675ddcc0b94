"""The languages of mails: catalogues of gettext, and numbers, days and times as they are written
there. English is in the code; a string that is missing elsewhere is shown in English.
"""

import gettext as translations
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib import resources
from io import BytesIO
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_time, get_timezone_location
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal

from coalition.kit.amounts import Money

ENGLISH: Final = "en"
TRANSLATED: Final = ("de", "es", "ar")
LANGUAGES: Final = (ENGLISH, *TRANSLATED)
# Where one writes from the right, a currency that ends in its sign, like US$, ends there only
# before it.
_MARK: Final = "\N{LEFT-TO-RIGHT MARK}"


def marked(text: str) -> str:
    """`text`, which is translated where it is used."""
    return text


_ = marked


@dataclass(frozen=True)
class Words:
    """Of one language, for somebody in one zone. `locale`: how numbers and dates are written."""

    language: str
    locale: Locale
    zone: ZoneInfo
    catalogue: translations.NullTranslations

    @property
    def direction(self) -> str:
        return self.locale.text_direction

    def say(self, text: str, **values: str) -> str:
        """`text` in this language, with `%(name)s` filled in."""
        return self.catalogue.gettext(text) % values

    def points(self, number: int) -> str:
        form = self.catalogue.ngettext("%(number)s point", "%(number)s points", abs(number))
        return form % {"number": format_decimal(number, locale=self.locale)}

    def valued(self, number: int, worth: Money) -> str:
        """So many points, and what they are worth."""
        return self.say(
            _("%(points)s, worth %(money)s"), points=self.points(number), money=self.money(worth)
        )

    def money(self, money: Money) -> str:
        told = format_currency(money.amount, money.currency, locale=self.locale)
        return f"{told}{_MARK}" if self.direction == "rtl" else told

    def moment(self, at: datetime) -> str:
        """With the zone by the name of its city: a time without one is read as another one."""
        there = at.astimezone(self.zone)
        city = get_timezone_location(self.zone, locale=self.locale, return_city=True)
        return (
            f"{self.day(there.date())} {format_time(there, 'HH:mm', locale=self.locale)} ({city})"
        )

    def day(self, on: date) -> str:
        return format_date(on, "long", locale=self.locale)

    def month(self, first: date) -> str:
        return format_skeleton("yMMMM", first, locale=self.locale)


def words_of(locale: str | None, time_zone: str | None, fallback: ZoneInfo) -> Words:
    """For a member that speaks `locale` and lives in `time_zone`, as far as it has said so and they
    are known here.
    """
    try:
        there = ZoneInfo(time_zone) if time_zone else fallback
    except (KeyError, ValueError, OSError):
        there = fallback
    language, spelled = _known(locale)
    return Words(language, spelled, there, catalogue_of(language))


def _known(locale: str | None) -> tuple[str, Locale]:
    try:
        found = Locale.parse((locale or ENGLISH).replace("_", "-"), sep="-")
    except (UnknownLocaleError, ValueError, TypeError):
        return ENGLISH, Locale(ENGLISH)
    if found.language not in LANGUAGES:
        return ENGLISH, Locale(ENGLISH)
    return found.language, found


@cache
def catalogue_of(language: str) -> translations.NullTranslations:
    """Made from its .po at the first use: nothing compiled has to be kept beside it."""
    if language == ENGLISH:
        return translations.NullTranslations()
    compiled = BytesIO()
    text = resources.files(__package__).joinpath("locale", f"{language}.po").read_bytes()
    write_mo(compiled, read_po(BytesIO(text), locale=language))
    compiled.seek(0)
    return translations.GNUTranslations(compiled)
