"""Texts in several languages: checked when they come, and chosen for who reads. Pure."""

import re
from collections.abc import Mapping, Sequence

from coalition.catalogue.errors import RewardNotValid
from coalition.catalogue.rules import Texts
from coalition.kit.text import clean, nearest_languages

MOST_LANGUAGES = 20
_LONGEST_TITLE = 100
_LONGEST_TEXT = 2000
# A language of BCP 47 with a script or a country at most.
_LOCALE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?")


def checked_texts(texts: Sequence[tuple[str, Texts]]) -> dict[str, Texts]:
    """By their language, in the order given. Raises `RewardNotValid`, `TextNotAllowed`."""
    if not 1 <= len(texts) <= MOST_LANGUAGES:
        raise RewardNotValid(
            f"texts must be in 1 to {MOST_LANGUAGES} languages, not {len(texts)}.",
            field=("texts",),
        )
    found: dict[str, Texts] = {}
    for place, (locale, said) in enumerate(texts):
        at = ("texts", str(place))
        if not _LOCALE.fullmatch(locale):
            raise RewardNotValid(
                "locale must be a language like es or es-MX.", field=(*at, "locale")
            )
        if locale in found:
            raise RewardNotValid(f"{locale} is given twice.", field=(*at, "locale"))
        found[locale] = Texts(
            title=clean(said.title, (*at, "title"), longest=_LONGEST_TITLE),
            description=_lines(said.description, (*at, "description")),
            terms=_lines(said.terms, (*at, "terms")),
        )
    return found


def _lines(text: str | None, field: tuple[str, ...]) -> str | None:
    """Of several lines, each of which is printable."""
    if text is None or not text.strip():
        return None
    whole = text.strip()
    clean(whole.replace("\n", " "), field, longest=_LONGEST_TEXT)
    return whole


def texts_for(texts: Mapping[str, Texts], locale: str | None) -> Texts:
    """Each string in the reader's language where there is one, else in its language without the
    country, else in the one that came first.
    """
    chosen = [texts[one] for one in _in_turn(texts, locale)]
    return Texts(
        title=chosen[0].title,
        description=next((one.description for one in chosen if one.description), None),
        terms=next((one.terms for one in chosen if one.terms), None),
    )


def languages_for(texts: Mapping[str, Texts], locale: str | None) -> Texts:
    """In the place of each string that `texts_for` chooses, its language."""
    turn = _in_turn(texts, locale)
    return Texts(
        title=turn[0],
        description=next((one for one in turn if texts[one].description), None),
        terms=next((one for one in turn if texts[one].terms), None),
    )


def _in_turn(texts: Mapping[str, Texts], locale: str | None) -> list[str]:
    return [one for one in (*nearest_languages(locale), *texts) if one in texts]
