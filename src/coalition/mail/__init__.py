"""Mails to members: written with what happened, sent when they may be, in the member's language."""

from coalition.mail.clean import clean_mails
from coalition.mail.door import Answer, Door, MailServer, Outcome
from coalition.mail.kinds import SWITCHABLE, MailKind, Rank
from coalition.mail.letters import letter_of
from coalition.mail.links import LinkNotValid, Links, Unsubscribing
from coalition.mail.message import Envelope, Rendered, message_of, rendered
from coalition.mail.occasion import Letter, Month, Occasion, VoucherCopy
from coalition.mail.preferences import (
    NotSwitchable,
    Preferences,
    QuietHoursNotAllowed,
    preferences_of,
    set_quiet_hours,
    switch_mail,
    unsubscribe,
)
from coalition.mail.send import MailServerNotReached, Postman
from coalition.mail.words import LANGUAGES, Words, words_of
from coalition.mail.write import KEEP_ALERTS, fan_out_mails, write_months, write_reminders

__all__ = [
    "KEEP_ALERTS",
    "LANGUAGES",
    "SWITCHABLE",
    "Answer",
    "Door",
    "Envelope",
    "Letter",
    "LinkNotValid",
    "Links",
    "MailKind",
    "MailServer",
    "MailServerNotReached",
    "Month",
    "NotSwitchable",
    "Occasion",
    "Outcome",
    "Postman",
    "Preferences",
    "QuietHoursNotAllowed",
    "Rank",
    "Rendered",
    "Unsubscribing",
    "VoucherCopy",
    "Words",
    "clean_mails",
    "fan_out_mails",
    "letter_of",
    "message_of",
    "preferences_of",
    "rendered",
    "set_quiet_hours",
    "switch_mail",
    "unsubscribe",
    "words_of",
    "write_months",
    "write_reminders",
]
