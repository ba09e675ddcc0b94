"""A member that does not know its password any more gets a link, and chooses a new one with it.

As with an operator's new password, sessions and passkeys end; and nothing is spent for a day.
"""

from datetime import datetime, timedelta
from typing import Final

from coalition.access.attempts import Attempts
from coalition.joining.change_address import SPEND_PAUSE
from coalition.joining.links import confirmed
from coalition.joining.sign_up import hashed, password_allowed
from coalition.kit.database import Database
from coalition.kit.errors import Refusal
from coalition.mail import Links
from coalition.members import IdentifierKind, identifier

# Shorter than that of a sign-up: it opens an account that has points.
LINK_LIFE: Final = timedelta(hours=1)


async def ask_for_password(database: Database, *, email: str, address: str, now: datetime) -> None:
    """The same for an address that has no account, and for what is none. Raises `TooManyAttempts`,
    `Unavailable`.
    """
    try:
        known_as = identifier(IdentifierKind.EMAIL, email, ("email",)).value
    except Refusal:
        return
    await Attempts(database, address, f"password {known_as}").count(now)
    await database.call("begin_new_password", known_as, now + LINK_LIFE, now)


async def choose_password(
    database: Database, links: Links, token: str, password: str, *, now: datetime
) -> None:
    """Raises `LinkNotGood`, `PasswordNotAllowed`, `Unavailable`."""
    asked = await confirmed(database, links, token, "NEW_PASSWORD")
    new = await hashed(password_allowed(password, asked.email))
    (row,) = await database.call("finish_new_password", asked.id, new, now + SPEND_PAUSE, now)
    if row["outcome"] != "DONE":
        raise asked.not_good
