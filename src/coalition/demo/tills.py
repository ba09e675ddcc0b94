"""What brands and the operator do through the API, with the client that partners use.

A `Till` does what a brand can, a `Desk` what the operator can, each with its own token.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal

from coalition.demo.errors import DemoStopped
from coalition.demo.receipts import Receipt
from coalition.demo.story import Return, Spend, card_of
from coalition.demo.tally import Bill, Line, Prices
from coalition_client import (
    AwardPointsBatchInput,
    AwardPointsInput,
    CaptureHoldInput,
    Client,
    ClosePeriodInput,
    CoalitionError,
    EnrolMemberInput,
    HoldPointsInput,
    IdentifierInput,
    IdentifierKind,
    MemberRef,
    MoneyInput,
    PurchaseInput,
    RedeemPointsInput,
    RedemptionShape,
    RefundRedemptionInput,
    Refused,
    ReleaseHoldInput,
    ReverseAwardInput,
    StatementShape,
)

MOST_ROWS = 1000
_NOTHING_EARNED = "NOTHING_EARNED"
_NOT_ENOUGH = "NOT_ENOUGH_POINTS"


@dataclass(frozen=True, slots=True)
class TakenBack:
    """`points` in all, `borne` of them spent before; `by_issuer`: who bears those."""

    points: int
    borne: int
    by_issuer: bool


@dataclass(frozen=True, slots=True)
class Redeemed:
    redemption: str
    points: int


class Till:
    """What one brand does. Whatever the demo did not expect raises `DemoStopped`."""

    def __init__(self, client: Client, *, code: str, currency: str) -> None:
        self._client = client
        self.code = code
        self.currency = currency

    async def prices(self) -> list[Prices]:
        with _told(self.code, "its prices"):
            viewer = await self._client.viewer()
        if viewer.partner is None:
            raise DemoStopped(f"The token of {self.code} is not a brand's.")
        return [
            Prices(one.valid_from, one.issue_price, one.redeem_price)
            for one in viewer.partner.agreements
        ]

    async def enrol(self, household: str) -> None:
        card = IdentifierInput(kind=IdentifierKind.CARD, value=card_of(household))
        with _told(self.code, f"household {household}"):
            await self._client.enrol_member(
                EnrolMemberInput(idempotency_key=f"enrol-{household}", identifiers=[card])
            )

    async def award(self, receipts: Sequence[Receipt]) -> list[int]:
        """Points per receipt, at most `MOST_ROWS`; 0 for one too small to earn."""
        rows = [self._award(receipt) for receipt in receipts]
        with _told(self.code, "a batch"):
            batch = await self._client.award_points_batch(AwardPointsBatchInput(rows=rows))
        points = []
        for receipt, row in zip(receipts, batch.results, strict=True):
            for error in row.user_errors:
                if error.code != _NOTHING_EARNED:
                    raise DemoStopped(
                        f"Receipt {receipt.number} of {self.code} was refused: {error.code.value}:"
                        f" {error.message}"
                    )
            points.append(row.award.points if row.award else 0)
        if sum(points) != batch.points:
            raise DemoStopped(f"A batch of {self.code} says {batch.points}, its rows {points}")
        return points

    async def take_back(self, back: Return) -> TakenBack:
        number = back.receipt.number
        with _told(self.code, f"the return of {number}"):
            taken = await self._client.reverse_award(
                ReverseAwardInput(
                    idempotency_key=f"return-{number}",
                    purchase_reference=number,
                    amount=None if back.cents is None else self._money(back.cents),
                    reason="Brought back",
                    occurred_at=back.at,
                )
            )
        return TakenBack(
            taken.clawed_back + taken.shortfall, taken.shortfall, taken.shortfall_payer == "ISSUER"
        )

    async def can_spend(self, card: str, points: int) -> bool:
        with _told(self.code, f"card {card}"):
            member = await self._client.can_spend(MemberRef(card=card), points)
        if member is None:
            raise DemoStopped(f"{self.code} does not know card {card}.")
        return member.can_spend

    async def redeem(self, card: str, spend: Spend) -> Redeemed | None:
        """None when the member has not enough points."""
        with _told(self.code, f"spend {spend.number}"):
            try:
                redeemed = await self._client.redeem_points(
                    RedeemPointsInput(
                        idempotency_key=f"spend-{spend.number}",
                        member=MemberRef(card=card),
                        points=spend.points,
                        reference=f"spend-{spend.number}",
                        occurred_at=spend.at,
                    )
                )
            except Refused as refused:
                if refused.code == _NOT_ENOUGH:
                    return None
                raise
        return _redeemed(redeemed.redemption)

    async def hold(self, card: str, spend: Spend) -> str | None:
        """The hold's id; None when the member has not enough points."""
        with _told(self.code, f"hold {spend.number}"):
            try:
                held = await self._client.hold_points(
                    HoldPointsInput(
                        idempotency_key=f"spend-{spend.number}",
                        member=MemberRef(card=card),
                        points=spend.points,
                        reference=f"spend-{spend.number}",
                        occurred_at=spend.at,
                    )
                )
            except Refused as refused:
                if refused.code == _NOT_ENOUGH:
                    return None
                raise
        return held.hold.id if held.hold else None

    async def capture(self, hold: str, spend: Spend) -> Redeemed:
        with _told(self.code, f"the capture of {spend.number}"):
            captured = await self._client.capture_hold(
                CaptureHoldInput(
                    idempotency_key=f"capture-{spend.number}",
                    hold_id=hold,
                    points=spend.captured,
                    occurred_at=spend.at,
                )
            )
        return _redeemed(captured.redemption)

    async def release(self, hold: str, spend: Spend) -> None:
        with _told(self.code, f"the release of {spend.number}"):
            await self._client.release_hold(
                ReleaseHoldInput(idempotency_key=f"release-{spend.number}", hold_id=hold)
            )

    async def refund(self, redemption: str, spend: Spend) -> int:
        with _told(self.code, f"the refund of {spend.number}"):
            refund = await self._client.refund_redemption(
                RefundRedemptionInput(
                    idempotency_key=f"refund-{spend.number}",
                    redemption_id=redemption,
                    points=spend.refunded,
                    reason="Sent back",
                    occurred_at=spend.refunded_at,
                )
            )
        return refund.refunded

    def _award(self, receipt: Receipt) -> AwardPointsInput:
        return AwardPointsInput(
            idempotency_key=f"receipt-{receipt.number}",
            member=MemberRef(card=card_of(receipt.household)),
            purchase=PurchaseInput(
                reference=receipt.number,
                purchased_at=receipt.at,
                amount=self._money(receipt.cents),
                store_code=receipt.store,
            ),
        )

    def _money(self, cents: int) -> MoneyInput:
        return MoneyInput(amount=Decimal(cents).scaleb(-2), currency=self.currency)


class Desk:
    """What the operator does."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def close(self, month: str) -> list[Bill]:
        """The statements of the month, closed now."""
        with _told("the operator", f"the close of {month}"):
            closed = await self._client.close_period(ClosePeriodInput(label=month))
        return [_bill(month, statement) for statement in closed.statements]


@contextmanager
def _told(who: str, what: str) -> Iterator[None]:
    """Whatever the API would not do ends the demo, and says for whom and at what."""
    try:
        yield
    except CoalitionError as error:
        raise DemoStopped(f"{who}, {what}: {error}") from error


def _redeemed(redemption: RedemptionShape | None) -> Redeemed:
    if redemption is None:
        raise DemoStopped("A redemption was neither answered nor refused.")
    return Redeemed(redemption.id, redemption.points)


def _bill(month: str, statement: StatementShape) -> Bill:
    brand = statement.partner.code
    points: dict[Line, int] = {}
    for line in statement.lines:
        if line.agreement_from is None:
            raise DemoStopped(f"{statement.number}: a line without an agreement.")
        key = Line(
            month, brand, line.kind.value, (line.price or Decimal(0)).normalize(),
            line.agreement_from, line.original_period,
        )  # fmt: skip
        points[key] = points.get(key, 0) + line.points
    return Bill(
        month=month,
        brand=brand,
        points=points,
        issued=statement.issued.amount,
        redeemed=statement.redeemed.amount,
        net=statement.net.amount,
    )
