"""In whose time zone a page tells times: the reader's own where it has said which, else the
programme's.
"""

from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale
from babel.core import get_global
from starlette.requests import Request

from coalition.kit.config import Settings
from coalition.pages.language import A_YEAR, Language, Text, said

COOKIE: Final = "coalition-zone"
# By which part of the world somebody looks for its city: a territory as CLDR numbers it, or words.
_AREAS: Final[Mapping[str, str | Text]] = {
    "Africa": "002",
    "America": "019",
    "Antarctica": "AQ",
    "Asia": "142",
    "Atlantic": said("Atlantic"),
    "Australia": "AU",
    "Europe": "150",
    "Indian": said("Indian Ocean"),
    "Pacific": said("Pacific"),
}


def _old_names() -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for old, new in get_global("zone_aliases").items():
        found.setdefault(new, []).append(old)
    return found


_OLD_NAMES: Final = _old_names()


def zone_of(request: Request) -> ZoneInfo | None:
    """The reader's own; None: it has said none, or one that is not known here."""
    name = request.cookies.get(COOKIE)
    return ZoneInfo(name) if name in _known() else None


def remember_zone(name: str | None, settings: Settings) -> str:
    """The Set-Cookie header that keeps a zone, or forgets it."""
    secure = "; Secure" if settings.is_secure else ""
    kept = name in _known()
    return (
        f"{COOKIE}={name if kept else ''}; Path=/; Max-Age={A_YEAR if kept else 0}; SameSite=Lax;"
        f" HttpOnly{secure}"
    )


@cache
def zones(speech: Language) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """Every zone by its part of the world: (what that is called, ((the zone, its city), ...)), in
    the order of this language.
    """
    by_area: dict[str, list[tuple[str, str]]] = {}
    aliases = get_global("zone_aliases")
    for name in _known():
        area, _, place = name.partition("/")
        if area in _AREAS and place and name not in aliases:
            by_area.setdefault(area, []).append((name, city_of(name, speech.locale)))
    named = [
        (_area(_AREAS[area], speech), tuple(sorted(found, key=lambda one: one[1])))
        for area, found in by_area.items()
    ]
    return tuple(sorted(named))


def city_of(zone: str, locale: Locale) -> str:
    """What a zone is called in a language, by its city: people know no `America/New_York`. One that
    has no city goes by what its own name ends in, such as UTC.
    """
    name = get_global("zone_aliases").get(zone, zone)
    # CLDR keeps the city under the name that the zone had first.
    known = next((found for one in (name, *_OLD_NAMES.get(name, ()))
                  if (found := locale.time_zones.get(one, {}).get("city"))), None)  # fmt: skip
    if known:
        return str(known)
    place = name.partition("/")[2] or name
    within, _, city = place.replace("_", " ").rpartition("/")
    return f"{city} ({within})" if within else city


def _area(what: str | Text, speech: Language) -> str:
    return speech.say(what) if isinstance(what, Text) else str(speech.locale.territories[what])


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    return frozenset(available_timezones())
