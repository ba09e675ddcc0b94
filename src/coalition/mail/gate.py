"""Whether a mail is sent now, later or not at all. Asked when it is about to be sent: what a member
said a moment ago counts. Pure.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from coalition.mail.kinds import MailKind, Rank


@dataclass(frozen=True, slots=True)
class Wishes:
    """Of a member: whether it wants mails of the programme, has switched this kind off, and when it
    is not to be disturbed, in its own zone. An address that the mail server refuses `is_refused`.
    """

    zone: ZoneInfo
    has_consented: bool = False
    is_switched_off: bool = False
    quiet_from: time | None = None
    quiet_until: time | None = None
    is_refused: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """Send it; or wait `until`; or never, and `why`."""

    until: datetime | None = None
    why: str | None = None


SEND = Verdict()


def verdict(kind: MailKind, wishes: Wishes, *, now: datetime, best_before: datetime) -> Verdict:
    if now >= best_before:
        return Verdict(why="TOO_LATE")
    if kind.rank is not Rank.PROGRAMME:
        return SEND
    if not wishes.has_consented:
        return Verdict(why="NO_CONSENT")
    if wishes.is_switched_off:
        return Verdict(why="SWITCHED_OFF")
    if wishes.is_refused:
        return Verdict(why="ADDRESS_REFUSED")
    until = quiet_until(wishes, now)
    return SEND if until is None else Verdict(until=until)


def quiet_until(wishes: Wishes, now: datetime) -> datetime | None:
    """When the quiet hours end in which `now` lies; None when it lies in none.

    A time that the clocks jump over in spring is taken as the moment of the jump.
    """
    begins, ends = wishes.quiet_from, wishes.quiet_until
    if begins is None or ends is None:
        return None
    there = now.astimezone(wishes.zone)
    at = there.time()
    over_midnight = begins > ends
    is_quiet = at >= begins or at < ends if over_midnight else begins <= at < ends
    if not is_quiet:
        return None
    day = there.date() + timedelta(days=1 if over_midnight and at >= begins else 0)
    return datetime.combine(day, ends, wishes.zone).astimezone(UTC)
