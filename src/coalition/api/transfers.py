"""Gifts: points that a member gave, or was given."""

from datetime import datetime
from enum import Enum

import strawberry

from coalition import transfer
from coalition.access import Scope
from coalition.api.context import Context
from coalition.api.node import Node
from coalition.api.paging import PageInfo, page_of, place_behind
from coalition.api.scalars import Points
from coalition.api.viewers import MEMBERS, shown_to
from coalition.kit.ids import Kind

OF_TRANSFERS = (Scope.MEMBER_READ, Scope.MEMBER_REDEEM)


@strawberry.enum(description="How a gift of points stands.")
class TransferState(Enum):
    PENDING = strawberry.enum_value(
        "PENDING", description="The points are on the way until it is accepted or comes back."
    )
    ACCEPTED = strawberry.enum_value("ACCEPTED", description="The points have arrived.")
    DECLINED = strawberry.enum_value(
        "DECLINED", description="The receiver did not want them: they have gone back."
    )
    CANCELLED = strawberry.enum_value("CANCELLED", description="The giver took them back.")
    RETURNED = strawberry.enum_value(
        "RETURNED", description="Nobody accepted them in time: they have gone back."
    )


@shown_to(*OF_TRANSFERS, kinds=MEMBERS)
@strawberry.type(description="Points that one member gives to another.")
class Transfer(Node):
    is_giver: bool = strawberry.field(
        description="Whether the member gave them; else it was given them."
    )
    name: str | None = strawberry.field(
        description="The other one's name, all but the first letters covered; null: it has none."
    )
    points: Points = strawberry.field(description="How many.")
    state: TransferState = strawberry.field(description="How it stands.")
    sent_at: datetime = strawberry.field(description="When they were given.")
    returns_at: datetime = strawberry.field(
        description="When they go back unless they are accepted before: after the programme's days,"
        " or when the first of them end."
    )
    decided_at: datetime | None = strawberry.field(
        description="When they arrived or went back; null: they are on the way."
    )

    @classmethod
    def of(cls, context: Context, found: transfer.Transfer) -> "Transfer":
        return cls(
            id=context.seal(Kind.TRANSFER, found.id),
            is_giver=found.is_giver,
            name=found.name,
            points=Points(found.points),
            state=TransferState(found.state.value),
            sent_at=found.sent_at,
            returns_at=found.returns_at,
            decided_at=found.decided_at,
        )

    @classmethod
    async def numbered(cls, context: Context, number: int) -> "Transfer | None":
        """As the member who asks may see it."""
        member_id = context.actor.member_id
        if member_id is None:
            return None
        found = await transfer.transfers_at(context.database, member_id, [number])
        return cls.of(context, found[number]) if number in found else None


@shown_to(Scope.MEMBER_REDEEM, kinds=MEMBERS)
@strawberry.type(description="Whom points can be given to under a card's number.")
class GiftReceiver:
    name: str | None = strawberry.field(
        description="Its name, all but the first letters covered; null: it has none."
    )


@shown_to(*OF_TRANSFERS, kinds=MEMBERS)
@strawberry.type(description="A gift in a list.")
class TransferEdge:
    cursor: str = strawberry.field(description="Go on behind this one.")
    node: Transfer = strawberry.field(description="The gift.")


@shown_to(*OF_TRANSFERS, kinds=MEMBERS)
@strawberry.type(description="A page of gifts, the latest first.")
class TransferConnection:
    edges: list[TransferEdge] = strawberry.field(description="With their cursors.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")

    @strawberry.field(description="The gifts alone.")
    def nodes(self) -> list[Transfer]:
        return [edge.node for edge in self.edges]


async def transfer_page(
    context: Context, member_id: int, first: int | None, after: str | None
) -> TransferConnection:
    behind = place_behind(context, Kind.TRANSFER, after)

    async def read(limit: int) -> list[transfer.Transfer]:
        return await transfer.transfers_of(
            context.database, member_id, before=behind[0] if behind else None, limit=limit
        )

    page, info = await page_of(
        first, after, read, lambda found: context.seal(Kind.TRANSFER, found.id)
    )
    edges = [TransferEdge(cursor=cursor, node=Transfer.of(context, one)) for cursor, one in page]
    return TransferConnection(edges=edges, page_info=info)
