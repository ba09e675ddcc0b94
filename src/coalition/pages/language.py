"""The languages of the pages: which one somebody reads, and its texts.

The English text is the key. The others are files of locale/, read once.
"""

import gettext
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from markupsafe import Markup
from starlette.requests import Request

from coalition.kit.config import Settings

_FOLDER = Path(__file__).with_name("locale")
SOURCE = "en"
# By their own names, as somebody looks for them.
LANGUAGES: Mapping[str, str] = {
    "en": "English", "de": "Deutsch", "es": "Español", "ar": "العربية",
}  # fmt: skip
COOKIE = "coalition-language"
A_YEAR = 365 * 86400
_RANGE = re.compile(r"([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*|\*)\s*(?:;\s*q=([01](?:\.\d{0,3})?))?")
_MOST_RANGES = 20


@dataclass(frozen=True, slots=True)
class Text:
    """Something to be said in the reader's language: the English text, and what is put into it."""

    english: str
    values: Mapping[str, object]

    def __str__(self) -> str:
        return self.english.format_map(self.values) if self.values else self.english


def said(english: str, **values: object) -> Text:
    """Marks a text for `scripts/extract_texts`."""
    return Text(english, values)


class Language:
    """One language: its texts, and how it is written."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.locale = Locale.parse(code)
        self._texts: gettext.NullTranslations = _translations(code)

    @property
    def direction(self) -> str:
        return self.locale.text_direction

    def text(self, english: str, **values: object) -> str:
        found: str = self._texts.gettext(english)
        return found.format_map(values) if values else found

    def number_of(self, one: str, more: str, number: int, **values: object) -> str:
        """`one` for one, else `more`; both may hold {n}."""
        found: str = self._texts.ngettext(one, more, number)
        return found.format_map({"n": number} | values)

    def say(self, what: Text | str) -> str:
        return self.text(what.english, **what.values) if isinstance(what, Text) else what


def spoken(speech: Language, text: str, told_in: str | None) -> str:
    """A text that somebody else has written, `told_in` its language, for a page in `speech`. Where
    it is another one, a browser and a screen reader are told which, and it is set in its own
    direction (WCAG 2.2, 3.1.2).
    """
    if told_in is None or told_in.partition("-")[0] == speech.code:
        return text
    return Markup('<bdi lang="{}" dir="{}">{}</bdi>').format(told_in, _direction(told_in), text)


@cache
def _direction(locale: str) -> str:
    try:
        return Locale.parse(locale, sep="-").text_direction
    except (ValueError, UnknownLocaleError):
        return "auto"


@cache
def language(code: str) -> Language:
    return Language(code)


def language_of(request: Request) -> Language:
    """The one chosen before, else what the browser prefers, else English."""
    chosen = request.cookies.get(COOKIE)
    if chosen in LANGUAGES:
        return language(chosen)
    return language(preferred(request.headers.get("accept-language", "")))


def preferred(header: str) -> str:
    """Of an Accept-Language header (RFC 9110 section 12.5.4): the first of ours by weight."""
    wanted = sorted(
        ((float(weight or 1), -place, name.lower())
         for place, (name, weight) in enumerate(_RANGE.findall(header)[:_MOST_RANGES])),
        reverse=True,
    )  # fmt: skip
    for weight, _, name in wanted:
        code: str = name.partition("-")[0]
        if weight > 0 and code in LANGUAGES:
            return code
    return SOURCE


def known(locale: str | None) -> str | None:
    """The language of a locale like es-ES; None for one that is not spoken here."""
    if locale is None:
        return None
    try:
        code: str = Locale.parse(locale, sep="-").language
    except (ValueError, UnknownLocaleError):
        return None
    return code if code in LANGUAGES else None


def remember(code: str, settings: Settings) -> str:
    """The Set-Cookie header that keeps a choice."""
    secure = "; Secure" if settings.is_secure else ""
    return f"{COOKIE}={code}; Path=/; Max-Age={A_YEAR}; SameSite=Lax; HttpOnly{secure}"


def _translations(code: str) -> gettext.NullTranslations:
    if code == SOURCE:
        return gettext.NullTranslations()
    with (_FOLDER / f"{code}.po").open("rb") as file:
        catalogue = read_po(file, locale=code)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
