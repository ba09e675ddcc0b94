"""What happens to missing purchases, as who listens is told of it: both sides are told the same."""

import strawberry

from coalition.api.context import Context, Info
from coalition.api.events import Event
from coalition.api.missing import OF_MISSING, MissingPurchase
from coalition.api.viewers import shown_to


async def _missing(context: Context, event: Event) -> MissingPurchase:
    number = event.happened.subject_id
    found = None if number is None else await MissingPurchase.numbered(context, number)
    if found is None:
        raise RuntimeError("A missing purchase cannot be read by a reader that is told of it.")
    return found


@shown_to(*OF_MISSING)
@strawberry.type(description="A member reported a purchase that brought no points.")
class MissingReported(Event):
    @strawberry.field(description="The missing purchase, as it stands now.")
    async def missing_purchase(self, info: Info) -> MissingPurchase:
        return await _missing(info.context, self)


@shown_to(*OF_MISSING)
@strawberry.type(
    description="A missing purchase went on: something was asked, said, sent or decided."
)
class MissingChanged(Event):
    @strawberry.field(description="The missing purchase, as it stands now.")
    async def missing_purchase(self, info: Info) -> MissingPurchase:
        return await _missing(info.context, self)
