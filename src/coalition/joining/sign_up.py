"""Somebody makes an account: asked for with an e-mail address, made when that is confirmed by who
knows the password that was chosen, or chooses another one there.

Whether an address has an account is told to its mailbox and to nobody else: the answer, and the
work, are the same.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import anyio.to_thread

from coalition.access.attempts import Attempts
from coalition.access.passwords import checked_password, hash_of_password, password_matches
from coalition.consents import Choice, asked_for, texts_of
from coalition.joining.cards import checked_card, new_card_number
from coalition.joining.errors import PasswordNotAllowed, PasswordNotRight
from coalition.joining.links import Verification, confirmed
from coalition.kit.database import NOTHING
from coalition.kit.errors import Misconfigured
from coalition.mail import Links
from coalition.members import (
    IdentifierKind,
    checked_locale,
    checked_name,
    identifier,
)
from coalition.partners import Office

LINK_LIFE: Final = timedelta(hours=24)
CLIENT: Final = "sign-up"


@dataclass(frozen=True, slots=True)
class SignUp:
    """What somebody says. `card` with its `card_code`: one that it has used before. `consents`: the
    boxes that it ticked.
    """

    email: str
    password: str
    given_name: str
    family_name: str | None = None
    locale: str | None = None
    consents: Sequence[Choice] = ()
    card: str | None = None
    card_code: str | None = None


@dataclass(frozen=True, slots=True)
class Account:
    member_id: int
    login_id: int
    email: str


@dataclass(frozen=True, slots=True)
class Confirming:
    """What comes with a link: the password that was chosen with the sign-up, or (`is_another`) one
    in its place.
    """

    token: str
    password: str
    is_another: bool = False


async def sign_up(office: Office, said: SignUp, *, address: str, now: datetime) -> None:
    """A mail goes to the address: with a link, or saying that there is an account. Nothing else
    comes of it yet.

    Raises `IdentifierNotValid`, `TextNotAllowed`, `PasswordNotAllowed`, `LocaleNotKnown`,
    `ConsentNotAsked`, `ConsentTextNotCurrent`, `CardCodeNotGood`,
    `TooManyAttempts`, `Unavailable`.
    """
    email = identifier(IdentifierKind.EMAIL, said.email, ("email",)).value
    password = password_allowed(said.password, email)
    content: dict[str, object] = {
        "given_name": checked_name(said.given_name, "givenName"),
        "family_name": checked_name(said.family_name, "familyName"),
        "locale": checked_locale(said.locale),
    }
    async with office.database.reading(NOTHING) as connection:
        texts = await texts_of(connection)
    ticked = await asked_for(office, texts, said.consents, field=("consents",))
    content["consents"] = [
        {
            "purpose": text.purpose.value,
            "partner_id": partner_id,
            "version": text.version,
            "locale": text.locale,
            "text_hash": text.hash.hex(),
        }
        for partner_id, text in ticked
    ]
    await Attempts(office.database, address, f"sign-up {email}").count(now)
    if said.card is not None:
        content["card"] = await checked_card(office, said.card, said.card_code, now=now)
    else:
        content["new_card"] = new_card_number()
    content["password_hash"] = await hashed(password)
    await office.database.call("begin_sign_up", email, json.dumps(content), now + LINK_LIFE, now)


async def confirm_sign_up(
    office: Office, links: Links, said: Confirming, *, address: str, request_id: UUID, now: datetime
) -> Account:
    """The account. Under another password neither the card nor the boxes of the sign-up count:
    whoever filled it in may have been somebody else.

    Raises `LinkNotGood`, `PasswordNotRight`, `PasswordNotAllowed`, `TooManyAttempts`,
    `Unavailable`.
    """
    asked = await confirmed(office.database, links, said.token, "SIGN_UP")
    rows = await office.database.call("find_sign_up", asked.id, now)
    if not rows:
        raise asked.not_good
    password_hash = new_card = None
    if said.is_another:
        password_hash = await hashed(password_allowed(said.password, asked.email))
        new_card = new_card_number()
    else:
        await _compare(office, asked, rows[0]["password_hash"], said.password, address, now)
    (row,) = await office.database.call(
        "finish_sign_up", asked.id, password_hash, new_card, CLIENT, request_id, now
    )
    if row["outcome"] != "DONE":
        raise asked.not_good
    return Account(row["member_id"], row["login_id"], asked.email)


async def _compare(
    office: Office,
    asked: Verification,
    password_hash: str,
    password: str,
    address: str,
    now: datetime,
) -> None:
    """Raises `PasswordNotRight`, `TooManyAttempts`."""
    attempts = Attempts(office.database, address, f"confirm {asked.email}")
    await attempts.count(now)
    if not await password_matches(password_hash, password):
        raise PasswordNotRight("This is not the password of the sign-up.", field=("password",))
    await attempts.forget()


def password_allowed(password: str, email: str) -> str:
    """Raises `PasswordNotAllowed`."""
    try:
        return checked_password(password, email)
    except Misconfigured as error:
        raise PasswordNotAllowed(str(error), field=("password",)) from None


async def hashed(password: str) -> str:
    """Off the event loop: to be slow is its purpose."""
    return await anyio.to_thread.run_sync(hash_of_password, password)
