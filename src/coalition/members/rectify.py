"""A member puts right what is kept about it itself (GDPR, article 16)."""

from dataclasses import dataclass, fields

from coalition.access import Actor, Scope, acting_member
from coalition.members.said import checked_locale, checked_name, checked_time_zone
from coalition.partners import Office


class _Kept:
    """What is not said stays as it is."""


KEPT = _Kept()


@dataclass(frozen=True, slots=True)
class Corrections:
    """None: it is taken away."""

    given_name: str | _Kept | None = KEPT
    family_name: str | _Kept | None = KEPT
    locale: str | _Kept | None = KEPT
    time_zone: str | _Kept | None = KEPT


async def rectify_profile(office: Office, *, actor: Actor, corrections: Corrections) -> int:
    """The member's number. Raises `TextNotAllowed`, `LocaleNotKnown`, `TimeZoneNotKnown`."""
    member_id = acting_member(actor, Scope.MEMBER_MANAGE)
    said: dict[str, str | None] = {}
    for one in fields(corrections):
        value = getattr(corrections, one.name)
        if not isinstance(value, _Kept):
            said[one.name] = _checked(one.name, value)
    await office.database.call(
        "rectify_profile", member_id, list(said), list(said.values()), *actor.trace
    )
    return member_id


def _checked(name: str, value: str | None) -> str | None:
    match name:
        case "locale":
            return checked_locale(value)
        case "time_zone":
            return checked_time_zone(value)
        case "given_name":
            return checked_name(value, "givenName")
        case _:
            return checked_name(value, "familyName")
