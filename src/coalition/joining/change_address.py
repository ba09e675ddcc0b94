"""A member signs in with another e-mail address from now on, once the new mailbox has confirmed it.

The old mailbox is told when it is asked for and when it is done, and nothing is spent for a day
after: whoever has taken over an account wins nothing by moving it away from its owner.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from coalition.access import Actor, Scope, acting_member
from coalition.joining.links import confirmed
from coalition.joining.sign_up import CLIENT, LINK_LIFE
from coalition.kit.database import Database
from coalition.kit.errors import NotAllowed
from coalition.mail import Links
from coalition.members import IdentifierKind, StepUpRequired, identifier
from coalition.partners import Office

# Told in advance, in the mail that asks.
SPEND_PAUSE: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Changed:
    """`paused_until`: nothing is spent before."""

    paused_until: datetime


async def ask_for_address(office: Office, *, actor: Actor, email: str, now: datetime) -> None:
    """A mail goes to the new address; if it is somebody's already, its mailbox is told that and
    nobody else. Raises `IdentifierNotValid`, `TextNotAllowed`, `NotAllowed`, `StepUpRequired`
    (the member has not just shown that it is it), `Unavailable`.
    """
    acting_member(actor, Scope.MEMBER_MANAGE)
    wanted = identifier(IdentifierKind.EMAIL, email, ("email",)).value
    if actor.login_id is None:
        raise NotAllowed("This is done by somebody who has signed in.")
    programme = (await office.terms()).programme
    (row,) = await office.database.call(
        "begin_new_address", actor.login_id, wanted, now + LINK_LIFE,
        int(SPEND_PAUSE.total_seconds()) // 3600, actor.grant_id, programme.fresh_since(now), now,
    )  # fmt: skip
    if row["outcome"] == StepUpRequired.code:
        raise StepUpRequired(
            "The member must show its password or a passkey once more, and ask again within"
            f" {programme.step_up_minutes} minutes."
        )


async def confirm_address(
    database: Database, links: Links, token: str, *, request_id: UUID, now: datetime
) -> Changed:
    """Raises `LinkNotGood`, `Unavailable`."""
    asked = await confirmed(database, links, token, "NEW_ADDRESS")
    until = now + SPEND_PAUSE
    (row,) = await database.call("finish_new_address", asked.id, until, CLIENT, request_id, now)
    if row["outcome"] != "DONE":
        raise asked.not_good
    return Changed(until)
