"""Tell of the deadlines of disputes that are near, while whoever is to speak can still do so."""

from datetime import datetime

from coalition.access import Actor
from coalition.disputes.ladder import NEAR
from coalition.disputes.sides import require_operator
from coalition.partners import Office


async def warn_of_disputes(office: Office, *, actor: Actor, now: datetime) -> int:
    """How many deadlines were told of; each is told of once.

    Raises `NotAllowed`.
    """
    require_operator(actor)
    return len(await office.database.call("warn_of_disputes", now, now + NEAR))
