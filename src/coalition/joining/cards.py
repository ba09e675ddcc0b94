"""Cards that were used before their holder signed up: claimed with a code that a till gives out.

Whoever finds a card, or reads its number from a receipt, has no code.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Final

from coalition.access import Actor, Scope, acting_member, require
from coalition.joining.errors import CardCodeNotGood, CardInUse
from coalition.members import IdentifierKind, MemberNotFound, check_digit, identifier
from coalition.partners import Office

CODE_LIFE: Final = timedelta(days=14)
MOST_TRIES: Final = 5
# Without letters and digits that are taken for each other.
_LETTERS: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE_LENGTH = 8
# Numbers of cards that this program gives out, with a check digit (ISO/IEC 7812-1, Luhn).
_PREFIX, _DIGITS = "98", 13


async def issue_card_code(office: Office, *, actor: Actor, card: str, now: datetime) -> str:
    """For who shows the card, to be told it there; the code before it ends. Good for two weeks.

    Raises `MemberNotFound`, `TextNotAllowed`.
    """
    require(actor, Scope.MEMBERS_ENROL, Scope.MEMBERS_SUPPORT)
    number = identifier(IdentifierKind.CARD, card, ("card",)).value
    code = "".join(secrets.choice(_LETTERS) for _ in range(_CODE_LENGTH))
    (row,) = await office.database.call(
        "issue_card_code", actor.partner_id, number, _hash_of(code), now + CODE_LIFE
    )
    if row["outcome"] != "ISSUED":
        raise MemberNotFound("No such member.", field=("card",))
    return f"{code[:4]}-{code[4:]}"


async def checked_card(
    office: Office,
    card: str,
    code: str | None,
    *,
    now: datetime,
    field: str = "cardCode",
) -> str:
    """The card's number, where the code is its own. A wrong code counts; after some, there is none
    any more. Raises `CardCodeNotGood`, `TextNotAllowed`.
    """
    number = identifier(IdentifierKind.CARD, card, ("card",)).value
    (row,) = await office.database.call(
        "try_card_code", number, _hash_of(code or ""), MOST_TRIES, now
    )
    if not row["is_right"]:
        raise _not_good(field)
    return number


async def claim_card(office: Office, *, actor: Actor, card: str, code: str, now: datetime) -> int:
    """A member that has an account takes a card to it; its number. Raises `CardCodeNotGood`,
    `CardInUse`, `TextNotAllowed`.
    """
    member_id = acting_member(actor, Scope.MEMBER_MANAGE)
    number = await checked_card(office, card, code, now=now, field="code")
    (row,) = await office.database.call("claim_card", member_id, number, *actor.trace)
    outcome: str = row["outcome"]
    if outcome == CardInUse.code:
        raise CardInUse(
            "This card has collected points of its own. Ask us to put them together.",
            field=("card",),
        )
    if outcome != "CLAIMED":
        raise _not_good("code")
    return member_id


def new_card_number() -> str:
    body = _PREFIX + "".join(str(secrets.randbelow(10)) for _ in range(_DIGITS))
    return body + str(check_digit(body))


def _not_good(field: str) -> CardCodeNotGood:
    return CardCodeNotGood(
        "The card and its code do not fit together. Ask a till for a new code.",
        field=(field,),
    )


def _hash_of(code: str) -> bytes:
    plain = code.upper().replace("-", "").replace(" ", "")
    return hashlib.sha256(plain.encode("utf-8", "replace")).digest()
