"""How old open differences are."""

from datetime import datetime

import strawberry

from coalition import reconciliation
from coalition.api.context import Context, Info
from coalition.api.partners import Partner
from coalition.api.reconciliation import SEEN
from coalition.api.scalars import MoneyType
from coalition.api.viewers import PARTNER_AND_OPERATOR, seen_by, shown_to


@shown_to(*SEEN, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="Open differences of about the same age.")
class ReconciliationBand:
    from_days: int = strawberry.field(
        description="At least so many full days since they were first found, and fewer than the"
        " next band says."
    )
    items: int = strawberry.field(description="How many.")
    value: MoneyType = strawberry.field(description="The money that hangs on them.")


@shown_to(*SEEN, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="What is open of a partner, by its age.")
class ReconciliationAgeing:
    partner_number: strawberry.Private[int]
    bands: list[ReconciliationBand] = strawberry.field(description="The youngest first.")
    items: int = strawberry.field(description="How many in all.")
    value: MoneyType = strawberry.field(description="What hangs on them in all.")
    overdue: int = strawberry.field(description="Of how many the term is over.")
    unowned: int = strawberry.field(description="How many of those nobody looks after.")
    oldest_at: datetime = strawberry.field(description="When the oldest was first found.")

    @strawberry.field(description="Whose they are.")
    def partner(self, info: Info) -> Partner:
        return Partner.numbered(info.context, self.partner_number)

    @classmethod
    def of(cls, found: reconciliation.Ageing) -> "ReconciliationAgeing":
        return cls(
            partner_number=found.partner_id,
            bands=[
                ReconciliationBand(
                    from_days=one.from_days, items=one.items, value=MoneyType.of(one.value)
                )
                for one in found.bands
            ],
            items=found.items,
            value=MoneyType.of(found.value),
            overdue=found.overdue,
            unowned=found.unowned,
            oldest_at=found.oldest_at,
        )

    @classmethod
    async def all_of(cls, context: Context, partner_id: int | None) -> "list[ReconciliationAgeing]":
        """Of one partner, or (None) of all; those of which nothing is open are absent."""
        async with context.reading() as connection:
            found = await reconciliation.ageing_of(
                connection, now=context.now, partner_id=partner_id
            )
        return [cls.of(one) for one in found]


@strawberry.type
class ReconciliationAgeingQueries:
    @strawberry.field(
        description="Open differences by their age: a partner's own, the operator's by partner;"
        " partners of which nothing is open are absent.",
        metadata=seen_by(*SEEN, kinds=PARTNER_AND_OPERATOR),
    )
    async def reconciliation_ageing(self, info: Info) -> list[ReconciliationAgeing]:
        context: Context = info.context
        return await ReconciliationAgeing.all_of(context, context.actor.partner_id)
