"""How a caller names a member, and the one spelling of each identifier."""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from coalition.kit.text import clean
from coalition.members.errors import CardNumberNotAllowed, IdentifierNotValid
from coalition.members.luhn import holds_card_number

LONGEST_IDENTIFIER = 120


class IdentifierKind(StrEnum):
    CARD = "CARD"
    EMAIL = "EMAIL"
    PHONE = "PHONE"
    EXTERNAL = "EXTERNAL"
    PAYMENT_CARD = "PAYMENT_CARD"


@dataclass(frozen=True, slots=True)
class Identifier:
    kind: IdentifierKind
    value: str


@dataclass(frozen=True, slots=True)
class MemberRef:
    """`kind` is ID (then `value` is the member's number) or an identifier's kind."""

    kind: str
    value: str


def member_numbered(member_id: int) -> MemberRef:
    return MemberRef("ID", str(member_id))


def ref_by(kind: IdentifierKind, value: str, field: tuple[str, ...]) -> MemberRef:
    """The member known by an identifier. Raises `CardNumberNotAllowed`, `IdentifierNotValid`,
    `TextNotAllowed`.
    """
    return MemberRef(kind.value, identifier(kind, value, field).value)


def identifier(kind: IdentifierKind, value: str, field: tuple[str, ...]) -> Identifier:
    """The identifier in its one spelling: an e-mail's domain in lower case, a phone number as
    E.164, a card without blanks. Raises `CardNumberNotAllowed` where it stands for the token of a
    payment card, `IdentifierNotValid`, `TextNotAllowed`.
    """
    text = clean(value, field, longest=LONGEST_IDENTIFIER)
    match kind:
        case IdentifierKind.CARD:
            text = text.replace(" ", "")
        case IdentifierKind.EMAIL:
            text = _email(text, field)
        case IdentifierKind.PHONE:
            text = _phone(text, field)
        case IdentifierKind.EXTERNAL:
            pass
        case IdentifierKind.PAYMENT_CARD:
            refuse_card_number(text, field)
    return Identifier(kind, text)


def refuse_card_number(text: str, field: tuple[str, ...]) -> None:
    """Raises `CardNumberNotAllowed`, without the number: it would stand in somebody's log."""
    if holds_card_number(text):
        raise CardNumberNotAllowed(
            f"{field[-1]} looks like the number of a payment card, which is not taken here. Send"
            " the token that your acquirer gives the card.",
            field=field,
        )


def _email(text: str, field: tuple[str, ...]) -> str:
    try:
        # What a mail server is asked to deliver; two spellings of one mailbox are one member.
        return validate_email(text, check_deliverability=False).normalized.lower()
    except EmailNotValidError as error:
        raise IdentifierNotValid(f"The e-mail address is not valid: {error}", field=field) from None


@lru_cache(maxsize=1024)
def _e164(text: str) -> str | None:
    try:
        number = phonenumbers.parse(text)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _phone(text: str, field: tuple[str, ...]) -> str:
    number = _e164(text)
    if number is None:
        raise IdentifierNotValid(
            "The phone number is not valid. Send it with its country code: +34 600 123 456.",
            field=field,
        )
    return number
