"""What happens in disputes, as who listens is told of it: both sides are told the same."""

import strawberry

from coalition.access import Scope
from coalition.api.context import Context, Info
from coalition.api.disputes import Dispute
from coalition.api.events import Event
from coalition.api.viewers import PARTNER_AND_OPERATOR, shown_to

OF_DISPUTES = (Scope.RECONCILIATION_WRITE, Scope.OPERATOR_READ, Scope.SETTLEMENT_APPROVE)


async def _dispute(context: Context, event: Event) -> Dispute:
    number = event.happened.subject_id
    found = None if number is None else await Dispute.numbered(context, number)
    if found is None:
        raise RuntimeError("A dispute cannot be read by a reader that is told of it.")
    return found


@shown_to(*OF_DISPUTES, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="A line of a brand's statement was disputed.")
class DisputeOpened(Event):
    @strawberry.field(description="The dispute, as it stands now.")
    async def dispute(self, info: Info) -> Dispute:
        return await _dispute(info.context, self)


@shown_to(*OF_DISPUTES, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="Either side spoke in a dispute: evidence, a reply, a message.")
class DisputeAnswered(Event):
    @strawberry.field(description="The dispute, as it stands now.")
    async def dispute(self, info: Info) -> Dispute:
        return await _dispute(info.context, self)


@shown_to(*OF_DISPUTES, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(
    description="A dispute was decided, by the operator or by a deadline that passed in silence."
)
class DisputeDecided(Event):
    @strawberry.field(description="The dispute, as it stands now.")
    async def dispute(self, info: Info) -> Dispute:
        return await _dispute(info.context, self)


@shown_to(*OF_DISPUTES, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="A brand withdrew a dispute: the line stands.")
class DisputeWithdrawn(Event):
    @strawberry.field(description="The dispute, as it stands now.")
    async def dispute(self, info: Info) -> Dispute:
        return await _dispute(info.context, self)


@shown_to(*OF_DISPUTES, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(
    description="A deadline in a dispute is near: whoever is to speak has two days left, or less."
)
class DisputeDueSoon(Event):
    @strawberry.field(description="The dispute, as it stands now.")
    async def dispute(self, info: Info) -> Dispute:
        return await _dispute(info.context, self)
