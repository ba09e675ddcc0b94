"""Who looks after an open difference."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from coalition.access import Actor, Scope, require
from coalition.kit.errors import NotAllowed
from coalition.kit.text import clean
from coalition.partners import Office
from coalition.reconciliation.create_file import refuse_suspended
from coalition.reconciliation.errors import ItemResolved
from coalition.reconciliation.queries import ItemRecord
from coalition.reconciliation.resolve_item import open_item

# A file that did not come in so many days is not coming.
_ABANDONED = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Aged:
    """How many overdue items were given an owner, and how many questions were over."""

    owned: int
    due: int


async def assign_item(
    office: Office, *, actor: Actor, item_id: int, owner: str, now: datetime
) -> ItemRecord:
    """Raises `NotAllowed`, `ItemNotFound`, `ItemResolved`, `TextNotAllowed`,
    `PartnerSuspended`.
    """
    await open_item(office, actor, item_id)
    refuse_suspended(await office.terms(), actor)
    name = clean(owner, ("owner",), longest=100)
    (row,) = await office.database.call(
        "assign_reconciliation_item", actor.partner_id, item_id, name, now
    )
    if row["outcome"] == ItemResolved.code:
        raise ItemResolved("The item was resolved before.", field=("itemId",))
    return await open_item(office, actor, item_id)


async def own_overdue(office: Office, *, actor: Actor, now: datetime) -> Aged:
    """See to it that nothing is overdue and nobody's, and that places to which no file came do not
    stay. The operator's; safe to repeat.
    """
    require(actor, Scope.SETTLEMENT_APPROVE)
    if actor.partner_id is not None:
        raise NotAllowed("Overdue items are given their owners by the operator.")
    await office.database.call("clean_reconciliation", now - _ABANDONED)
    (row,) = await office.database.call("own_overdue_items", "operator", now)
    return Aged(row["owned"], row["due"])
