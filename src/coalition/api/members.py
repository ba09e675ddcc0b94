"""Members as a partner, the member itself and the operator may see them."""

from datetime import date, datetime
from enum import Enum

import strawberry
from graphql import GraphQLError

from coalition import catalogue, earning, ledger, members
from coalition.access import MEMBER_SCOPES, Scope
from coalition.api.arguments import (
    After,
    Asked,
    AsOf,
    First,
    From,
    HowMany,
    OfBrand,
    OfKinds,
    Until,
    Who,
)
from coalition.api.claims import ClaimConnection, InStates, claim_page, states_of
from coalition.api.context import Context, Info, Place
from coalition.api.earning import Award, AwardConnection, award_page
from coalition.api.errors import RefusalBecomesPayload, UserError
from coalition.api.node import Node
from coalition.api.paging import PageInfo, bad_cursor, page_of, place_behind
from coalition.api.partners import Partner
from coalition.api.profile import Profile
from coalition.api.redemption import Redemption, RedemptionConnection, redemption_page
from coalition.api.refs import MemberRef
from coalition.api.scalars import MoneyType, Points
from coalition.api.viewers import (
    MEMBER_AND_OPERATOR,
    OPERATORS,
    PARTNER_AND_OPERATOR,
    seen_by,
    shown_to,
)
from coalition.kit.amounts import priced
from coalition.kit.ids import Kind, NotAnId

# Whoever deals with members by any right may see that this is one, and whether it is active.
_ABOUT_MEMBERS = (
    Scope.MEMBERS_READ,
    Scope.MEMBERS_ENROL,
    Scope.POINTS_AWARD,
    Scope.POINTS_REDEEM,
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


@strawberry.enum(description="What a member is known by.")
class IdentifierKind(Enum):
    CARD = strawberry.enum_value("CARD", description="A card, shown by the member anywhere.")
    EMAIL = strawberry.enum_value("EMAIL", description="An e-mail address.")
    PHONE = strawberry.enum_value("PHONE", description="A phone number with its country code.")
    EXTERNAL = strawberry.enum_value("EXTERNAL", description="The calling partner's own id.")


@strawberry.input(description="Something that a member is known by.")
class IdentifierInput:
    kind: IdentifierKind = strawberry.field(description="Of which kind it is.")
    value: str = strawberry.field(description="The number, address or id itself.")


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
        programme = info.context.terms.programme
        return MoneyType.of(priced(self.available, programme.point_value, programme.currency))

    @strawberry.field(description="Every day on which points end from now on, soonest first.")
    async def expiring(self, info: Info) -> list[ExpiringPoints]:
        context = info.context
        today = context.terms.programme.today(context.now)
        found = await ledger.expiring_points(context.database, self.member_id, today=today)
        return [ExpiringPoints(on=one.on, points=Points(one.points)) for one in found]

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


@strawberry.enum(description="What an entry of a member's ledger did.")
class EntryKind(Enum):
    AWARD = strawberry.enum_value(ledger.Kind.AWARD.value, description="Points were given.")
    AWARD_REVERSAL = strawberry.enum_value(
        ledger.Kind.AWARD_REVERSAL.value, description="A return took points back."
    )
    DEBT_REPAYMENT = strawberry.enum_value(
        ledger.Kind.DEBT_REPAYMENT.value, description="New points paid a debt."
    )
    HOLD = strawberry.enum_value(ledger.Kind.HOLD.value, description="Points were set aside.")
    HOLD_RELEASE = strawberry.enum_value(
        ledger.Kind.HOLD_RELEASE.value, description="Points set aside came back."
    )
    REDEMPTION = strawberry.enum_value(
        ledger.Kind.REDEMPTION.value, description="Points were spent."
    )
    REDEMPTION_REVERSAL = strawberry.enum_value(
        ledger.Kind.REDEMPTION_REVERSAL.value, description="Spent points were refunded."
    )
    EXPIRY = strawberry.enum_value(ledger.Kind.EXPIRY.value, description="Points ended unspent.")
    OPENING = strawberry.enum_value(
        ledger.Kind.OPENING.value, description="Points were carried over from another system."
    )


@shown_to(Scope.MEMBER_READ, Scope.OPERATOR_READ, kinds=MEMBER_AND_OPERATOR)
@strawberry.type(description="One entry of a member's ledger.")
class LedgerEntry(Node):
    place: strawberry.Private[Place]
    partner_number: strawberry.Private[int]
    kind: EntryKind = strawberry.field(description="What it did.")
    points: Points = strawberry.field(
        description="How it changed what the member has; below zero: less."
    )
    occurred_at: datetime = strawberry.field(description="When it happened.")
    recorded_at: datetime = strawberry.field(description="When it was written down.")

    @strawberry.field(description="The brand where it happened.")
    def partner(self, info: Info) -> Partner:
        return Partner.numbered(info.context, self.partner_number)

    @strawberry.field(
        description="What the member had after it: pending and held points among it, what it owed"
        " taken off."
    )
    async def points_after(self, info: Info) -> Points:
        found = await info.context.loaders.points_after.load(self.place)
        if found is None:
            raise RuntimeError("An entry that was just read cannot be counted.")
        return Points(found)

    @strawberry.field(description="The award, where it gave points for a purchase.")
    async def award(self, info: Info) -> Award | None:
        return await Award.at(info.context, self.place) if self.kind is EntryKind.AWARD else None

    @strawberry.field(description="The redemption, where it spent points.")
    async def redemption(self, info: Info) -> Redemption | None:
        if self.kind is not EntryKind.REDEMPTION:
            return None
        return await Redemption.at(info.context, self.place)

    @classmethod
    def of(cls, context: Context, entry: ledger.HistoryEntry) -> "LedgerEntry":
        return cls(
            place=(entry.member_id, entry.seq),
            id=context.seal(Kind.ENTRY, entry.member_id, entry.seq),
            partner_number=entry.partner_id,
            kind=EntryKind(entry.kind.value),
            points=Points(entry.points),
            occurred_at=entry.occurred_at,
            recorded_at=entry.recorded_at,
        )


@shown_to(Scope.MEMBER_READ, Scope.OPERATOR_READ, kinds=MEMBER_AND_OPERATOR)
@strawberry.type(description="An entry in a list.")
class LedgerEntryEdge:
    cursor: str = strawberry.field(description="Go on behind this one.")
    node: LedgerEntry = strawberry.field(description="The entry.")


@shown_to(Scope.MEMBER_READ, Scope.OPERATOR_READ, kinds=MEMBER_AND_OPERATOR)
@strawberry.type(description="A page of a member's ledger, the newest entries first.")
class LedgerEntryConnection:
    edges: list[LedgerEntryEdge] = strawberry.field(description="The entries with their cursors.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")

    @strawberry.field(description="The entries alone.")
    def nodes(self) -> list[LedgerEntry]:
        return [edge.node for edge in self.edges]


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
        description="Whether it may spend so many points now. What a partner may always ask.",
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
        found = await ledger.balance_of(context.database, self.number, now=context.now, today=today)
        return found.available >= points

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
            Scope.MEMBERS_READ, Scope.POINTS_REDEEM, Scope.OPERATOR_READ, *MEMBER_SCOPES
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
        description="What it has claimed: vouchers, items, tickets. For the member and the"
        " operator.",
        metadata=seen_by(Scope.MEMBER_READ, Scope.OPERATOR_READ, kinds=MEMBER_AND_OPERATOR),
    )
    async def claims(
        self, info: Info, states: InStates = None, first: First = None, after: After = None
    ) -> ClaimConnection:
        context = info.context
        asked = catalogue.ClaimFilter(
            member_id=self.number, states=states_of(states), now=context.now
        )
        return await claim_page(context, asked, first, after)

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
    ) -> LedgerEntryConnection:
        context = info.context
        asked = ledger.HistoryFilter(
            partner_id=_brand_named(context, partner),
            kinds=None if kinds is None else [ledger.Kind[kind.name] for kind in kinds],
            since=occurred_from,
            until=occurred_until,
        )
        behind = place_behind(context, Kind.ENTRY, after)
        if behind is not None and behind[0] != self.number:
            raise bad_cursor()
        before = behind[1] if behind else None

        async def read(limit: int) -> list[ledger.HistoryEntry]:
            async with context.reading() as connection:
                return await ledger.history_of(
                    connection, self.number, before=before, limit=limit, asked=asked
                )

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


@strawberry.input(description="A new member, or one whose card the partner has before it.")
class EnrolMemberInput:
    idempotency_key: str = strawberry.field(description="As in `awardPoints`.")
    identifiers: list[IdentifierInput] = strawberry.field(
        description="1 to 10. A known card means its member; e-mail, phone and external id are"
        " this partner's own note and are neither found nor told at another."
    )
    given_name: str | None = strawberry.field(default=None, description="First name.")
    family_name: str | None = strawberry.field(default=None, description="Last name.")
    locale: str | None = strawberry.field(default=None, description="Language, like es-ES.")
    time_zone: str | None = strawberry.field(default=None, description="Like Europe/Madrid.")


@shown_to(Scope.MEMBERS_ENROL, Scope.MEMBERS_SUPPORT, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="The member that was enrolled or linked.")
class EnrolMemberPayload:
    member: Member | None = strawberry.field(description="Null when refused.")
    replayed: bool = strawberry.field(description="Whether this key had been answered before.")
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "EnrolMemberPayload":
        return cls(member=None, replayed=False, user_errors=errors)


@strawberry.input(description="A card that is lost.")
class BlockCardInput:
    idempotency_key: str = strawberry.field(description="As in `awardPoints`.")
    card: str = strawberry.field(description="It earns and spends no more.")
    reason: str = strawberry.field(description="Why, for the record.")


@strawberry.input(description="A card that takes another's place.")
class ReplaceCardInput:
    idempotency_key: str = strawberry.field(description="As in `awardPoints`.")
    card: str = strawberry.field(description="The card that ends.")
    new_card: str = strawberry.field(description="The card from now on; balance and lots stay.")
    reason: str = strawberry.field(description="Why, for the record.")


@strawberry.input(description="A member's new status.")
class ChangeMemberStatusInput:
    idempotency_key: str = strawberry.field(description="As in `awardPoints`.")
    member_id: strawberry.ID = strawberry.field(description="Whose.")
    status: MemberStatus = strawberry.field(description="A closed member stays closed.")
    reason: str = strawberry.field(description="Why, for the record.")


@shown_to(Scope.MEMBERS_ENROL, Scope.MEMBERS_SUPPORT, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="The member as it stands now.")
class ChangeMemberPayload:
    member: Member | None = strawberry.field(description="Null when refused.")
    replayed: bool = strawberry.field(description="Whether this key had been answered before.")
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "ChangeMemberPayload":
        return cls(member=None, replayed=False, user_errors=errors)

    @classmethod
    def of(cls, context: Context, changed: members.Enrolled) -> "ChangeMemberPayload":
        return cls(
            member=Member.numbered(context, changed.member_id),
            replayed=changed.replayed,
            user_errors=[],
        )


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


@strawberry.type
class MemberMutations:
    @strawberry.mutation(
        description="Enrol a member, or link this partner to the one whose card it was shown.",
        extensions=[RefusalBecomesPayload(EnrolMemberPayload)],
        metadata=seen_by(Scope.MEMBERS_ENROL, Scope.MEMBERS_SUPPORT, kinds=PARTNER_AND_OPERATOR),
    )
    async def enrol_member(self, info: Info, input: Asked[EnrolMemberInput]) -> EnrolMemberPayload:
        context = info.context
        enrolled = await members.enrol_member(
            context.office,
            actor=context.actor,
            idempotency_key=input.idempotency_key,
            enrolment=members.Enrolment(
                identifiers=[
                    members.identifier(
                        members.IdentifierKind[one.kind.name], one.value,
                        ("identifiers", str(place), "value"),
                    )
                    for place, one in enumerate(input.identifiers)
                ],
                given_name=input.given_name,
                family_name=input.family_name,
                locale=input.locale,
                time_zone=input.time_zone,
            ),
        )  # fmt: skip
        return EnrolMemberPayload(
            member=Member.numbered(context, enrolled.member_id),
            replayed=enrolled.replayed,
            user_errors=[],
        )

    @strawberry.mutation(
        description="Block a lost card of a member linked to this partner.",
        extensions=[RefusalBecomesPayload(ChangeMemberPayload)],
        metadata=seen_by(Scope.MEMBERS_ENROL, Scope.MEMBERS_SUPPORT, kinds=PARTNER_AND_OPERATOR),
    )
    async def block_card(self, info: Info, input: Asked[BlockCardInput]) -> ChangeMemberPayload:
        context = info.context
        changed = await members.block_card(
            context.office,
            actor=context.actor,
            idempotency_key=input.idempotency_key,
            card=input.card,
            reason=input.reason,
        )
        return ChangeMemberPayload.of(context, changed)

    @strawberry.mutation(
        description="Give a member linked to this partner a new card in place of an old one.",
        extensions=[RefusalBecomesPayload(ChangeMemberPayload)],
        metadata=seen_by(Scope.MEMBERS_ENROL, Scope.MEMBERS_SUPPORT, kinds=PARTNER_AND_OPERATOR),
    )
    async def replace_card(self, info: Info, input: Asked[ReplaceCardInput]) -> ChangeMemberPayload:
        context = info.context
        changed = await members.replace_card(
            context.office,
            actor=context.actor,
            idempotency_key=input.idempotency_key,
            card=input.card,
            new_card=input.new_card,
            reason=input.reason,
        )
        return ChangeMemberPayload.of(context, changed)

    @strawberry.mutation(
        description="Lock, suspend, reopen or close a member. The operator only.",
        extensions=[RefusalBecomesPayload(ChangeMemberPayload)],
        metadata=seen_by(Scope.MEMBERS_SUPPORT, kinds=OPERATORS),
    )
    async def change_member_status(
        self, info: Info, input: Asked[ChangeMemberStatusInput]
    ) -> ChangeMemberPayload:
        context = info.context
        try:
            number, _ = context.keys.seal.open(Kind.MEMBER, input.member_id)
        except NotAnId:
            raise members.MemberNotFound("No such member.", field=("memberId",)) from None
        changed = await members.change_status(
            context.office,
            actor=context.actor,
            idempotency_key=input.idempotency_key,
            member_id=number,
            status=members.MemberStatus[input.status.name],
            reason=input.reason,
        )
        return ChangeMemberPayload.of(context, changed)
