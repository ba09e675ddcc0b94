"""What a member is mailed, and when it is not to be disturbed."""

import re
from datetime import time
from enum import Enum

import strawberry

from coalition import consents, mail
from coalition.access import Scope, acting_member
from coalition.api.arguments import Asked
from coalition.api.context import Context, Info
from coalition.api.errors import RefusalBecomesPayload, UserError
from coalition.api.viewers import MEMBERS, seen_by, shown_to

_READS = (Scope.MEMBER_READ, Scope.MEMBER_MANAGE)
_TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d", re.ASCII)


@strawberry.enum(description="What a member is told of.")
class NotificationKind(Enum):
    SECURITY = strawberry.enum_value(
        "SECURITY", description="Sign-ins from new devices, changed passwords, passkeys, addresses."
    )
    SPENDING = strawberry.enum_value("SPENDING", description="Each use of points.")
    EXPIRING_POINTS = strawberry.enum_value(
        "EXPIRING_POINTS", description="Points that end within 60, 30 and 7 days."
    )
    MONTHLY_STATEMENT = strawberry.enum_value(
        "MONTHLY_STATEMENT", description="What became of the points in a month."
    )


_KINDS = {
    NotificationKind.SECURITY: mail.MailKind.NEW_DEVICE,
    NotificationKind.SPENDING: mail.MailKind.SPENT,
    NotificationKind.EXPIRING_POINTS: mail.MailKind.EXPIRING,
    NotificationKind.MONTHLY_STATEMENT: mail.MailKind.MONTHLY,
}


@strawberry.enum(description="How a member is told.")
class NotificationChannel(Enum):
    EMAIL = strawberry.enum_value("EMAIL", description="By e-mail.")
    NONE = strawberry.enum_value("NONE", description="Not at all.")


@shown_to(*_READS, kinds=MEMBERS)
@strawberry.type(description="How a member is told of one kind of thing.")
class Notification:
    kind: NotificationKind = strawberry.field(description="Of what.")
    channel: NotificationChannel = strawberry.field(description="How.")
    switchable: bool = strawberry.field(
        description="False: it is always sent, because it protects the member."
    )
    needs_consent: bool = strawberry.field(
        description="Whether it is sent only with the consent to mails of the programme."
    )
    sent: bool = strawberry.field(
        description="Whether it is sent as things stand: wanted, and with the consent it needs."
    )


@shown_to(*_READS, kinds=MEMBERS)
@strawberry.type(description="What a member is told of, how, and when not.")
class Notifications:
    kinds: list[Notification] = strawberry.field(description="Every kind there is.")
    quiet_from: str | None = strawberry.field(
        description="From when on nothing is sent that can wait, like 22:00; null: there is no such"
        " time. In the member's own time zone."
    )
    quiet_until: str | None = strawberry.field(description="Until when, like 07:30.")

    @classmethod
    async def of(cls, context: Context, member_id: int) -> "Notifications":
        async with context.reading() as connection:
            found = await mail.preferences_of(connection, member_id)
            standing = await consents.list_consents(
                connection,
                consents.ConsentFilter(
                    member_id, purposes=(consents.Purpose.PROGRAMME_MAILS,), only_standing=True
                ),
            )
        return cls(
            kinds=[
                _notification(name, kind, found.switched_off, has_consented=bool(standing))
                for name, kind in _KINDS.items()
            ],
            quiet_from=_shown(found.quiet_from),
            quiet_until=_shown(found.quiet_until),
        )


@strawberry.input(description="How a member wants to be told of something.")
class SetNotificationInput:
    kind: NotificationKind = strawberry.field(description="Of what.")
    channel: NotificationChannel = strawberry.field(description="How.")


@strawberry.input(description="When a member is not to be disturbed; nothing twice: never.")
class SetQuietHoursInput:
    from_: str | None = strawberry.field(
        name="from", default=None, description="Like 22:00, in the member's own time zone."
    )
    until: str | None = strawberry.field(
        default=None, description="Like 07:30; it may be on the next day."
    )


@shown_to(Scope.MEMBER_MANAGE, kinds=MEMBERS)
@strawberry.type(description="How the member is told from now on.")
class NotificationsPayload:
    notifications: Notifications | None = strawberry.field(description="Null when refused.")
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "NotificationsPayload":
        return cls(notifications=None, user_errors=errors)


def _notification(
    name: NotificationKind,
    kind: mail.MailKind,
    switched_off: frozenset[mail.MailKind],
    *,
    has_consented: bool,
) -> Notification:
    needs_consent = kind.rank is mail.Rank.PROGRAMME
    is_wanted = kind not in switched_off
    return Notification(
        kind=name,
        channel=NotificationChannel.EMAIL if is_wanted else NotificationChannel.NONE,
        switchable=kind in mail.SWITCHABLE,
        needs_consent=needs_consent,
        sent=is_wanted and (has_consented or not needs_consent),
    )


def _shown(at: time | None) -> str | None:
    return None if at is None else f"{at:%H:%M}"


def _time(text: str | None, field: str) -> time | None:
    """Raises `QuietHoursNotAllowed`."""
    if text is None:
        return None
    if not _TIME.fullmatch(text):
        raise mail.QuietHoursNotAllowed(
            f"{text[:20]!r} is no time of day. Send one like 22:00.", field=(field,)
        )
    return time.fromisoformat(text)


@strawberry.type
class NotificationQueries:
    @strawberry.field(
        description="What the member of this token is told of, how, and when not.",
        metadata=seen_by(*_READS, kinds=MEMBERS),
    )
    async def notifications(self, info: Info) -> Notifications:
        member_id = acting_member(info.context.actor, *_READS)
        return await Notifications.of(info.context, member_id)


@strawberry.type
class NotificationMutations:
    @strawberry.mutation(
        description="Switch a kind of mail on or off. Said again, nothing changes.",
        extensions=[RefusalBecomesPayload(NotificationsPayload)],
        metadata=seen_by(Scope.MEMBER_MANAGE, kinds=MEMBERS),
    )
    async def set_notification(
        self, info: Info, input: Asked[SetNotificationInput]
    ) -> NotificationsPayload:
        context = info.context
        member_id = await mail.switch_mail(
            context.office,
            actor=context.actor,
            kind=_KINDS[input.kind],
            wanted=input.channel is NotificationChannel.EMAIL,
        )
        return NotificationsPayload(
            notifications=await Notifications.of(context, member_id), user_errors=[]
        )

    @strawberry.mutation(
        description="Say when not to be disturbed. Security and spending are told at once anyway.",
        extensions=[RefusalBecomesPayload(NotificationsPayload)],
        metadata=seen_by(Scope.MEMBER_MANAGE, kinds=MEMBERS),
    )
    async def set_quiet_hours(
        self, info: Info, input: Asked[SetQuietHoursInput]
    ) -> NotificationsPayload:
        context = info.context
        member_id = await mail.set_quiet_hours(
            context.office,
            actor=context.actor,
            quiet_from=_time(input.from_, "from"),
            quiet_until=_time(input.until, "until"),
        )
        return NotificationsPayload(
            notifications=await Notifications.of(context, member_id), user_errors=[]
        )
