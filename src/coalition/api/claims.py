"""What members have claimed: vouchers with their codes, items on their way, tickets."""

from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from coalition import catalogue
from coalition.access import ActorKind, Scope
from coalition.api.arguments import After, First
from coalition.api.catalogue import Reward
from coalition.api.context import Context, Info, Place
from coalition.api.node import Node
from coalition.api.paging import PageInfo, bad_cursor, page_of, place_behind
from coalition.api.partners import Partner
from coalition.api.redemption import Redemption
from coalition.api.scalars import MoneyType, Points
from coalition.api.viewers import MEMBERS, PARTNER_AND_OPERATOR, seen_by, shown_to
from coalition.kit.amounts import Money
from coalition.kit.ids import Kind

if TYPE_CHECKING:
    from coalition.api.members import Member

# The member, its brand's staff and tills, the operator.
OF_CLAIMS = (
    Scope.MEMBER_READ, Scope.MEMBER_REDEEM, Scope.CATALOGUE_WRITE, Scope.POINTS_REDEEM,
    Scope.OPERATOR_READ,
)  # fmt: skip


@strawberry.enum(description="How a claim stands.")
class ClaimState(Enum):
    CLAIMED = strawberry.enum_value(
        "CLAIMED", description="The member has it: its code is good, or the brand is to act."
    )
    GIVEN = strawberry.enum_value(
        "GIVEN",
        description="Whoever the member gave its code to has seen it, and may use it. For its brand"
        " it is CLAIMED.",
    )
    SENT = strawberry.enum_value("SENT", description="It is on its way to the member.")
    WON = strawberry.enum_value("WON", description="The ticket won; the brand hands the prize out.")
    LOST = strawberry.enum_value("LOST", description="The ticket did not win.")
    DONE = strawberry.enum_value(
        "DONE", description="Its code was used, it was handed over, paid or given."
    )
    CANCELLED = strawberry.enum_value("CANCELLED", description="It was given back.")
    EXPIRED = strawberry.enum_value("EXPIRED", description="The time of its code is over.")


@strawberry.enum(description="How the money stands that is paid besides the points.")
class ClaimMoneyState(Enum):
    DUE = strawberry.enum_value("DUE", description="The member pays it at the brand.")
    PAID = strawberry.enum_value("PAID", description="The brand has it.")
    TO_REPAY = strawberry.enum_value(
        "TO_REPAY", description="It was given back: the brand owes it to the member."
    )
    REPAID = strawberry.enum_value("REPAID", description="The brand has paid it back.")
    NOTHING_DUE = strawberry.enum_value(
        "NOTHING_DUE", description="It was given back before it was paid."
    )


@shown_to(*OF_CLAIMS)
@strawberry.type(description="The receipt of a donation.")
class DonationReceipt:
    number: str = strawberry.field(description="It names one donation for ever.")
    charity: str = strawberry.field(description="To whom it goes.")
    amount: MoneyType = strawberry.field(description="How much the brand gives.")
    at: datetime = strawberry.field(description="When it was given.")


_OF_ITS_MEMBER = seen_by(Scope.MEMBER_READ, Scope.MEMBER_REDEEM, kinds=MEMBERS)


@shown_to(Scope.MEMBER_READ, Scope.MEMBER_REDEEM, kinds=MEMBERS)
@strawberry.type(description="A link that gives a voucher to whoever opens it, once.")
class VoucherGift:
    link: str | None = strawberry.field(
        description="To be sent to whom it is for; null: it was opened."
    )
    given_at: datetime = strawberry.field(description="When it was made.")
    opened_at: datetime | None = strawberry.field(
        description="When its code was shown; null: nobody has opened it."
    )


@shown_to(*OF_CLAIMS)
@strawberry.type(description="A reward that a member has taken.")
class Claim(Node):
    record: strawberry.Private[catalogue.ClaimRecord]
    points: Points = strawberry.field(description="What it cost.")
    state: ClaimState = strawberry.field(description="How it stands now.")
    money_state: ClaimMoneyState | None = strawberry.field(
        description="How its money stands; null: points alone."
    )
    claimed_at: datetime = strawberry.field(description="When it was claimed.")
    cancellable_until: datetime | None = strawberry.field(
        description="Until when the member may give it back, as long as it is not used or sent;"
        " null: not at all."
    )
    valid_until: datetime | None = strawberry.field(
        description="Until when its code is good; null: for ever, or it has none."
    )
    changed_at: datetime = strawberry.field(description="When it last changed.")
    note: str | None = strawberry.field(
        description="What the brand said last: where a parcel is, or the purchase it was used for."
        " Not told a member that gave it away: the purchase is somebody else's."
    )
    ticket: int | None = strawberry.field(description="Its number in a prize draw.")

    @strawberry.field(description="The reward as it was when it was claimed.")
    async def reward(self, info: Info) -> Reward:
        return Reward.of(info.context, await self._reward(info.context))

    @strawberry.field(
        description="Whether the member may give it back now: in its time, and not used or sent."
    )
    def cancellable(self, info: Info) -> bool:
        record = self.record
        return catalogue.can_be_cancelled(
            record.kind, record.state_at(info.context.now), record.cancel_until,
            now=info.context.now,
        )  # fmt: skip

    @strawberry.field(
        description="Whether a copy with its code can be mailed now (`mailVoucher`).",
        metadata=_OF_ITS_MEMBER,
    )
    def mailable(self, info: Info) -> bool:
        record = self.record
        is_good = record.state_at(info.context.now) is catalogue.ClaimState.CLAIMED
        sends_mails = bool(info.context.server.settings.mail_host)
        return record.sealed_code is not None and record.gift is None and is_good and sends_mails

    @strawberry.field(description="At which brand.")
    def partner(self, info: Info) -> Partner:
        return Partner.numbered(info.context, self.record.partner_id)

    @strawberry.field(description="Who claimed it.")
    def member(self, info: Info) -> Annotated["Member", strawberry.lazy("coalition.api.members")]:
        from coalition.api.members import Member  # noqa: PLC0415 - the graph is a circle

        return Member.numbered(info.context, self.record.member_id)

    @strawberry.field(description="The points as they were spent.")
    async def redemption(self, info: Info) -> Redemption:
        found = await Redemption.at(info.context, (self.record.member_id, self.record.seq))
        if found is None:
            raise RuntimeError("A claim without its redemption.")
        return found

    @strawberry.field(
        description="The code to show or to type; null: there is none, or it was given back or to"
        " somebody else, or this is a dry run. For the member alone.",
        metadata=_OF_ITS_MEMBER,
    )
    def code(self, info: Info) -> str | None:
        sealed = self.record.sealed_code
        # What a dry run draws is the next one's code: whoever read it would have it for nothing.
        is_nobodys = info.context.is_dry or self.record.state is catalogue.ClaimState.CANCELLED
        if sealed is None or is_nobodys or self.record.gift is not None:
            return None
        return catalogue.open_code(info.context.keys.codes, self.record.partner_id, sealed)

    @strawberry.field(
        description="The link that gives it to somebody; null: there is none. For the member"
        " alone.",
        metadata=_OF_ITS_MEMBER,
    )
    def gift(self, info: Info) -> VoucherGift | None:
        found, context = self.record.gift, info.context
        if found is None:
            return None
        links = catalogue.GiftLinks(
            context.keys.codes, context.keys.seal, context.server.settings.url
        )
        link = links.link(found.id) if found.opened_at is None else None
        return VoucherGift(link=link, given_at=found.given_at, opened_at=found.opened_at)

    @strawberry.field(description="What is paid besides the points; null: nothing.")
    async def money(self, info: Info) -> MoneyType | None:
        if self.record.money is None:
            return None
        reward = await self._reward(info.context)
        return MoneyType.of(Money(self.record.money, reward.currency))

    @strawberry.field(description="Of cash-back: what the brand owes, or has paid, the member.")
    async def payout(self, info: Info) -> MoneyType | None:
        if self.record.kind is not catalogue.RewardKind.CASH_BACK:
            return None
        reward = await self._reward(info.context)
        return MoneyType.of(Money(reward.terms.face_value or 0, reward.currency))

    @strawberry.field(description="Of a donation.")
    async def receipt(self, info: Info) -> DonationReceipt | None:
        if self.record.kind is not catalogue.RewardKind.DONATION:
            return None
        reward = await self._reward(info.context)
        return DonationReceipt(
            number=self.id,
            charity=reward.terms.charity or "",
            amount=MoneyType.of(Money(reward.terms.face_value or 0, reward.currency)),
            at=self.record.claimed_at,
        )

    async def _reward(self, context: Context) -> catalogue.RewardRecord:
        found = await context.loaders.rewards.load((self.record.reward_id, self.record.version))
        if found is None:
            raise RuntimeError("A claim without its reward.")
        return found

    @classmethod
    def of(cls, context: Context, record: catalogue.ClaimRecord) -> "Claim":
        money = record.money_state
        return cls(
            id=context.seal(Kind.CLAIM, record.member_id, record.seq),
            record=record,
            points=Points(record.points),
            state=ClaimState(record.state_at(context.now).value),
            money_state=None if money is None else ClaimMoneyState(money.value),
            claimed_at=record.claimed_at,
            cancellable_until=record.cancel_until,
            valid_until=record.valid_until,
            changed_at=record.changed_at,
            note=None
            if record.is_given and context.actor.kind is ActorKind.MEMBER
            else record.note,
            ticket=record.ticket,
        )

    @classmethod
    async def at(cls, context: Context, place: Place) -> "Claim | None":
        async with context.reading() as connection:
            record = (await catalogue.claims_at(connection, [place])).get(place)
        return cls.of(context, record) if record else None


@shown_to(*OF_CLAIMS)
@strawberry.type(description="A claim in a list.")
class ClaimEdge:
    cursor: str = strawberry.field(description="Go on behind this one.")
    node: Claim = strawberry.field(description="The claim.")


@shown_to(*OF_CLAIMS)
@strawberry.type(description="A page of claims, the latest first.")
class ClaimConnection:
    edges: list[ClaimEdge] = strawberry.field(description="With their cursors.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")

    @strawberry.field(description="The claims alone.")
    def nodes(self) -> list[Claim]:
        return [edge.node for edge in self.edges]


InStates = Annotated[
    list[ClaimState] | None, strawberry.argument(description="Only those that stand so.")
]


OfReward = Annotated[
    strawberry.ID | None, strawberry.argument(description="Only those of this reward.")
]


async def claim_page(
    context: Context, asked: catalogue.ClaimFilter, first: int | None, after: str | None
) -> ClaimConnection:
    behind = place_behind(context, Kind.CLAIM, after)

    async def read(limit: int) -> list[catalogue.ClaimRecord]:
        position = None
        async with context.reading() as connection:
            if behind is not None:
                last = (await catalogue.claims_at(connection, [behind])).get(behind)
                if last is None:
                    raise bad_cursor()
                position = (last.claimed_at, last.member_id, last.seq)
            return await catalogue.list_claims(connection, asked, after=position, limit=limit)

    page, info = await page_of(
        first, after, read, lambda record: context.seal(Kind.CLAIM, record.member_id, record.seq)
    )
    edges = [ClaimEdge(cursor=cursor, node=Claim.of(context, record)) for cursor, record in page]
    return ClaimConnection(edges=edges, page_info=info)


def states_of(states: list[ClaimState] | None) -> list[catalogue.ClaimState]:
    return [catalogue.ClaimState[one.name] for one in states or ()]


@strawberry.type
class ClaimQueries:
    @strawberry.field(
        description="What was claimed of a brand's rewards, for the brand; the operator all. What a"
        " brand has to do is in the states CLAIMED and WON. The latest first.",
        metadata=seen_by(
            Scope.CATALOGUE_WRITE, Scope.POINTS_REDEEM, Scope.OPERATOR_READ,
            kinds=PARTNER_AND_OPERATOR,
        ),
    )  # fmt: skip
    async def claims(
        self,
        info: Info,
        states: InStates = None,
        first: First = None,
        after: After = None,
    ) -> ClaimConnection:
        context = info.context
        asked = catalogue.ClaimFilter(
            partner_ids=context.brands, states=states_of(states), now=context.now
        )
        return await claim_page(context, asked, first, after)
