"""What each mail says, as a letter in one language. Pure: everything it tells is given.

A subject holds nothing that a member or a brand's customer typed, and no secret: it is shown on
locked screens, and stands in the logs of mail servers.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from coalition.mail.kinds import MailKind
from coalition.mail.words import Words, marked

_ = marked
_LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class Month:
    """What a member's month came to, in points. `first` is its first day."""

    first: date
    earned: int
    spent: int
    ended: int
    returned: int
    had: int


@dataclass(frozen=True, slots=True)
class Occasion:
    """What there is to tell. `link`: where it leads. `facts`: as they were written with it.
    `brand`, `points`, `at`: of a use of points; `available`: what may be spent by now; `ending`:
    how many points end on which day.
    """

    kind: MailKind
    programme: str
    link: str
    given_name: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    brand: str = ""
    points: int = 0
    at: datetime | None = None
    available: int = 0
    ending: Sequence[tuple[date, int]] = ()
    month: Month | None = None
    unsubscribe: str | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    subject: str
    greeting: str
    paragraphs: Sequence[str]
    rows: Sequence[tuple[str, str]] = ()
    action: tuple[str, str] | None = None
    small: Sequence[str] = ()
    unsubscribe: tuple[str, str] | None = None


Said = tuple[str, list[str], list[tuple[str, str]], str, list[str]]


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


def _confirm_address(told: Occasion, words: Words) -> Said:
    return (
        words.say(_("Confirm your e-mail address")),
        [
            words.say(
                _("You want to take part in %(programme)s. Confirm that this address is yours, and"
                  " your account is ready."),
                programme=told.programme,
            )
        ],
        [],
        words.say(_("Confirm the address")),
        [
            _once_until(told, words),
            words.say(_("If it was not you, do nothing: without the link there is no account.")),
        ],
    )  # fmt: skip


def _already_member(told: Occasion, words: Words) -> Said:
    return (
        words.say(_("You have an account already")),
        [
            words.say(
                _("Somebody wanted to make an account at %(programme)s with this address. There is"
                  " one already. If it was you, sign in; if you do not know the password any more,"
                  " ask for a new one there."),
                programme=told.programme,
            )
        ],
        [],
        words.say(_("Sign in")),
        [words.say(_("If it was not you, do nothing: nothing has changed."))],
    )  # fmt: skip


def _new_address(told: Occasion, words: Words) -> Said:
    return (
        words.say(_("Confirm your new e-mail address")),
        [
            words.say(
                _("You want to use this address at %(programme)s from now on. Confirm that it is"
                  " yours."),
                programme=told.programme,
            ),
            words.say(
                _("For your safety nothing can be spent for %(hours)s hours after that."),
                hours=str(told.facts["hours"]),
            ),
        ],
        [],
        words.say(_("Confirm the address")),
        [
            _once_until(told, words),
            words.say(_("If it was not you, do nothing: without the link nothing changes.")),
        ],
    )  # fmt: skip


def _address_changing(told: Occasion, words: Words) -> Said:
    return (
        words.say(_("Your e-mail address is to be changed")),
        [
            words.say(
                _("Somebody who was signed in to your account at %(programme)s wants to use another"
                  " address from now on. It changes when the new address is confirmed."),
                programme=told.programme,
            )
        ],
        [],
        words.say(_("Look after your account")),
        [_if_not_you(words)],
    )  # fmt: skip


def _address_changed(told: Occasion, words: Words) -> Said:
    return (
        words.say(_("Your e-mail address was changed")),
        [
            words.say(
                _("From now on your account at %(programme)s has another address, and mails go"
                  " there. For your safety nothing can be spent until %(until)s."),
                programme=told.programme,
                until=words.moment(_moment(told.facts["until"])),
            )
        ],
        [],
        words.say(_("Look after your account")),
        [_if_not_you(words)],
    )  # fmt: skip


def _new_password(told: Occasion, words: Words) -> Said:
    return (
        words.say(_("Choose a new password")),
        [
            words.say(
                _("Somebody asked for a new password for your account at %(programme)s."),
                programme=told.programme,
            )
        ],
        [],
        words.say(_("Choose a new password")),
        [
            _once_until(told, words),
            words.say(_("If it was not you, do nothing: the password stays as it is.")),
        ],
    )


def _password_changed(told: Occasion, words: Words) -> Said:
    return _changed(
        told, words, _("Your password was changed"),
        _("Your account at %(programme)s has a new password. Wherever you were signed in, you are"
          " signed out."),
    )  # fmt: skip


def _passkey_added(told: Occasion, words: Words) -> Said:
    return _changed(
        told, words, _("A passkey was added"),
        _("A new passkey can sign in to your account at %(programme)s."),
    )  # fmt: skip


def _passkey_removed(told: Occasion, words: Words) -> Said:
    return _changed(
        told, words, _("A passkey was removed"),
        _("A passkey of yours cannot sign in to your account at %(programme)s any more."),
    )  # fmt: skip


def _changed(told: Occasion, words: Words, subject: str, paragraph: str) -> Said:
    return (
        words.say(subject),
        [words.say(paragraph, programme=told.programme)],
        [(words.say(_("When")), words.moment(_moment(told.facts["at"])))],
        words.say(_("Look after your account")),
        [_if_not_you(words)],
    )


def _new_device(told: Occasion, words: Words) -> Said:
    browser, system = told.facts.get("browser"), told.facts.get("system")
    unknown = words.say(_("not known"))
    return (
        words.say(_("New sign-in to your account")),
        [
            words.say(
                _("Somebody signed in to your account at %(programme)s from a device or a network"
                  " that was not used before. If it was you, there is nothing to do."),
                programme=told.programme,
            )
        ],
        [
            (words.say(_("When")), words.moment(_moment(told.facts["at"]))),
            (words.say(_("Browser")), browser or unknown),
            (words.say(_("System")), system or unknown),
        ],
        words.say(_("Look after your account")),
        [_if_not_you(words)],
    )  # fmt: skip


def _spending_locked(told: Occasion, words: Words) -> Said:
    return (
        words.say(_("Spending is locked")),
        [
            words.say(
                _("Spending was locked in your account at %(programme)s: no points are spent until"
                  " the lock is opened again. You earn as always."),
                programme=told.programme,
            )
        ],
        [(words.say(_("When")), words.moment(_moment(told.facts["at"])))],
        words.say(_("Look after your account")),
        [words.say(_("If it was not you, choose another password at once."))],
    )  # fmt: skip


def _spending_unlocked(told: Occasion, words: Words) -> Said:
    return _changed(
        told, words, _("Spending is possible again"),
        _("The lock on spending was opened in your account at %(programme)s: points can be spent"
          " again."),
    )  # fmt: skip


def _points_given(told: Occasion, words: Words) -> Said:
    return (
        words.say(_("You gave points away")),
        [
            words.say(
                _("Points of your account at %(programme)s are on their way to another member."
                  " Until they are accepted you can take them back."),
                programme=told.programme,
            )
        ],
        [
            (words.say(_("Given")), words.points(told.facts["points"])),
            (words.say(_("When")), words.moment(_moment(told.facts["at"]))),
        ],
        words.say(_("See the gift")),
        [words.say(_("If it was not you, take them back and choose another password at once."))],
    )  # fmt: skip


def _copy_ready(told: Occasion, words: Words) -> Said:
    return (
        words.say(_("Your data is ready")),
        [
            words.say(
                _("The copy of your data at %(programme)s that you asked for is ready. Sign in and"
                  " fetch it until %(until)s; after that it is deleted."),
                programme=told.programme,
                until=words.moment(_moment(told.facts["until"])),
            )
        ],
        [],
        words.say(_("Fetch the copy")),
        [_if_not_you(words)],
    )  # fmt: skip


def _erasure_asked(told: Occasion, words: Words) -> Said:
    return (
        words.say(_("Your account will be deleted")),
        [
            words.say(
                _("You want to leave %(programme)s. On %(until)s your name, your addresses and your"
                  " cards are deleted here, and your points with them. Until then you can take it"
                  " back, or spend them."),
                programme=told.programme,
                until=words.moment(_moment(told.facts["until"])),
            )
        ],
        [(words.say(_("Points that would be lost")), words.points(int(told.facts["points"])))],
        words.say(_("Keep the account")),
        [_if_not_you(words)],
    )  # fmt: skip


def _spent(told: Occasion, words: Words) -> Said:
    rows = [
        (words.say(_("Where")), told.brand),
        (words.say(_("Spent")), words.points(told.points)),
    ]
    if told.at is not None:
        rows.append((words.say(_("When")), words.moment(told.at)))
    rows.append((words.say(_("Left to spend")), words.points(told.available)))
    return (
        words.say(_("Points were spent")),
        [
            words.say(
                _("Points of your account at %(programme)s were just spent."),
                programme=told.programme,
            )
        ],
        rows,
        words.say(_("See your account")),
        [
            words.say(_("If it was not you, lock spending in your account at once, and tell us.")),
            words.say(
                _("This mail is sent each time points are spent. It cannot be switched off.")
            ),
        ],
    )


def _expiring(told: Occasion, words: Words) -> Said:
    return (
        words.say(_("Points of yours will end soon")),
        [
            words.say(
                _("These points at %(programme)s can be spent until the end of the day that is"
                  " named, and are gone after it."),
                programme=told.programme,
            )
        ],
        [(words.day(on), words.points(points)) for on, points in told.ending],
        words.say(_("See your points")),
        [],
    )  # fmt: skip


def _monthly(told: Occasion, words: Words) -> Said:
    month = told.month
    if month is None:
        raise ValueError("A monthly letter tells of a month.")
    rows = [
        (words.say(_("Earned")), words.points(month.earned)),
        (words.say(_("Spent")), words.points(month.spent)),
    ]
    if month.returned:
        rows.append((words.say(_("Taken back with returns")), words.points(month.returned)))
    if month.ended:
        rows.append((words.say(_("Ended unspent")), words.points(month.ended)))
    rows.append((words.say(_("At the end of the month")), words.points(month.had)))
    return (
        words.say(_("Your points in %(month)s"), month=words.month(month.first)),
        [words.say(_("This was your month at %(programme)s."), programme=told.programme)],
        rows,
        words.say(_("See your points")),
        [],
    )


def _once_until(told: Occasion, words: Words) -> str:
    return words.say(
        _("The link works once, until %(until)s."), until=words.moment(_moment(told.facts["until"]))
    )


def _if_not_you(words: Words) -> str:
    return words.say(
        _("If it was not you, choose another password at once and lock spending in your account.")
    )


def _moment(text: object) -> datetime:
    return datetime.fromisoformat(str(text))


_SAID: dict[MailKind, Callable[[Occasion, Words], Said]] = {
    MailKind.CONFIRM_ADDRESS: _confirm_address,
    MailKind.ALREADY_MEMBER: _already_member,
    MailKind.NEW_ADDRESS: _new_address,
    MailKind.ADDRESS_CHANGING: _address_changing,
    MailKind.ADDRESS_CHANGED: _address_changed,
    MailKind.NEW_PASSWORD: _new_password,
    MailKind.PASSWORD_CHANGED: _password_changed,
    MailKind.PASSKEY_ADDED: _passkey_added,
    MailKind.PASSKEY_REMOVED: _passkey_removed,
    MailKind.NEW_DEVICE: _new_device,
    MailKind.SPENDING_LOCKED: _spending_locked,
    MailKind.SPENDING_UNLOCKED: _spending_unlocked,
    MailKind.POINTS_GIVEN: _points_given,
    MailKind.COPY_READY: _copy_ready,
    MailKind.ERASURE_ASKED: _erasure_asked,
    MailKind.SPENT: _spent,
    MailKind.EXPIRING: _expiring,
    MailKind.MONTHLY: _monthly,
}
