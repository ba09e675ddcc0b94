"""The links that are sent to a mailbox, when they come back."""

from dataclasses import dataclass

from coalition.joining.errors import LinkNotGood
from coalition.kit.database import Database
from coalition.mail import LinkNotValid, Links


@dataclass(frozen=True, slots=True)
class Verification:
    """What somebody asked for and has shown its mailbox for."""

    id: int
    purpose: str
    email: str

    @property
    def not_good(self) -> LinkNotGood:
        return not_good()


def not_good() -> LinkNotGood:
    return LinkNotGood(
        "This link was used already, or its time is over. Ask for a new one.", field=("token",)
    )


async def verification_of(database: Database, links: Links, token: str) -> Verification:
    """What a token is for. Raises `LinkNotGood`, `Unavailable`."""
    try:
        rows = await database.call("find_verification", links.verification_of(token))
    except LinkNotValid:
        raise not_good() from None
    if not rows:
        raise not_good()
    found = Verification(rows[0]["id"], rows[0]["purpose"], rows[0]["email"])
    if not links.is_right(token, found.id, found.purpose, found.email):
        raise not_good()
    return found


async def confirmed(database: Database, links: Links, token: str, purpose: str) -> Verification:
    """The same, where it is for `purpose`. Raises `LinkNotGood`, `Unavailable`."""
    found = await verification_of(database, links, token)
    if found.purpose != purpose:
        raise not_good()
    return found
