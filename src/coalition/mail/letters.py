"""What each mail says, as a letter in one language. Pure: everything it tells is given.

A subject holds nothing that a member or a brand's customer typed, and no secret: it is shown on
locked screens, and stands in the logs of mail servers.
"""

from collections.abc import Callable

from coalition.mail import account_letters, points_letters
from coalition.mail.kinds import MailKind
from coalition.mail.occasion import Letter, Occasion, Said
from coalition.mail.words import Words, marked

_ = marked
_LONGEST_NAME = 40


def letter_of(told: Occasion, words: Words) -> Letter:
    subject, paragraphs, rows, action, small = _SAID[told.kind](told, words)
    name = greeting_name(told.given_name)
    stop = words.say(_("Stop these mails"))
    return Letter(
        subject=subject,
        greeting=words.say(_("Hello %(name)s,"), name=name) if name else words.say(_("Hello,")),
        paragraphs=paragraphs,
        rows=rows,
        action=(action, told.link),
        small=small,
        unsubscribe=(stop, told.unsubscribe) if told.unsubscribe else None,
    )


def greeting_name(given: str | None) -> str | None:
    """The name to greet with; None for what is none: a mail program makes a link of what looks like
    an address, and whoever signs others up could have us send it.
    """
    name = (given or "").strip()
    has_digits = any(one.isdigit() for one in name)
    if not name or len(name) > _LONGEST_NAME or has_digits or not name.isprintable():
        return None
    return None if set(name) & set('/\\@:<>.{}[]|&%$#=*"') else name


_SAID: dict[MailKind, Callable[[Occasion, Words], Said]] = {
    MailKind.CONFIRM_ADDRESS: account_letters.confirm_address,
    MailKind.ALREADY_MEMBER: account_letters.already_member,
    MailKind.NEW_ADDRESS: account_letters.new_address,
    MailKind.ADDRESS_CHANGING: account_letters.address_changing,
    MailKind.ADDRESS_CHANGED: account_letters.address_changed,
    MailKind.NEW_PASSWORD: account_letters.new_password,
    MailKind.PASSWORD_CHANGED: account_letters.password_changed,
    MailKind.PASSKEY_ADDED: account_letters.passkey_added,
    MailKind.PASSKEY_REMOVED: account_letters.passkey_removed,
    MailKind.NEW_DEVICE: account_letters.new_device,
    MailKind.SPENDING_LOCKED: account_letters.spending_locked,
    MailKind.SPENDING_UNLOCKED: account_letters.spending_unlocked,
    MailKind.POINTS_GIVEN: points_letters.points_given,
    MailKind.VOUCHER_OPENED: points_letters.voucher_opened,
    MailKind.COPY_READY: account_letters.copy_ready,
    MailKind.ERASURE_ASKED: account_letters.erasure_asked,
    MailKind.SPENDING_BLOCKED: account_letters.spending_blocked,
    MailKind.VOUCHER_COPY: points_letters.voucher_copy,
    MailKind.SPENT: points_letters.spent,
    MailKind.EXPIRING: points_letters.expiring,
    MailKind.MONTHLY: points_letters.monthly,
}
