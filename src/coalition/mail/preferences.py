"""What a member wants to be mailed, and when not to be disturbed."""

from dataclasses import dataclass
from datetime import datetime, time
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from coalition.access import Actor, Scope, acting_member
from coalition.kit.database import Database
from coalition.kit.errors import Refusal
from coalition.mail.kinds import SWITCHABLE, MailKind
from coalition.mail.links import Unsubscribing
from coalition.mail.records import mail_preference, quiet_hours
from coalition.partners import Office


class NotSwitchable(Refusal):
    """Mails about security, and of each use of points, are always sent."""

    code = "NOT_SWITCHABLE"


class QuietHoursNotAllowed(Refusal):
    """Quiet hours have a beginning and another end."""

    code = "QUIET_HOURS_NOT_ALLOWED"


@dataclass(frozen=True, slots=True)
class Preferences:
    """`switched_off`: kinds of mail that the member does not want. Hours are in its own zone."""

    switched_off: frozenset[MailKind]
    quiet_from: time | None
    quiet_until: time | None


async def preferences_of(connection: AsyncConnection, member_id: int) -> Preferences:
    off = await connection.scalars(
        sa.select(mail_preference.c.kind).where(
            mail_preference.c.member_id == member_id, mail_preference.c.channel == "NONE"
        )
    )
    hours = (
        await connection.execute(
            sa.select(quiet_hours.c.quiet_from, quiet_hours.c.quiet_until).where(
                quiet_hours.c.member_id == member_id
            )
        )
    ).one_or_none()
    begins, ends = hours or (None, None)
    return Preferences(frozenset(MailKind(one) for one in off), begins, ends)


async def switch_mail(office: Office, *, actor: Actor, kind: MailKind, wanted: bool) -> int:
    """The member's number. Raises `NotSwitchable`."""
    member_id = acting_member(actor, Scope.MEMBER_MANAGE)
    if kind not in SWITCHABLE:
        if wanted:
            return member_id
        raise NotSwitchable(
            "These mails are always sent: they are how you notice that somebody else uses your"
            " account.",
            field=("kind",),
        )
    await office.database.call("switch_mail", member_id, kind.value, wanted)
    return member_id


async def set_quiet_hours(
    office: Office, *, actor: Actor, quiet_from: time | None, quiet_until: time | None
) -> int:
    """None twice: no quiet hours any more. The member's number. Raises `QuietHoursNotAllowed`."""
    member_id = acting_member(actor, Scope.MEMBER_MANAGE)
    if (quiet_from is None) != (quiet_until is None):
        raise QuietHoursNotAllowed(
            "Send from and until, or neither to have no quiet hours.", field=("until",)
        )
    if quiet_from is not None and quiet_from == quiet_until:
        raise QuietHoursNotAllowed(
            f"Quiet hours that end at {quiet_until:%H:%M}, when they begin, are none.",
            field=("until",),
        )
    await office.database.call("set_quiet_hours", member_id, quiet_from, quiet_until)
    return member_id


async def unsubscribe(
    database: Database, what: Unsubscribing, *, request_id: UUID, now: datetime
) -> None:
    """With the link in a mail, without signing in: no more mails of this kind, or no more offers of
    a brand. Done again, nothing changes. Raises `Unavailable`.
    """
    await database.call("unsubscribe", what.member_id, what.kind, what.partner_id, request_id, now)
