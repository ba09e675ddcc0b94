"""What brands do about their rewards: put, illustrate, withdraw, load codes, draw."""

import base64
import binascii
from datetime import datetime

import strawberry

from coalition import catalogue
from coalition.access import Scope
from coalition.api.arguments import Asked
from coalition.api.catalogue import Reward, RewardImage, image_path
from coalition.api.catalogue_words import RewardCostBasis, RewardKind, RewardPlace
from coalition.api.context import Context, Info
from coalition.api.errors import RefusalBecomesPayload, UserError, UserErrorCode
from coalition.api.scalars import MoneyInput, Points
from coalition.api.viewers import PARTNERS, seen_by, shown_to
from coalition.kit.ids import Kind


@strawberry.input(description="What a reward says in one language.")
class RewardTextsInput:
    locale: str = strawberry.field(description="A language like es or es-MX.")
    title: str = strawberry.field(description="Its name: 1 to 100 characters.")
    description: str | None = strawberry.field(
        default=None, description="What one gets: up to 2000 characters."
    )
    terms: str | None = strawberry.field(
        default=None, description="What to know before: up to 2000 characters."
    )


@strawberry.input(description="A reward as it is from now on.")
class PutRewardInput:
    idempotency_key: str = strawberry.field(description="As in `awardPoints`.")
    code: str = strawberry.field(
        description="The brand's own key: one that it has is changed, another one is new."
    )
    kind: RewardKind = strawberry.field(description="It stays.")
    texts: list[RewardTextsInput] = strawberry.field(
        description="The first language is for who has none of the others."
    )
    points: Points = strawberry.field(description="What it costs.")
    money: MoneyInput | None = strawberry.field(
        default=None, description="What is paid besides, at the brand."
    )
    category: str | None = strawberry.field(default=None, description="Its shelf.")
    image_hash: str | None = strawberry.field(
        default=None, description="Of an image that `putRewardImage` has taken."
    )
    stock: Points | None = strawberry.field(
        default=None,
        description="How many are left from now on; absent: no end. Codes are counted by"
        " themselves.",
    )
    per_member: int | None = strawberry.field(
        default=None, description="How often one member may claim it; absent: any number of times."
    )
    from_: datetime | None = strawberry.field(
        name="from", default=None, description="Since when it can be claimed."
    )
    until: datetime | None = strawberry.field(default=None, description="Until just before.")
    tier: str | None = strawberry.field(
        default=None, description="The lowest of the programme's tiers that may claim it."
    )
    place: RewardPlace = strawberry.field(default=RewardPlace.BOTH, description="Where it is used.")
    face_value: MoneyInput | None = strawberry.field(
        default=None, description="What it is worth in money."
    )
    cost_basis: RewardCostBasis = strawberry.field(
        default=RewardCostBasis.PRICE, description="What the brand is paid for it."
    )
    cost: MoneyInput | None = strawberry.field(default=None, description="When NEGOTIATED.")
    cancel_hours: int = strawberry.field(
        default=0, description="For how long a claim may be given back; 0: never."
    )
    valid_days: int | None = strawberry.field(
        default=None, description="How long a claim's code is good; absent: for ever."
    )
    winners: int | None = strawberry.field(
        default=None, description="How many win; of a prize draw."
    )
    charity: str | None = strawberry.field(
        default=None, description="To whom it goes; of a donation."
    )


@shown_to(Scope.CATALOGUE_WRITE, kinds=PARTNERS)
@strawberry.type(description="The reward as it is now.")
class PutRewardPayload:
    reward: Reward | None = strawberry.field(description="Null when refused.")
    replayed: bool = strawberry.field(description="Whether this key had been answered before.")
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "PutRewardPayload":
        return cls(reward=None, replayed=False, user_errors=errors)


@strawberry.input(description="A reward that is not to be claimed any more.")
class WithdrawRewardInput:
    reward_id: strawberry.ID = strawberry.field(description="Which.")


@shown_to(Scope.CATALOGUE_WRITE, kinds=PARTNERS)
@strawberry.type(description="The reward, which is withdrawn.")
class WithdrawRewardPayload:
    reward: Reward | None = strawberry.field(description="Null when refused.")
    already_withdrawn: bool = strawberry.field(description="Whether it had been before.")
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "WithdrawRewardPayload":
        return cls(reward=None, already_withdrawn=False, user_errors=errors)


@strawberry.input(description="An image for rewards.")
class PutRewardImageInput:
    content: str = strawberry.field(
        description="Its bytes in Base64 (RFC 4648, section 4): PNG, JPEG or WebP, 512 KiB and"
        " 2000 x 2000 pixels at most."
    )


@shown_to(Scope.CATALOGUE_WRITE, kinds=PARTNERS)
@strawberry.type(description="The image as it is kept.")
class PutRewardImagePayload:
    image: RewardImage | None = strawberry.field(description="Null when refused.")
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "PutRewardImagePayload":
        return cls(image=None, user_errors=errors)


@strawberry.input(description="Codes to be given out, each once.")
class LoadCodesInput:
    reward_id: strawberry.ID = strawberry.field(description="A voucher or a gift card.")
    codes: list[str] = strawberry.field(
        description="1 to 1000 of 1 to 64 characters; blanks in them do not matter."
    )


@shown_to(Scope.CATALOGUE_WRITE, kinds=PARTNERS)
@strawberry.type(description="A code that was not loaded.")
class RefusedRewardCode:
    index: int = strawberry.field(description="Its place in `codes`, from 0.")
    error: UserError = strawberry.field(description="Why not.")


@shown_to(Scope.CATALOGUE_WRITE, kinds=PARTNERS)
@strawberry.type(description="What came of the codes. Only who claims them is shown them.")
class LoadCodesPayload:
    reward: Reward | None = strawberry.field(description="Null when refused.")
    loaded: int = strawberry.field(description="How many were new.")
    refused_codes: list[RefusedRewardCode] = strawberry.field(description="The others.")
    user_errors: list[UserError] = strawberry.field(description="About the list as a whole.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "LoadCodesPayload":
        return cls(reward=None, loaded=0, refused_codes=[], user_errors=errors)


@strawberry.input(description="A prize draw whose time is over.")
class DrawPrizeInput:
    reward_id: strawberry.ID = strawberry.field(description="Which.")


@shown_to(Scope.CATALOGUE_WRITE, kinds=PARTNERS)
@strawberry.type(description="The draw with its seed. Who won is in the claims.")
class DrawPrizePayload:
    reward: Reward | None = strawberry.field(description="Null when refused.")
    already_drawn: bool = strawberry.field(description="Whether it had been before.")
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "DrawPrizePayload":
        return cls(reward=None, already_drawn=False, user_errors=errors)


@strawberry.type
class CatalogueMutations:
    @strawberry.mutation(
        description="Put a reward into the catalogue, or change it. What was claimed stays as it"
        " was.",
        extensions=[RefusalBecomesPayload(PutRewardPayload)],
        metadata=seen_by(Scope.CATALOGUE_WRITE, kinds=PARTNERS),
    )
    async def put_reward(self, info: Info, input: Asked[PutRewardInput]) -> PutRewardPayload:
        context = info.context
        put = await catalogue.put_reward(
            context.office,
            actor=context.actor,
            idempotency_key=input.idempotency_key,
            terms=_terms(context, input),
            texts=[
                (one.locale, catalogue.Texts(one.title, one.description, one.terms))
                for one in input.texts
            ],
            now=context.now,
        )
        reward = await Reward.numbered(context, put.reward_id)
        return PutRewardPayload(reward=reward, replayed=put.replayed, user_errors=[])

    @strawberry.mutation(
        description="Let a reward be claimed no more. To put it again brings it back.",
        extensions=[RefusalBecomesPayload(WithdrawRewardPayload)],
        metadata=seen_by(Scope.CATALOGUE_WRITE, kinds=PARTNERS),
    )
    async def withdraw_reward(
        self, info: Info, input: Asked[WithdrawRewardInput]
    ) -> WithdrawRewardPayload:
        context = info.context
        number = context.keys.seal.number(Kind.REWARD, input.reward_id)
        before = await catalogue.withdraw_reward(
            context.office, actor=context.actor, reward_id=number, now=context.now
        )
        return WithdrawRewardPayload(
            reward=await Reward.numbered(context, number), already_withdrawn=before, user_errors=[]
        )

    @strawberry.mutation(
        description="Keep an image for rewards. This server serves it; no other one is asked.",
        extensions=[RefusalBecomesPayload(PutRewardImagePayload)],
        metadata=seen_by(Scope.CATALOGUE_WRITE, kinds=PARTNERS),
    )
    async def put_reward_image(
        self, info: Info, input: Asked[PutRewardImageInput]
    ) -> PutRewardImagePayload:
        context = info.context
        try:
            content = base64.b64decode(input.content, validate=True)
        except (binascii.Error, ValueError):
            raise catalogue.RewardImageNotValid(
                "content is not Base64.", field=("content",)
            ) from None
        kept = await catalogue.put_image(context.office, actor=context.actor, content=content)
        return PutRewardImagePayload(
            image=RewardImage(hash=kept.hex(), path=image_path(kept)), user_errors=[]
        )

    @strawberry.mutation(
        description="Load codes of a voucher or a gift card. What was loaded before is told, so the"
        " same list can be sent again.",
        extensions=[RefusalBecomesPayload(LoadCodesPayload)],
        metadata=seen_by(Scope.CATALOGUE_WRITE, kinds=PARTNERS),
    )
    async def load_codes(self, info: Info, input: Asked[LoadCodesInput]) -> LoadCodesPayload:
        context = info.context
        number = context.keys.seal.number(Kind.REWARD, input.reward_id)
        found = await catalogue.load_codes(
            context.office, actor=context.actor, reward_id=number, codes=input.codes
        )
        return LoadCodesPayload(
            reward=await Reward.numbered(context, number),
            loaded=found.loaded,
            refused_codes=[
                RefusedRewardCode(
                    index=one.place,
                    error=UserError(
                        code=UserErrorCode[one.code],
                        message=one.message,
                        field=["codes", str(one.place)],
                    ),
                )
                for one in found.refused
            ],
            user_errors=[],
        )

    @strawberry.mutation(
        description="Find the winners of a prize draw, once. Its seed is shown from then on.",
        extensions=[RefusalBecomesPayload(DrawPrizePayload)],
        metadata=seen_by(Scope.CATALOGUE_WRITE, kinds=PARTNERS),
    )
    async def draw_prize(self, info: Info, input: Asked[DrawPrizeInput]) -> DrawPrizePayload:
        context = info.context
        number = context.keys.seal.number(Kind.REWARD, input.reward_id)
        before = await catalogue.draw_prize(
            context.office, actor=context.actor, reward_id=number, now=context.now
        )
        return DrawPrizePayload(
            reward=await Reward.numbered(context, number), already_drawn=before, user_errors=[]
        )


def _terms(context: Context, input: PutRewardInput) -> catalogue.RewardTerms:
    """Raises `RewardNotValid` for money of another currency, and for a hash that is none."""
    return catalogue.RewardTerms(
        code=input.code,
        kind=catalogue.RewardKind[input.kind.name],
        texts={},
        points=input.points,
        money=_minor(context, input.money, "money"),
        category=input.category,
        image_hash=_hash(input.image_hash),
        stock=input.stock,
        per_member=input.per_member,
        from_at=input.from_,
        until_at=input.until,
        tier=input.tier,
        place=catalogue.Place[input.place.name],
        face_value=_minor(context, input.face_value, "faceValue"),
        cost_basis=catalogue.CostBasis[input.cost_basis.name],
        cost=_minor(context, input.cost, "cost"),
        cancel_hours=input.cancel_hours,
        valid_days=input.valid_days,
        winners=input.winners,
        charity=input.charity,
    )


def _minor(context: Context, given: MoneyInput | None, name: str) -> int | None:
    if given is None:
        return None
    if context.actor.partner_id is None:
        raise RuntimeError("Only brands put rewards.")
    currency = context.terms.partner(context.actor.partner_id).currency
    return catalogue.minor_of(given.amount, given.currency, currency, name)


def _hash(text: str | None) -> bytes | None:
    try:
        return None if text is None else bytes.fromhex(text)
    except ValueError:
        raise catalogue.RewardNotValid(
            "imageHash must be the hash that putRewardImage has answered.", field=("imageHash",)
        ) from None
