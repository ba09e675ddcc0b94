"""A member's ledger, entry by entry."""

from datetime import datetime
from enum import Enum

import strawberry

from coalition import ledger
from coalition.access import Scope
from coalition.api.claims import Claim
from coalition.api.context import Context, Info, Place
from coalition.api.earning import Award
from coalition.api.node import Node
from coalition.api.paging import PageInfo
from coalition.api.partners import Partner
from coalition.api.redemption import Redemption
from coalition.api.scalars import Points
from coalition.api.viewers import MEMBER_AND_OPERATOR, shown_to
from coalition.kit.ids import Kind


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
    PASSED_ON = strawberry.enum_value(
        ledger.Kind.PASSED_ON.value,
        description="Points went to another member, or home to one of its household.",
    )
    RECEIVED = strawberry.enum_value(
        ledger.Kind.RECEIVED.value, description="Points came of another member."
    )
    BROUGHT_BACK = strawberry.enum_value(
        ledger.Kind.BROUGHT_BACK.value, description="Points that had gone to another came back."
    )
    OPENING = strawberry.enum_value(
        ledger.Kind.OPENING.value, description="Points were carried over from another system."
    )


@strawberry.enum(description="How an entry of a member's ledger stands now.")
class EntryState(Enum):
    PENDING = strawberry.enum_value(
        ledger.EntryState.PENDING.value,
        description="Its points may not be spent yet, or are set aside.",
    )
    REVERSED = strawberry.enum_value(
        ledger.EntryState.REVERSED.value,
        description="All of it was taken back: the purchase returned, or the points refunded.",
    )
    DONE = strawberry.enum_value(ledger.EntryState.DONE.value, description="Nothing is open.")


@shown_to(Scope.MEMBER_READ, Scope.OPERATOR_READ, kinds=MEMBER_AND_OPERATOR)
@strawberry.type(description="One entry of a member's ledger.")
class LedgerEntry(Node):
    place: strawberry.Private[Place]
    partner_number: strawberry.Private[int]
    follows_seq: strawberry.Private[int | None]
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

    @strawberry.field(description="How it stands now.")
    async def state(self, info: Info) -> EntryState:
        found = await info.context.loaders.entry_states.load(self.place)
        if found is None:
            raise RuntimeError("An entry that was just read does not stand anyhow.")
        return EntryState(found.value)

    @strawberry.field(description="The award, where it gave points for a purchase.")
    async def award(self, info: Info) -> Award | None:
        return await Award.at(info.context, self.place) if self.kind is EntryKind.AWARD else None

    @strawberry.field(description="The redemption, where it spent points.")
    async def redemption(self, info: Info) -> Redemption | None:
        if self.kind is not EntryKind.REDEMPTION:
            return None
        return await Redemption.at(info.context, self.place)

    @strawberry.field(
        description="The earlier entry that this one returns, refunds, frees or spends; null: none."
    )
    async def follows(self, info: Info) -> "LedgerEntry | None":
        if self.follows_seq is None:
            return None
        async with info.context.reading() as connection:
            found = await ledger.entry_at(connection, (self.place[0], self.follows_seq))
        return None if found is None else LedgerEntry.of(info.context, found)

    @strawberry.field(
        description="The later entries that return, refund, free or spend this one, in their order;"
        f" the first {ledger.MOST_FOLLOWERS}."
    )
    async def followed_by(self, info: Info) -> "list[LedgerEntry]":
        found = await info.context.loaders.followers.load(self.place)
        return [LedgerEntry.of(info.context, one) for one in found or ()]

    @strawberry.field(
        description="What was taken from the catalogue, where it spent points for that."
    )
    async def claim(self, info: Info) -> Claim | None:
        if self.kind is not EntryKind.REDEMPTION:
            return None
        return await Claim.at(info.context, self.place)

    @classmethod
    def of(cls, context: Context, entry: ledger.HistoryEntry) -> "LedgerEntry":
        return cls(
            place=(entry.member_id, entry.seq),
            id=context.seal(Kind.ENTRY, entry.member_id, entry.seq),
            partner_number=entry.partner_id,
            follows_seq=entry.reverses,
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
