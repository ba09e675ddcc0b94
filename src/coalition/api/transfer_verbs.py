"""What members do about points that they give and are given."""

from enum import Enum

import strawberry

from coalition import transfer
from coalition.access import Scope
from coalition.api.arguments import Asked, DryRun
from coalition.api.context import Info
from coalition.api.errors import RefusalBecomesPayload, UserError
from coalition.api.scalars import Points
from coalition.api.transfers import Transfer
from coalition.api.viewers import MEMBERS, seen_by, shown_to
from coalition.kit.ids import Kind


@strawberry.input(description="Points to give away.")
class SendPointsInput:
    idempotency_key: str = strawberry.field(description="As in `claimReward`.")
    card: str = strawberry.field(description="The number of a card of whom they are for.")
    points: Points = strawberry.field(description="How many, within `Programme.gifts`.")


@strawberry.enum(description="What becomes of a gift.")
class TransferDecision(Enum):
    ACCEPTED = strawberry.enum_value("ACCEPTED", description="By whom it is for.")
    DECLINED = strawberry.enum_value("DECLINED", description="By whom it is for.")
    CANCELLED = strawberry.enum_value("CANCELLED", description="By who gave it.")


@strawberry.input(description="What becomes of a gift.")
class DecideTransferInput:
    transfer_id: strawberry.ID = strawberry.field(description="Which.")
    to: TransferDecision = strawberry.field(description="What becomes of it.")


@shown_to(Scope.MEMBER_REDEEM, kinds=MEMBERS)
@strawberry.type(description="The gift as it stands now.")
class TransferPayload:
    transfer: Transfer | None = strawberry.field(description="Null when refused.")
    replayed: bool = strawberry.field(description="Whether this had been answered before.")
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "TransferPayload":
        return cls(transfer=None, replayed=False, user_errors=errors)


@strawberry.type
class TransferMutations:
    @strawberry.mutation(
        description="Give points to whoever has a card. They are on the way until that member"
        " accepts, or come back. Whoever gives must just have shown its password or a passkey.",
        extensions=[RefusalBecomesPayload(TransferPayload)],
        metadata=seen_by(Scope.MEMBER_REDEEM, kinds=MEMBERS),
    )
    async def send_points(
        self, info: Info, input: Asked[SendPointsInput], *, dry_run: DryRun = False
    ) -> TransferPayload:
        context = info.context
        sent = await transfer.send_points(
            context.office,
            actor=context.actor,
            gift=transfer.Gift(input.idempotency_key, input.card, input.points),
            now=context.now,
        )
        found = await Transfer.numbered(context, sent.transfer_id)
        return TransferPayload(transfer=found, replayed=sent.replayed, user_errors=[])

    @strawberry.mutation(
        description="Accept or decline a gift, or take it back. Saying it again changes nothing.",
        extensions=[RefusalBecomesPayload(TransferPayload)],
        metadata=seen_by(Scope.MEMBER_REDEEM, kinds=MEMBERS),
    )
    async def decide_transfer(
        self, info: Info, input: Asked[DecideTransferInput]
    ) -> TransferPayload:
        context = info.context
        number = context.keys.seal.number(Kind.TRANSFER, input.transfer_id)
        replayed = await transfer.decide_transfer(
            context.office,
            actor=context.actor,
            transfer_id=number,
            to=transfer.Decision[input.to.name],
            now=context.now,
        )
        found = await Transfer.numbered(context, number)
        return TransferPayload(transfer=found, replayed=replayed, user_errors=[])
