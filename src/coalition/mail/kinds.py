"""Which mails there are, and what must be given before one is sent. Pure."""

from enum import IntEnum, StrEnum


class Rank(IntEnum):
    """Who waits for whom where only so many go out in a minute; and what a mail needs."""

    SECURITY = 0  # always, at once
    ALERT = 1  # always, at once: of a use of points, and what was asked for
    PROGRAMME = 2  # with consent, unless it was switched off, and not in quiet hours


class MailKind(StrEnum):
    CONFIRM_ADDRESS = "CONFIRM_ADDRESS"
    ALREADY_MEMBER = "ALREADY_MEMBER"
    NEW_ADDRESS = "NEW_ADDRESS"
    ADDRESS_CHANGING = "ADDRESS_CHANGING"
    ADDRESS_CHANGED = "ADDRESS_CHANGED"
    NEW_PASSWORD = "NEW_PASSWORD"  # noqa: S105 - a kind of mail
    PASSWORD_CHANGED = "PASSWORD_CHANGED"  # noqa: S105 - a kind of mail
    PASSKEY_ADDED = "PASSKEY_ADDED"
    PASSKEY_REMOVED = "PASSKEY_REMOVED"
    NEW_DEVICE = "NEW_DEVICE"
    SPENDING_LOCKED = "SPENDING_LOCKED"
    SPENDING_UNLOCKED = "SPENDING_UNLOCKED"
    POINTS_GIVEN = "POINTS_GIVEN"
    VOUCHER_OPENED = "VOUCHER_OPENED"
    COPY_READY = "COPY_READY"
    ERASURE_ASKED = "ERASURE_ASKED"
    SPENDING_BLOCKED = "SPENDING_BLOCKED"
    VOUCHER_COPY = "VOUCHER_COPY"
    SPENT = "SPENT"
    EXPIRING = "EXPIRING"
    MONTHLY = "MONTHLY"

    @property
    def rank(self) -> Rank:
        match self:
            case MailKind.SPENT | MailKind.VOUCHER_COPY:
                return Rank.ALERT
            case MailKind.EXPIRING | MailKind.MONTHLY:
                return Rank.PROGRAMME
            case _:
                return Rank.SECURITY


SWITCHABLE = tuple(kind for kind in MailKind if kind.rank is Rank.PROGRAMME)
