"""Events as who listens is told of them: what happened, with what it happened to.

An event of the outbox is resolved when it is told, with the rights of whom it is told to. What is
told late is told as it stands by then.
"""

from datetime import datetime
from typing import Self, TypeVar

import strawberry

from coalition import earning, ledger, outbox, settlement
from coalition.access import Scope
from coalition.api.allowances import OF_ALLOWANCES, Allowances, CreditAllowance, PackAllowance
from coalition.api.balances import Balance
from coalition.api.claims import OF_CLAIMS, Claim
from coalition.api.context import Context, Info, Place
from coalition.api.earning import Award
from coalition.api.history import LedgerEntry
from coalition.api.lines import READS
from coalition.api.members import Member
from coalition.api.partners import Partner
from coalition.api.payments import Payment
from coalition.api.reconciliation_ageing import ReconciliationAgeing
from coalition.api.redemption import Hold, Redemption
from coalition.api.scalars import Points
from coalition.api.settlement import Statement
from coalition.api.viewers import MEMBER_AND_OPERATOR, PARTNER_AND_OPERATOR, shown_to
from coalition.kit.ids import Kind, Seal
from coalition.outbox import FeedPlace
from coalition.redemption import RefundRecord

OF_AWARDS = (Scope.POINTS_AWARD, Scope.MEMBER_READ, Scope.OPERATOR_READ)
OF_SPENDING = (Scope.POINTS_REDEEM, Scope.MEMBER_READ, Scope.OPERATOR_READ)
OF_MEMBERS = (
    Scope.MEMBERS_READ,
    Scope.MEMBERS_ENROL,
    Scope.MEMBER_READ,
    Scope.OPERATOR_READ,
    Scope.MEMBERS_SUPPORT,
)
OF_BALANCES = (Scope.MEMBER_READ, Scope.OPERATOR_READ)
OF_DIFFERENCES = (Scope.RECONCILIATION_WRITE, Scope.OPERATOR_READ, Scope.SETTLEMENT_APPROVE)
OF_PAYMENTS = READS
OF_STATEMENTS = (Scope.SETTLEMENT_READ, Scope.OPERATOR_READ, Scope.SETTLEMENT_CLOSE)
T = TypeVar("T")
# A place in the feed is two numbers of 48 bits in the 96 of a sealed id: at ten thousand
# postings a second they last for nine hundred years.
_BITS = 48
_LOW = (1 << 32) - 1


def cursor_of(seal: Seal, place: FeedPlace) -> str:
    """What a reader shows to go on behind a place; says nothing about how much happens."""
    number = place.transaction_id << _BITS | place.id
    return seal.seal(Kind.FEED_PLACE, number >> 32, number & _LOW)


def place_of(seal: Seal, cursor: str) -> FeedPlace:
    """Raises `NotAnId` for what is no cursor of this feed."""
    high, low = seal.open(Kind.FEED_PLACE, cursor)
    number = high << 32 | low
    return FeedPlace(number >> _BITS, number & ((1 << _BITS) - 1))


@shown_to()
@strawberry.interface(description="Something that happened, told in the order of the books.")
class Event:
    happened: strawberry.Private[outbox.Event]
    id: strawberry.ID = strawberry.field(
        description="The same whenever and however it is told: who keeps it knows a repetition."
    )
    cursor: str = strawberry.field(description="Give it as `after` to go on behind this event.")
    recorded_at: datetime = strawberry.field(description="When the coalition wrote it down.")

    @strawberry.field(
        description="The brand whose act it was, or whose points ended or run low; null: the"
        " operator's."
    )
    def partner(self, info: Info) -> Partner | None:
        number = self.happened.partner_id
        return None if number is None else Partner.numbered(info.context, number)

    @classmethod
    def of(cls, context: Context, happened: outbox.Event) -> Self:
        seal = context.keys.seal
        return cls(
            happened=happened,
            id=strawberry.ID(seal.seal(Kind.EVENT, happened.place.id)),
            cursor=cursor_of(seal, happened.place),
            recorded_at=happened.recorded_at,
        )

    @property
    def _place(self) -> Place:
        if self.happened.member_id is None or self.happened.seq is None:
            raise RuntimeError(f"{self.happened.kind.name} names no place of a member's ledger.")
        return self.happened.member_id, self.happened.seq

    def _member(self, context: Context) -> Member:
        return Member.numbered(context, self._place[0])


def _there(found: T | None, what: str) -> T:
    """What an event names is there for whoever is told of it: else it is a fault of ours."""
    if found is None:
        raise RuntimeError(f"{what} cannot be read by a reader that is told of it.")
    return found


async def _award(context: Context, place: Place) -> Award:
    return _there(await Award.at(context, place), "An award")


async def _hold(context: Context, place: Place) -> Hold:
    return _there(await Hold.at(context, place), "A hold")


async def _entry(
    context: Context, happened: outbox.Event, place: Place
) -> ledger.HistoryEntry | None:
    async with context.reading() as connection:
        if happened.kind in {outbox.EventKind.HOLD_RELEASED, outbox.EventKind.HOLD_EXPIRED}:
            return await ledger.release_of(connection, place)
        return await ledger.entry_at(connection, place)


@shown_to(*OF_AWARDS)
@strawberry.type(description="Points were given for a purchase.")
class AwardRecorded(Event):
    @strawberry.field(description="The award.")
    async def award(self, info: Info) -> Award:
        return await _award(info.context, self._place)


@shown_to(*OF_AWARDS)
@strawberry.type(description="A purchase, or a part of it, came back.")
class AwardReversed(Event):
    @strawberry.field(description="The award of the purchase, as it stands after the return.")
    async def award(self, info: Info) -> Award:
        found = await self._reversal(info.context)
        return await _award(info.context, (found.member_id, found.award_seq))

    @strawberry.field(description="How many points this return was worth.")
    async def points(self, info: Info) -> Points:
        return Points((await self._reversal(info.context)).points)

    @strawberry.field(description="How many of them were taken from what the member still had.")
    async def clawed_back(self, info: Info) -> Points:
        return Points((await self._reversal(info.context)).clawed_back)

    async def _reversal(self, context: Context) -> earning.ReversalRecord:
        return _there(await context.loaders.reversals.load(self._place), "A return")


@shown_to(*OF_SPENDING)
@strawberry.type(description="Points were set aside for a purchase.")
class PointsHeld(Event):
    @strawberry.field(description="The hold, as it stands now.")
    async def hold(self, info: Info) -> Hold:
        return await _hold(info.context, self._place)


@shown_to(*OF_SPENDING)
@strawberry.type(description="A hold was given back unused.")
class HoldReleased(Event):
    @strawberry.field(description="The hold.")
    async def hold(self, info: Info) -> Hold:
        return await _hold(info.context, self._place)


@shown_to(*OF_SPENDING)
@strawberry.type(
    description="The end of a hold past its time was written down. Its points were free from that"
    " time on already."
)
class HoldExpired(Event):
    @strawberry.field(description="The hold.")
    async def hold(self, info: Info) -> Hold:
        return await _hold(info.context, self._place)


@shown_to(*OF_SPENDING)
@strawberry.type(description="Points were spent, in one step or out of a hold.")
class RedemptionRecorded(Event):
    @strawberry.field(description="The redemption, as it stands now.")
    async def redemption(self, info: Info) -> Redemption:
        return _there(await Redemption.at(info.context, self._place), "A redemption")


@shown_to(*OF_SPENDING)
@strawberry.type(description="Spent points were given back.")
class RedemptionRefunded(Event):
    @strawberry.field(description="The redemption, as it stands after the refund.")
    async def redemption(self, info: Info) -> Redemption:
        refund = await self._refund(info.context)
        place = (refund.member_id, refund.redemption_seq)
        return _there(await Redemption.at(info.context, place), "A redemption")

    @strawberry.field(description="How many points this refund gave back.")
    async def points(self, info: Info) -> Points:
        return Points((await self._refund(info.context)).points)

    async def _refund(self, context: Context) -> RefundRecord:
        return _there(await context.loaders.refunds.load(self._place), "A refund")


@shown_to(*OF_AWARDS)
@strawberry.type(
    description="The end of points past their last day was written down. They could not be spent"
    " any more from that day's end on."
)
class PointsExpired(Event):
    @strawberry.field(description="Whose points they were.")
    def member(self, info: Info) -> Member:
        return self._member(info.context)

    @strawberry.field(description="How many ended.")
    async def points(self, info: Info) -> Points:
        entry = await _entry(info.context, self.happened, self._place)
        return Points(-_there(entry, "An entry").points)


@shown_to(*OF_AWARDS)
@strawberry.type(description="Points that a brand had given were carried over from another system.")
class PointsCarriedOver(Event):
    @strawberry.field(description="Whose points they are.")
    def member(self, info: Info) -> Member:
        return self._member(info.context)

    @strawberry.field(description="How many.")
    async def points(self, info: Info) -> Points:
        entry = await _entry(info.context, self.happened, self._place)
        return Points(_there(entry, "An entry").points)


@shown_to(*OF_MEMBERS)
@strawberry.type(description="A member was enrolled, or linked by a card it had already.")
class MemberEnrolled(Event):
    @strawberry.field(description="The member.")
    def member(self, info: Info) -> Member:
        return self._member(info.context)


@shown_to(*OF_MEMBERS)
@strawberry.type(description="A member's status or one of its cards was changed.")
class MemberChanged(Event):
    @strawberry.field(description="The member, as it stands now.")
    def member(self, info: Info) -> Member:
        return self._member(info.context)


async def _claim(context: Context, place: Place) -> Claim:
    return _there(await Claim.at(context, place), "A claim")


@shown_to(*OF_CLAIMS)
@strawberry.type(
    description="A member has claimed a reward. That its points were spent is told, too."
)
class RewardClaimed(Event):
    @strawberry.field(description="The claim, as it stands now.")
    async def claim(self, info: Info) -> Claim:
        return await _claim(info.context, self._place)


@shown_to(*OF_CLAIMS)
@strawberry.type(
    description="A claim went on: its code was used, it was sent, paid, drawn or given back."
)
class ClaimChanged(Event):
    @strawberry.field(description="The claim, as it stands now.")
    async def claim(self, info: Info) -> Claim:
        return await _claim(info.context, self._place)


@shown_to(*OF_SPENDING)
@strawberry.type(
    description="Spending was refused since it looked like theft, went beyond a limit, or three"
    " holds with one token were refused. No points moved."
)
class SpendingBlocked(Event):
    @strawberry.field(description="Whose points.")
    def member(self, info: Info) -> Member:
        return self._member(info.context)


@shown_to(*OF_STATEMENTS, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="A period was closed, and a brand's statement of it issued.")
class StatementIssued(Event):
    @strawberry.field(description="The statement.")
    async def statement(self, info: Info) -> Statement:
        context = info.context
        asked = settlement.StatementFilter(
            statement_id=self.happened.statement_id, partner_id=context.actor.partner_id
        )
        found = await Statement.all_of(context, asked)
        return _there(next(iter(found), None), "A statement")


async def _allowances(context: Context, happened: outbox.Event) -> Allowances | None:
    if happened.partner_id is None:
        raise RuntimeError(f"{happened.kind.name} names no partner.")
    return next(iter(await Allowances.all_of(context, happened.partner_id)), None)


@shown_to(*OF_ALLOWANCES, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(
    description="Fewer of a brand's points bought beforehand are left than its contract wants to be"
    " warned of."
)
class PacksRunLow(Event):
    @strawberry.field(description="Its packs, as they stand now; null: it has none any more.")
    async def packs(self, info: Info) -> PackAllowance | None:
        found = await _allowances(info.context, self.happened)
        return found.packs if found else None


@shown_to(*OF_ALLOWANCES, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(
    description="Less of a brand's credit limit is left than its contract wants to be warned of."
)
class CreditRunsLow(Event):
    @strawberry.field(description="Its credit, as it stands now; null: it has no limit any more.")
    async def credit(self, info: Info) -> CreditAllowance | None:
        found = await _allowances(info.context, self.happened)
        return found.credit if found else None


@shown_to(*OF_DIFFERENCES, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(
    description="Differences between a brand's file and the ledger were overdue, and nobody looked"
    " after them: they have an owner now."
)
class DifferencesOverdue(Event):
    @strawberry.field(description="What is open of it, as it stands now; null: nothing any more.")
    async def open(self, info: Info) -> ReconciliationAgeing | None:
        partner_id = self.happened.partner_id
        if partner_id is None:
            raise RuntimeError(f"{self.happened.kind.name} names no partner.")
        return next(iter(await ReconciliationAgeing.all_of(info.context, partner_id)), None)


async def _payment(context: Context, happened: outbox.Event) -> Payment:
    if happened.subject_id is None:
        raise RuntimeError(f"{happened.kind.name} names no payment.")
    return _there(await Payment.numbered(context, happened.subject_id), "A payment")


@shown_to(*OF_PAYMENTS, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="The bank gave a payment back, or refused it: it is to be paid again.")
class PaymentFailed(Event):
    @strawberry.field(description="The payment, as it stands now.")
    async def payment(self, info: Info) -> Payment:
        return await _payment(info.context, self.happened)


@shown_to(*OF_PAYMENTS, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(
    description="More came for a payment than was owed, or the bank may have told of the same"
    " booking twice: the operator looks at it, and its period is not settled before."
)
class PaymentInQuestion(Event):
    @strawberry.field(description="The payment, as it stands now.")
    async def payment(self, info: Info) -> Payment:
        return await _payment(info.context, self.happened)


@shown_to(*OF_BALANCES, kinds=MEMBER_AND_OPERATOR)
@strawberry.type(
    description="A member's points moved, at whichever brand. What time alone changes is told when"
    " it is written down: ended points and holds. Pending points become available untold."
)
class BalanceChanged(Event):
    @strawberry.field(description="Whose points.")
    def member(self, info: Info) -> Member:
        return self._member(info.context)

    @strawberry.field(description="What the member has now.")
    async def balance(self, info: Info) -> Balance:
        return await Balance.now_of(info.context, self._place[0])

    @strawberry.field(
        description="The entry of the member's ledger that moved them; null: a return took none."
    )
    async def entry(self, info: Info) -> LedgerEntry | None:
        context = info.context
        found = await _entry(context, self.happened, self._place)
        return LedgerEntry.of(context, found) if found else None
