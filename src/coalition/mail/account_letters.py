"""What mails say about an account: addresses, passwords, devices, locks, data. Pure."""

from coalition.mail.occasion import Occasion, Said
from coalition.mail.words import Words, marked

_ = marked


def confirm_address(told: Occasion, words: Words) -> Said:
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


def already_member(told: Occasion, words: Words) -> Said:
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


def new_address(told: Occasion, words: Words) -> Said:
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


def address_changing(told: Occasion, words: Words) -> Said:
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


def address_changed(told: Occasion, words: Words) -> Said:
    return (
        words.say(_("Your e-mail address was changed")),
        [
            words.say(
                _("From now on your account at %(programme)s has another address, and mails go"
                  " there. For your safety nothing can be spent until %(until)s."),
                programme=told.programme,
                until=words.moment(told.moment("until")),
            )
        ],
        [],
        words.say(_("Look after your account")),
        [_if_not_you(words)],
    )  # fmt: skip


def new_password(told: Occasion, words: Words) -> Said:
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


def password_changed(told: Occasion, words: Words) -> Said:
    return _changed(
        told, words, _("Your password was changed"),
        _("Your account at %(programme)s has a new password. Wherever you were signed in, you are"
          " signed out."),
    )  # fmt: skip


def passkey_added(told: Occasion, words: Words) -> Said:
    return _changed(
        told, words, _("A passkey was added"),
        _("A new passkey can sign in to your account at %(programme)s."),
    )  # fmt: skip


def passkey_removed(told: Occasion, words: Words) -> Said:
    return _changed(
        told, words, _("A passkey was removed"),
        _("A passkey of yours cannot sign in to your account at %(programme)s any more."),
    )  # fmt: skip


def _changed(told: Occasion, words: Words, subject: str, paragraph: str) -> Said:
    return (
        words.say(subject),
        [words.say(paragraph, programme=told.programme)],
        [(words.say(_("When")), words.moment(told.moment("at")))],
        words.say(_("Look after your account")),
        [_if_not_you(words)],
    )


def new_device(told: Occasion, words: Words) -> Said:
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
            (words.say(_("When")), words.moment(told.moment("at"))),
            (words.say(_("Browser")), browser or unknown),
            (words.say(_("System")), system or unknown),
        ],
        words.say(_("Look after your account")),
        [_if_not_you(words)],
    )  # fmt: skip


def spending_locked(told: Occasion, words: Words) -> Said:
    return (
        words.say(_("Spending is locked")),
        [
            words.say(
                _("Spending was locked in your account at %(programme)s: no points are spent until"
                  " the lock is opened again. You earn as always."),
                programme=told.programme,
            )
        ],
        [(words.say(_("When")), words.moment(told.moment("at")))],
        words.say(_("Look after your account")),
        [words.say(_("If it was not you, choose another password at once."))],
    )  # fmt: skip


def spending_unlocked(told: Occasion, words: Words) -> Said:
    return _changed(
        told, words, _("Spending is possible again"),
        _("The lock on spending was opened in your account at %(programme)s: points can be spent"
          " again."),
    )  # fmt: skip


def spending_blocked(told: Occasion, words: Words) -> Said:
    return (
        words.say(_("Spending was stopped")),
        [
            words.say(
                _("Somebody wanted to spend points of your account at %(programme)s in a way that"
                  " looked unusual. It was stopped, and no points were spent."),
                programme=told.programme,
            ),
            words.say(_("If it was you, show in your account that it is you, and try again.")),
        ],
        [
            (words.say(_("Where")), told.brand),
            (words.say(_("When")), words.moment(told.moment("at"))),
        ],
        words.say(_("Look after your account")),
        [
            words.say(
                _("If it was not you, lock spending in your account at once, and choose another"
                  " password.")
            )
        ],
    )  # fmt: skip


def copy_ready(told: Occasion, words: Words) -> Said:
    return (
        words.say(_("Your data is ready")),
        [
            words.say(
                _("The copy of your data at %(programme)s that you asked for is ready. Sign in and"
                  " fetch it until %(until)s; after that it is deleted."),
                programme=told.programme,
                until=words.moment(told.moment("until")),
            )
        ],
        [],
        words.say(_("Fetch the copy")),
        [_if_not_you(words)],
    )  # fmt: skip


def erasure_asked(told: Occasion, words: Words) -> Said:
    lost = int(told.facts["points"])
    return (
        words.say(_("Your account will be deleted")),
        [
            words.say(
                _("You want to leave %(programme)s. On %(until)s your name, your addresses and your"
                  " cards are deleted here, and your points with them. Until then you can take it"
                  " back, or spend them."),
                programme=told.programme,
                until=words.moment(told.moment("until")),
            )
        ],
        [(words.say(_("Points that would be lost")), told.valued(words, lost))],
        words.say(_("Keep the account")),
        [_if_not_you(words)],
    )  # fmt: skip


def _once_until(told: Occasion, words: Words) -> str:
    return words.say(
        _("The link works once, until %(until)s."), until=words.moment(told.moment("until"))
    )


def _if_not_you(words: Words) -> str:
    return words.say(
        _("If it was not you, choose another password at once and lock spending in your account.")
    )
