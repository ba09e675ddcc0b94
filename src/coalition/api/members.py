"""Members as a partner, the member itself and the operator may see them."""

from datetime import datetime
from enum import Enum

import strawberry
from graphql import GraphQLError

from coalition import catalogue, earning, household, ledger, members, missing, transfer
from coalition.access import Scope
from coalition.api.arguments import (
    After,
    AsOf,
    First,
    From,
    HowMany,
    OfBrand,
    OfCard,
    OfKinds,
    OfStates,
    Until,
    Who,
)
from coalition.api.balances import Balance
from coalition.api.catalogue import Reward
from coalition.api.claims import ClaimConnection, InStates, OfReward, claim_page, states_of
from coalition.api.context import Context, Info
from coalition.api.earning import AwardConnection, award_page
from coalition.api.history import (
    EntryKind,
    EntryState,
    LedgerEntry,
    LedgerEntryConnection,
    LedgerEntryEdge,
)
from coalition.api.household import (
    OF_HOUSEHOLDS,
    Household,
    HouseholdInvitation,
    open_invitations,
)
from coalition.api.missing import InMissingStates, MissingPurchaseConnection, missing_page
from coalition.api.node import Node
from coalition.api.paging import bad_cursor, page_of, place_behind
from coalition.api.profile import Profile
from coalition.api.redemption import RedemptionConnection, redemption_page
from coalition.api.refs import MemberRef
from coalition.api.scalars import Points
from coalition.api.security import SecurityEvent
from coalition.api.transfers import (
    OF_TRANSFERS,
    GiftReceiver,
    TransferConnection,
    transfer_page,
)
from coalition.api.viewers import (
    MEMBER_AND_OPERATOR,
    MEMBERS,
    PARTNER_AND_OPERATOR,
    seen_by,
    shown_to,
)
from coalition.kit.ids import Kind, NotAnId

_MOST_EVENTS = 20
# Whoever deals with members by any right may see that this is one, and whether it is active.
_ABOUT_MEMBERS = (
    Scope.MEMBERS_READ,
    Scope.MEMBERS_ENROL,
    Scope.POINTS_AWARD,
    Scope.POINTS_REDEEM,
    Scope.MISSING_ANSWER,
    Scope.MEMBERS_SUPPORT,
    Scope.OPERATOR_READ,
    Scope.MEMBER_READ,
    Scope.MEMBER_REDEEM,
    Scope.MEMBER_MANAGE,
)


@strawberry.enum(description="Whether a member earns and spends.")
class MemberStatus(Enum):
    ACTIVE = strawberry.enum_value("active", description="It earns and spends.")
    LOCKED = strawberry.enum_value("locked", description="It earns; spending is locked.")
    SUSPENDED = strawberry.enum_value("suspended", description="Neither, for now.")
    CLOSED = strawberry.enum_value("closed", description="Neither, for good.")


@shown_to(*_ABOUT_MEMBERS)
@strawberry.type(description="Somebody who collects and spends points.")
class Member(Node):
    # In an answer to `viewer` or to a mutation, whatever its token's scopes.
    id: strawberry.ID = strawberry.field(
        description="Opaque; its prefix says what it names.", metadata=seen_by()
    )
    number: strawberry.Private[int]

    @strawberry.field(description="Whether it earns and spends.")
    async def status(self, info: Info) -> MemberStatus:
        return MemberStatus((await self._known(info.context)).status)

    @strawberry.field(description="Since when it is a member.")
    async def enrolled_at(self, info: Info) -> datetime:
        return (await self._known(info.context)).enrolled_at

    @strawberry.field(
        description="What is kept about it itself. For the member and the operator.",
        metadata=seen_by(Scope.MEMBER_READ, Scope.MEMBERS_SUPPORT, kinds=MEMBER_AND_OPERATOR),
    )
    async def profile(self, info: Info) -> Profile:
        found = await members.profile_of(info.context.database, self.number)
        if found is None:
            raise RuntimeError("A member that was just found cannot be read.")
        return Profile.of(found)

    @strawberry.field(
        description="What it has, now or at a past instant. For the member and the operator; a"
        " partner asks `canSpend`.",
        metadata=seen_by(Scope.MEMBER_READ, Scope.OPERATOR_READ, kinds=MEMBER_AND_OPERATOR),
    )
    async def balance(self, info: Info, as_of: AsOf = None) -> Balance:
        context = info.context
        if as_of is None:
            return await Balance.now_of(context, self.number)
        if as_of > context.now:
            raise GraphQLError(
                "asOf must not be in the future.", extensions={"code": "BAD_USER_INPUT"}
            )
        found = await ledger.balance_then(
            context.database, self.number, at=as_of, day=context.terms.programme.today(as_of)
        )
        return Balance.of(self.number, found)

    @strawberry.field(
        description="Whether it may spend so many points now, with those of its household. What a"
        " partner may always ask.",
        metadata=seen_by(
            Scope.MEMBERS_READ, Scope.POINTS_REDEEM, Scope.OPERATOR_READ, Scope.MEMBER_READ
        ),
    )
    async def can_spend(self, info: Info, points: HowMany) -> bool:
        context = info.context
        known = await self._known(context)
        if points <= 0 or known.status != "active" or known.spend_locked:
            return False
        today = context.terms.programme.today(context.now)
        spendable = await household.spendable_of(
            context.database, self.number, now=context.now, today=today
        )
        return spendable >= points

    @strawberry.field(
        description="Its awards; a partner sees its own only.",
        metadata=seen_by(Scope.MEMBERS_READ, Scope.OPERATOR_READ, Scope.MEMBER_READ),
    )
    async def awards(self, info: Info, first: First = None, after: After = None) -> AwardConnection:
        asked = earning.AwardFilter(info.context.own_brand, member_id=self.number)
        return await award_page(info.context, asked, first, after)

    @strawberry.field(
        description="Its redemptions; a partner sees its own only.",
        metadata=seen_by(Scope.MEMBERS_READ, Scope.OPERATOR_READ, Scope.MEMBER_READ),
    )
    async def redemptions(
        self, info: Info, first: First = None, after: After = None
    ) -> RedemptionConnection:
        return await redemption_page(
            info.context, info.context.own_brand, self.number, first, after
        )

    @strawberry.field(
        description="Whether it has locked spending itself; it earns as ever.",
        metadata=seen_by(
            Scope.MEMBERS_READ,
            Scope.POINTS_REDEEM,
            Scope.OPERATOR_READ,
            Scope.MEMBER_READ,
            Scope.MEMBER_REDEEM,
            Scope.MEMBER_MANAGE,
        ),
    )
    async def spending_locked(self, info: Info) -> bool:
        return (await self._known(info.context)).spend_locked

    @strawberry.field(
        description="Its tier by code, one of the programme's; null: none. For the member and the"
        " operator.",
        metadata=seen_by(
            Scope.MEMBER_READ, Scope.OPERATOR_READ, Scope.MEMBERS_SUPPORT, kinds=MEMBER_AND_OPERATOR
        ),
    )
    async def tier(self, info: Info) -> str | None:
        return (await self._known(info.context)).tier

    @strawberry.field(
        description="The reward that it saves for; null: none. For the member alone.",
        metadata=seen_by(Scope.MEMBER_READ, Scope.MEMBER_REDEEM, kinds=MEMBERS),
    )
    async def wish(self, info: Info) -> Reward | None:
        async with info.context.reading() as connection:
            found = await catalogue.wish_of(connection, self.number)
        return Reward.of(info.context, found) if found else None

    @strawberry.field(
        description="What happened to its account, the latest first; 20 at most. For the member"
        " alone.",
        metadata=seen_by(Scope.MEMBER_MANAGE, kinds=MEMBERS),
    )
    async def security_events(self, info: Info) -> list[SecurityEvent]:
        found = await members.security_events(info.context.database, self.number, most=_MOST_EVENTS)
        return [SecurityEvent.of(one) for one in found]

    @strawberry.field(
        description="What it has claimed: vouchers, items, tickets. For the member and the"
        " operator.",
        metadata=seen_by(Scope.MEMBER_READ, Scope.OPERATOR_READ, kinds=MEMBER_AND_OPERATOR),
    )
    async def claims(
        self,
        info: Info,
        states: InStates = None,
        reward: OfReward = None,
        first: First = None,
        after: After = None,
    ) -> ClaimConnection:
        context = info.context
        asked = catalogue.ClaimFilter(
            member_id=self.number,
            reward_id=None if reward is None else context.keys.seal.number(Kind.REWARD, reward),
            states=states_of(states),
            now=context.now,
        )
        return await claim_page(context, asked, first, after)

    @strawberry.field(
        description="The household it is in; null: in none. For the member and the operator.",
        metadata=seen_by(*OF_HOUSEHOLDS, kinds=MEMBER_AND_OPERATOR),
    )
    async def household(self, info: Info) -> Household | None:
        return await Household.of_member(info.context, self.number)

    @strawberry.field(
        description="Open invitations: those for it, and those that its household has sent.",
        metadata=seen_by(*OF_HOUSEHOLDS, kinds=MEMBER_AND_OPERATOR),
    )
    async def household_invitations(self, info: Info) -> list[HouseholdInvitation]:
        return await open_invitations(info.context, self.number)

    @strawberry.field(
        description="From when on it may be in a household again, having left one; null: now.",
        metadata=seen_by(*OF_HOUSEHOLDS, kinds=MEMBER_AND_OPERATOR),
    )
    async def household_from(self, info: Info) -> datetime | None:
        found = await household.free_from(info.context.database, self.number)
        return None if found is None or found <= info.context.now else found

    @strawberry.field(
        description="The points that it gave to others and was given, the latest first. For the"
        " member.",
        metadata=seen_by(*OF_TRANSFERS, kinds=MEMBERS),
    )
    async def transfers(
        self, info: Info, first: First = None, after: After = None
    ) -> TransferConnection:
        return await transfer_page(info.context, self.number, first, after)

    @strawberry.field(
        description="How many points it may give to others just now: of what it has, and within"
        " `Programme.gifts`. For the member.",
        metadata=seen_by(*OF_TRANSFERS, kinds=MEMBERS),
    )
    async def may_give(self, info: Info) -> Points:
        context = info.context
        today = context.terms.programme.today(context.now)
        return Points(
            await transfer.gift_allowance(
                context.database, self.number, now=context.now, today=today
            )
        )

    @strawberry.field(
        description="Whom points can be given to under the number of a card; null: nobody. Each"
        " look counts like a look-up of a member. For the member.",
        metadata=seen_by(Scope.MEMBER_REDEEM, kinds=MEMBERS),
    )
    async def gift_receiver(self, info: Info, card: OfCard) -> GiftReceiver | None:
        context = info.context
        try:
            name = await transfer.find_receiver(context.database, actor=context.actor, card=card)
        except transfer.ReceiverNotFound:
            return None
        return GiftReceiver(name=name or None)

    @strawberry.field(
        description="The purchases that it has reported since they brought no points, the newest"
        " first. For the member and the operator.",
        metadata=seen_by(Scope.MEMBER_READ, Scope.OPERATOR_READ, kinds=MEMBER_AND_OPERATOR),
    )
    async def missing_purchases(
        self, info: Info, states: InMissingStates = None, first: First = None, after: After = None
    ) -> MissingPurchaseConnection:
        asked = missing.MissingFilter(
            member_id=self.number,
            states=[missing.MissingState[one.name] for one in states or ()],
        )
        return await missing_page(info.context, asked, first, after)

    @strawberry.field(
        description="Its ledger across all brands. For the member and the operator.",
        metadata=seen_by(Scope.MEMBER_READ, Scope.OPERATOR_READ, kinds=MEMBER_AND_OPERATOR),
    )
    async def history(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        partner: OfBrand = None,
        kinds: OfKinds[list[EntryKind] | None] = None,
        occurred_from: From = None,
        occurred_until: Until = None,
        states: OfStates[list[EntryState] | None] = None,
    ) -> LedgerEntryConnection:
        context = info.context
        asked = ledger.HistoryFilter(
            partner_id=_brand_named(context, partner),
            kinds=None if kinds is None else [ledger.Kind[kind.name] for kind in kinds],
            since=occurred_from,
            until=occurred_until,
            states=None if states is None else [ledger.EntryState[one.name] for one in states],
        )
        behind = place_behind(context, Kind.ENTRY, after)
        if behind is not None and behind[0] != self.number:
            raise bad_cursor()
        before = behind[1] if behind else None

        async def read(limit: int) -> list[ledger.HistoryEntry]:
            async with context.reading() as connection:
                standing = states and await context.standing(connection, [self.number])
                return await ledger.history_of(
                    connection, self.number, before=before, limit=limit, asked=asked,
                    standing=standing or None,
                )  # fmt: skip

        page, page_info = await page_of(
            first, after, read,
            lambda entry: context.seal(Kind.ENTRY, entry.member_id, entry.seq),
        )  # fmt: skip
        return LedgerEntryConnection(
            edges=[
                LedgerEntryEdge(cursor=cursor, node=LedgerEntry.of(context, entry))
                for cursor, entry in page
            ],
            page_info=page_info,
        )

    async def _known(self, context: Context) -> members.KnownMember:
        known = await context.loaders.members.load(self.number)
        if known is None:
            # Named by an answer that this caller may see, yet not by itself: a fault of ours.
            raise RuntimeError("A member that was just found cannot be read.")
        return known

    @classmethod
    def numbered(cls, context: Context, member_id: int) -> "Member":
        return cls(id=context.seal(Kind.MEMBER, member_id), number=member_id)

    @classmethod
    def known(cls, context: Context, member: members.KnownMember) -> "Member":
        context.loaders.members.prime(member.member_id, member)
        return cls.numbered(context, member.member_id)


def _brand_named(context: Context, partner: strawberry.ID | None) -> int | None:
    """A brand's number; what names no brand is one at which nothing happened."""
    if partner is None:
        return None
    try:
        number, _ = context.keys.seal.open(Kind.PARTNER, partner)
    except NotAnId:
        return 0
    return number


@strawberry.type
class MemberQueries:
    @strawberry.field(
        description="The member meant; null for nobody, and for a stranger to this partner alike.",
        metadata=seen_by(
            Scope.MEMBERS_READ, Scope.OPERATOR_READ, Scope.MEMBERS_SUPPORT,
            kinds=PARTNER_AND_OPERATOR,
        ),
    )  # fmt: skip
    async def member(self, info: Info, ref: Who[MemberRef]) -> Member | None:
        context = info.context
        try:
            wanted = ref.to_ref(context)
        except members.MemberNotFound:
            return None
        known = await members.find_member(context.database, actor=context.actor, ref=wanted)
        return Member.known(context, known) if known else None
