"""What a member has, and when that changes by itself."""

from datetime import date, datetime
from typing import Annotated

import strawberry

from coalition import ledger
from coalition.access import Scope
from coalition.api.context import Context, Info
from coalition.api.paging import page_size
from coalition.api.scalars import MoneyType, Points
from coalition.api.viewers import MEMBER_AND_OPERATOR, shown_to

Soonest = Annotated[
    int | None,
    strawberry.argument(description="The soonest so many, 1 to 100; absent: all."),
]


@shown_to(Scope.MEMBER_READ, Scope.OPERATOR_READ, kinds=MEMBER_AND_OPERATOR)
@strawberry.type(description="Points that end together.")
class ExpiringPoints:
    on: date = strawberry.field(description="The last day on which they may be spent.")
    points: Points = strawberry.field(description="How many, pending ones among them.")


@shown_to(Scope.MEMBER_READ, Scope.OPERATOR_READ, kinds=MEMBER_AND_OPERATOR)
@strawberry.type(description="Points that become spendable together.")
class BecomingSpendable:
    spendable_from: datetime = strawberry.field(description="From when on they may be spent.")
    points: Points = strawberry.field(description="How many.")


@shown_to(Scope.MEMBER_READ, Scope.OPERATOR_READ, kinds=MEMBER_AND_OPERATOR)
@strawberry.type(description="What a member has at an instant.")
class Balance:
    member_id: strawberry.Private[int]
    available: Points = strawberry.field(description="May be spent now.")
    pending: Points = strawberry.field(description="Earned, spendable later.")
    held: Points = strawberry.field(description="Set aside for purchases being paid.")
    owed: Points = strawberry.field(
        description="A debt left by a return of points already spent; new points pay it first."
    )
    as_of: datetime = strawberry.field(description="The instant.")

    @strawberry.field(description="`available` at the programme's point value.")
    def value(self, info: Info) -> MoneyType:
        return MoneyType.of(info.context.terms.programme.worth(self.available))

    @strawberry.field(description="Every day on which points end from now on, soonest first.")
    async def expiring(self, info: Info, first: Soonest = None) -> list[ExpiringPoints]:
        context = info.context
        many = None if first is None else page_size(first)
        today = context.terms.programme.today(context.now)
        found = await ledger.expiring_points(context.database, self.member_id, today=today)
        return [ExpiringPoints(on=one.on, points=Points(one.points)) for one in found[:many]]

    @strawberry.field(
        description="When pending points become spendable from now on, soonest first."
    )
    async def becoming(self, info: Info) -> list[BecomingSpendable]:
        context = info.context
        today = context.terms.programme.today(context.now)
        found = await ledger.pending_points(
            context.database, self.member_id, now=context.now, today=today
        )
        return [
            BecomingSpendable(spendable_from=one.spendable_from, points=Points(one.points))
            for one in found
        ]

    @classmethod
    def of(cls, member_id: int, found: ledger.Balance) -> "Balance":
        return cls(
            member_id=member_id,
            available=Points(found.available),
            pending=Points(found.pending),
            held=Points(found.held),
            owed=Points(found.owed),
            as_of=found.as_of,
        )

    @classmethod
    async def now_of(cls, context: Context, member_id: int) -> "Balance":
        today = context.terms.programme.today(context.now)
        found = await ledger.balance_of(context.database, member_id, now=context.now, today=today)
        return cls.of(member_id, found)
