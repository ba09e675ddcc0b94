"""What mails say about points: given, spent, ending, and a month of them. Pure."""

from coalition.kit.text import in_groups
from coalition.mail.occasion import Occasion, Said
from coalition.mail.words import Words, marked

_ = marked


def points_given(told: Occasion, words: Words) -> Said:
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
            (words.say(_("Given")), told.valued(words, int(told.facts["points"]))),
            (words.say(_("When")), words.moment(told.moment("at"))),
        ],
        words.say(_("See the gift")),
        [words.say(_("If it was not you, take them back and choose another password at once."))],
    )  # fmt: skip


def voucher_opened(told: Occasion, words: Words) -> Said:
    return (
        words.say(_("Your voucher was opened")),
        [
            words.say(
                _("You gave away a voucher of your account at %(programme)s. The link was just"
                  " opened: the code is no longer shown to you."),
                programme=told.programme,
            )
        ],
        [(words.say(_("When")), words.moment(told.moment("at")))],
        words.say(_("See your vouchers")),
        [
            words.say(
                _("If you gave nothing away, lock spending in your account at once, and tell us.")
            )
        ],
    )  # fmt: skip


def voucher_copy(told: Occasion, words: Words) -> Said:
    voucher = told.voucher
    if voucher is None:
        raise ValueError("A copy of a voucher is of one.")
    rows = [
        (words.say(_("Voucher")), voucher.title),
        (words.say(_("Where")), told.brand),
        (words.say(_("Code")), " ".join(in_groups(voucher.code))),
    ]
    if voucher.until is not None:
        rows.append((words.say(_("Good until")), words.moment(voucher.until)))
    return (
        words.say(_("The copy of your voucher")),
        [words.say(_("This is the copy that you asked for at %(programme)s. At the till, show the"
                     " code, or the voucher on the page."), programme=told.programme)],
        rows,
        words.say(_("See the voucher")),
        [words.say(_("Whoever has the code can use it, once. Keep this mail to yourself."))],
    )  # fmt: skip


def spent(told: Occasion, words: Words) -> Said:
    rows = [
        (words.say(_("Where")), told.brand),
        (words.say(_("Spent")), told.valued(words, told.points)),
    ]
    if told.at is not None:
        rows.append((words.say(_("When")), words.moment(told.at)))
    rows.append((words.say(_("Left to spend")), told.valued(words, told.available)))
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


def expiring(told: Occasion, words: Words) -> Said:
    return (
        words.say(_("Points of yours will end soon")),
        [
            words.say(
                _("These points at %(programme)s can be spent until the end of the day that is"
                  " named, and are gone after it."),
                programme=told.programme,
            )
        ],
        [(words.day(on), told.valued(words, points)) for on, points in told.ending],
        words.say(_("See your points")),
        [],
    )  # fmt: skip


def monthly(told: Occasion, words: Words) -> Said:
    month = told.month
    if month is None:
        raise ValueError("A monthly letter tells of a month.")
    rows = [
        (words.say(_("Earned")), told.valued(words, month.earned)),
        (words.say(_("Spent")), told.valued(words, month.spent)),
    ]
    if month.returned:
        rows.append((words.say(_("Taken back with returns")), told.valued(words, month.returned)))
    if month.ended:
        rows.append((words.say(_("Ended unspent")), told.valued(words, month.ended)))
    rows.append((words.say(_("At the end of the month")), told.valued(words, month.had)))
    return (
        words.say(_("Your points in %(month)s"), month=words.month(month.first)),
        [words.say(_("This was your month at %(programme)s."), programme=told.programme)],
        rows,
        words.say(_("See your points")),
        [],
    )
