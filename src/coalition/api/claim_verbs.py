"""What members do about rewards, and brands about what was claimed of theirs."""

from datetime import datetime
from enum import Enum
from typing import Protocol

import strawberry

from coalition import catalogue
from coalition.access import Actor, Scope
from coalition.api.arguments import Asked, DryRun
from coalition.api.claims import Claim
from coalition.api.context import Context, Info, Place
from coalition.api.errors import RefusalBecomesPayload, UserError
from coalition.api.scalars import Points
from coalition.api.viewers import MEMBER_AND_PARTNER, MEMBERS, PARTNERS, seen_by, shown_to
from coalition.kit.database import Database
from coalition.kit.ids import Kind, NotAnId


@strawberry.input(description="A reward to be claimed.")
class ClaimRewardInput:
    idempotency_key: str = strawberry.field(
        description="1 to 255 visible ASCII characters that name this claim: sent again, it is"
        " claimed once."
    )
    reward_id: strawberry.ID = strawberry.field(description="Which.")
    points: Points | None = strawberry.field(
        default=None,
        description="What the member was shown: another price by now is refused. Absent: whatever"
        " it costs.",
    )


@shown_to(Scope.MEMBER_REDEEM, kinds=MEMBERS)
@strawberry.type(description="What became of a claim.")
class ClaimRewardPayload:
    claim: Claim | None = strawberry.field(description="Null when refused.")
    replayed: bool = strawberry.field(description="Whether this key had been answered before.")
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "ClaimRewardPayload":
        return cls(claim=None, replayed=False, user_errors=errors)


@strawberry.input(description="A claim to be given back.")
class CancelClaimInput:
    idempotency_key: str = strawberry.field(description="As in `claimReward`.")
    claim_id: strawberry.ID = strawberry.field(description="Which.")
    reason: str = strawberry.field(description="Why, for the record.")


@shown_to(Scope.MEMBER_REDEEM, Scope.CATALOGUE_WRITE, kinds=MEMBER_AND_PARTNER)
@strawberry.type(description="The claim, given back.")
class CancelClaimPayload:
    claim: Claim | None = strawberry.field(description="Null when refused.")
    replayed: bool = strawberry.field(description="Whether this key had been answered before.")
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "CancelClaimPayload":
        return cls(claim=None, replayed=False, user_errors=errors)


@strawberry.input(description="A code that a member shows.")
class UseVoucherInput:
    idempotency_key: str = strawberry.field(description="As in `awardPoints`.")
    code: str = strawberry.field(description="As it is shown; blanks do not matter.")
    reference: str = strawberry.field(description="The brand's own number of the purchase.")


@shown_to(Scope.POINTS_REDEEM, kinds=PARTNERS)
@strawberry.type(description="What the code was for.")
class UseVoucherPayload:
    claim: Claim | None = strawberry.field(description="Null when refused.")
    replayed: bool = strawberry.field(description="Whether this key had been answered before.")
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "UseVoucherPayload":
        return cls(claim=None, replayed=False, user_errors=errors)


@strawberry.input(description="A voucher for somebody else.")
class GiveVoucherInput:
    claim_id: strawberry.ID = strawberry.field(description="Which.")


@strawberry.input(description="A link that is to open nothing any more.")
class TakeVoucherBackInput:
    claim_id: strawberry.ID = strawberry.field(description="Of which voucher.")


@strawberry.input(description="A voucher to have in the mailbox.")
class MailVoucherInput:
    claim_id: strawberry.ID = strawberry.field(description="Which.")


@shown_to(Scope.MEMBER_REDEEM, kinds=MEMBERS)
@strawberry.type(description="Whether a copy is on its way.")
class MailVoucherPayload:
    asked: bool = strawberry.field(description="False when refused.")
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "MailVoucherPayload":
        return cls(asked=False, user_errors=errors)


@shown_to(Scope.MEMBER_REDEEM, kinds=MEMBERS)
@strawberry.type(description="The voucher with its link, or without one any more.")
class GiveVoucherPayload:
    claim: Claim | None = strawberry.field(description="Null when refused.")
    already_there: bool = strawberry.field(description="Whether nothing had to change.")
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "GiveVoucherPayload":
        return cls(claim=None, already_there=False, user_errors=errors)


@strawberry.enum(description="What a brand has done about a claim.")
class ClaimStep(Enum):
    SENT = strawberry.enum_value("SENT", description="It is on its way.")
    DONE = strawberry.enum_value("DONE", description="It was handed over, or paid.")
    PAID = strawberry.enum_value("PAID", description="The member has paid its money.")
    REPAID = strawberry.enum_value("REPAID", description="Its money was paid back.")


@strawberry.input(description="What was done about a claim.")
class AdvanceClaimInput:
    claim_id: strawberry.ID = strawberry.field(description="Which.")
    to: ClaimStep = strawberry.field(description="What was done.")
    note: str | None = strawberry.field(
        default=None, description="For the member, such as a parcel's number."
    )


@shown_to(Scope.CATALOGUE_WRITE, kinds=PARTNERS)
@strawberry.type(description="The claim as it stands now.")
class AdvanceClaimPayload:
    claim: Claim | None = strawberry.field(description="Null when refused.")
    already_there: bool = strawberry.field(description="Whether nothing had to change.")
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "AdvanceClaimPayload":
        return cls(claim=None, already_there=False, user_errors=errors)


@strawberry.input(description="What a member saves for.")
class WishForRewardInput:
    reward_id: strawberry.ID | None = strawberry.field(
        default=None, description="Which reward; absent: nothing any more."
    )


@shown_to(Scope.MEMBER_REDEEM, Scope.MEMBER_MANAGE, kinds=MEMBERS)
@strawberry.type(description="Whether the wish is kept.")
class WishForRewardPayload:
    kept: bool = strawberry.field(description="False when refused.")
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "WishForRewardPayload":
        return cls(kept=False, user_errors=errors)


_STEPS: dict[ClaimStep, catalogue.ClaimState | catalogue.MoneyState] = {
    ClaimStep.SENT: catalogue.ClaimState.SENT,
    ClaimStep.DONE: catalogue.ClaimState.DONE,
    ClaimStep.PAID: catalogue.MoneyState.PAID,
    ClaimStep.REPAID: catalogue.MoneyState.REPAID,
}


@strawberry.type
class ClaimMutations:
    @strawberry.mutation(
        description="Claim a reward: its points are spent at its brand.",
        extensions=[RefusalBecomesPayload(ClaimRewardPayload)],
        metadata=seen_by(Scope.MEMBER_REDEEM, kinds=MEMBERS),
    )
    async def claim_reward(
        self, info: Info, input: Asked[ClaimRewardInput], *, dry_run: DryRun = False
    ) -> ClaimRewardPayload:
        context = info.context
        claimed = await catalogue.claim_reward(
            context.office,
            actor=context.actor,
            request=catalogue.ClaimRequest(
                input.idempotency_key,
                context.keys.seal.number(Kind.REWARD, input.reward_id),
                input.points,
            ),
            now=context.now,
        )
        claim = await Claim.at(context, claimed.place)
        return ClaimRewardPayload(claim=claim, replayed=claimed.replayed, user_errors=[])

    @strawberry.mutation(
        description="Save for a reward, in place of the one before. It holds nothing of its stock."
        " Saying it again changes nothing.",
        extensions=[RefusalBecomesPayload(WishForRewardPayload)],
        metadata=seen_by(Scope.MEMBER_REDEEM, Scope.MEMBER_MANAGE, kinds=MEMBERS),
    )
    async def wish_for_reward(
        self, info: Info, input: Asked[WishForRewardInput]
    ) -> WishForRewardPayload:
        context, wished = info.context, input.reward_id
        await catalogue.wish_for_reward(
            context.office,
            actor=context.actor,
            reward_id=None if wished is None else context.keys.seal.number(Kind.REWARD, wished),
            now=context.now,
        )
        return WishForRewardPayload(kept=True, user_errors=[])

    @strawberry.mutation(
        description="Give a claim back: its points go into the lots that they came from. A member"
        " in its time; a brand what it cannot deliver.",
        extensions=[RefusalBecomesPayload(CancelClaimPayload)],
        metadata=seen_by(Scope.MEMBER_REDEEM, Scope.CATALOGUE_WRITE, kinds=MEMBER_AND_PARTNER),
    )
    async def cancel_claim(
        self, info: Info, input: Asked[CancelClaimInput], *, dry_run: DryRun = False
    ) -> CancelClaimPayload:
        context = info.context
        place = _place(context, input.claim_id)
        replayed = await catalogue.cancel_claim(
            context.office,
            actor=context.actor,
            idempotency_key=input.idempotency_key,
            claim=place,
            reason=input.reason,
            now=context.now,
        )
        claim = await Claim.at(context, place) if place else None
        return CancelClaimPayload(claim=claim, replayed=replayed, user_errors=[])

    @strawberry.mutation(
        description="Make a link that gives a voucher to whoever opens it, once (`Claim.gift`)."
        " While it stands its code is shown to nobody else. Saying it again changes nothing.",
        extensions=[RefusalBecomesPayload(GiveVoucherPayload)],
        metadata=seen_by(Scope.MEMBER_REDEEM, kinds=MEMBERS),
    )
    async def give_voucher(self, info: Info, input: Asked[GiveVoucherInput]) -> GiveVoucherPayload:
        return await _given(info.context, catalogue.give_voucher, input.claim_id)

    @strawberry.mutation(
        description="Take a link back that nobody has opened. Saying it again changes nothing.",
        extensions=[RefusalBecomesPayload(GiveVoucherPayload)],
        metadata=seen_by(Scope.MEMBER_REDEEM, kinds=MEMBERS),
    )
    async def take_voucher_back(
        self, info: Info, input: Asked[TakeVoucherBackInput]
    ) -> GiveVoucherPayload:
        return await _given(info.context, catalogue.take_voucher_back, input.claim_id)

    @strawberry.mutation(
        description="Mail the member a copy of a voucher, with its code, to the address of its"
        " login. While one is on its way it is that one.",
        extensions=[RefusalBecomesPayload(MailVoucherPayload)],
        metadata=seen_by(Scope.MEMBER_REDEEM, kinds=MEMBERS),
    )
    async def mail_voucher(self, info: Info, input: Asked[MailVoucherInput]) -> MailVoucherPayload:
        context = info.context
        await catalogue.mail_voucher(
            context.database,
            actor=context.actor,
            claim=_place(context, input.claim_id),
            sends_mails=bool(context.server.settings.mail_host),
            now=context.now,
        )
        return MailVoucherPayload(asked=True, user_errors=[])

    @strawberry.mutation(
        description="Take a voucher's code in payment, once.",
        extensions=[RefusalBecomesPayload(UseVoucherPayload)],
        metadata=seen_by(Scope.POINTS_REDEEM, kinds=PARTNERS),
    )
    async def use_voucher(
        self, info: Info, input: Asked[UseVoucherInput], *, dry_run: DryRun = False
    ) -> UseVoucherPayload:
        context = info.context
        used = await catalogue.use_voucher(
            context.office,
            actor=context.actor,
            idempotency_key=input.idempotency_key,
            code=input.code,
            reference=input.reference,
            now=context.now,
        )
        claim = await Claim.at(context, used.claim)
        return UseVoucherPayload(claim=claim, replayed=used.replayed, user_errors=[])

    @strawberry.mutation(
        description="Say what was done about a claim. Saying it again changes nothing.",
        extensions=[RefusalBecomesPayload(AdvanceClaimPayload)],
        metadata=seen_by(Scope.CATALOGUE_WRITE, kinds=PARTNERS),
    )
    async def advance_claim(
        self, info: Info, input: Asked[AdvanceClaimInput]
    ) -> AdvanceClaimPayload:
        context = info.context
        place = _place(context, input.claim_id)
        before = await catalogue.advance_claim(
            context.office,
            actor=context.actor,
            claim=place,
            to=_STEPS[input.to],
            note=input.note,
            now=context.now,
        )
        claim = await Claim.at(context, place) if place else None
        return AdvanceClaimPayload(claim=claim, already_there=before, user_errors=[])


class _GivesOrTakes(Protocol):
    async def __call__(
        self, database: Database, *, actor: Actor, claim: Place | None, now: datetime
    ) -> bool: ...


async def _given(context: Context, verb: _GivesOrTakes, claim_id: str) -> GiveVoucherPayload:
    place = _place(context, claim_id)
    before = await verb(context.database, actor=context.actor, claim=place, now=context.now)
    claim = await Claim.at(context, place) if place else None
    return GiveVoucherPayload(claim=claim, already_there=before, user_errors=[])


def _place(context: Context, id: str) -> Place | None:
    try:
        return context.keys.seal.open(Kind.CLAIM, id)
    except NotAnId:
        return None
