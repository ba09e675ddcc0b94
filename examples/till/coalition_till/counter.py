"""What the till does with the coalition, step by step: each with a key of the sale's number."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal

from coalition_client import (
    AwardPointsInput,
    CaptureHoldInput,
    Client,
    CoalitionError,
    HoldWithTillTokenInput,
    MemberRef,
    MoneyInput,
    PurchaseInput,
    RefundRedemptionInput,
    Refused,
    ReleaseHoldInput,
    ReverseAwardInput,
)
from coalition_till.sale import Held, Sale, State, Unsure
from coalition_till.words import Trouble, trouble_of

_NOTHING_EARNED = "NOTHING_EARNED"
# What ends a hold without the till: its points are the customer's again.
_HOLD_OVER = frozenset({"HOLD_EXPIRED", "HOLD_ALREADY_RESOLVED", "HOLD_NOT_FOUND"})
_BROUGHT_BACK = "Brought back to the shop"


@dataclass(frozen=True, slots=True)
class Terms:
    """`point_value`: what a point is worth to a customer, in `currency`."""

    brand: str
    programme: str
    point_name: str
    point_value: Decimal
    currency: str


class Counter:
    """Every method may raise `Trouble`. After one that is `unsure`, `again` sends the same."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._terms: Terms | None = None

    async def terms(self) -> Terms:
        """Asked once. Points are taken in the programme's currency only."""
        if self._terms is None:
            try:
                partner = (await self._client.viewer()).partner
                programme = await self._client.show_programme()
            except CoalitionError as error:
                raise trouble_of(error, "") from error
            if partner is None:
                raise Trouble("The client of this till is no brand's.")
            if partner.currency != programme.currency:
                raise Trouble(
                    f"This example sells in the programme's currency, {programme.currency}, and"
                    f" {partner.name} sells in {partner.currency}. Start it with another brand."
                )
            self._terms = Terms(
                partner.name, programme.name, programme.point_name, programme.point_value,
                programme.currency,
            )  # fmt: skip
        return self._terms

    async def hold(self, sale: Sale, token: str, amount: Decimal) -> None:
        """Set points aside that pay `amount` of the sale."""
        terms = await self.terms()
        async with _step(sale, Unsure("hold", token, amount), field="token"):
            answer = await self._client.hold_with_till_token(
                HoldWithTillTokenInput(
                    idempotency_key=sale.key("hold"),
                    token=token,
                    amount=MoneyInput(amount=amount, currency=terms.currency),
                    reference=sale.number,
                )
            )
        if answer.hold is None:
            raise Trouble("The coalition answered with neither a hold nor a refusal.")
        sale.held = Held(answer.hold.id, answer.hold.points, amount)
        sale.said = f"{answer.hold.points:,} {terms.point_name} are set aside."

    async def release(self, sale: Sale) -> None:
        """What was set aside is the customer's again."""
        if sale.held is None:
            return
        async with _step(sale, Unsure("release", ""), field=""):
            try:
                await self._client.release_hold(
                    ReleaseHoldInput(idempotency_key=sale.key("release"), hold_id=sale.held.hold_id)
                )
            except Refused as refused:
                if refused.code not in _HOLD_OVER:
                    raise
        sale.held = None
        sale.said = "The points are the customer's again."

    async def pay(self, sale: Sale, card: str) -> None:
        """The customer has paid: take what was set aside, and let the card earn."""
        terms = await self.terms()
        if sale.held is not None:
            await self._capture(sale, card)
        if card:
            try:
                await self._award(sale, card, terms)
            except Trouble as trouble:
                if trouble.unsure:
                    # The customer has paid and goes; its points come when somebody answers.
                    sale.card, sale.state, sale.said = card, State.PAID, ""
                raise
        sale.card = card
        sale.state = State.PAID
        sale.said = "Paid."

    async def cancel(self, sale: Sale) -> None:
        """Before it is paid. What was taken or set aside is the customer's again."""
        was_unsure = sale.unsure is not None
        await self.release(sale)
        if sale.redemption_id is not None:
            await self._refund(sale, Unsure("cancel", ""), sale.redemption_id)
        sale.unsure = None
        sale.state = State.CANCELLED
        sale.said = "Cancelled. Nothing was paid and no points were spent."
        if was_unsure:
            sale.said += " Points that may be set aside for it come free by themselves."

    async def take_back(self, sale: Sale, amount: Decimal | None) -> None:
        """Goods worth `amount` come back and are paid back in money; None: everything, and the
        points that paid for it come back too.
        """
        terms = await self.terms()
        asked = Unsure("return", "", amount)
        if sale.is_awarded:
            await self._reverse(sale, asked, terms)
        if amount is None and sale.redemption_id is not None:
            await self._refund(sale, asked, sale.redemption_id)
        money = sale.kept if amount is None else amount
        sale.returned += money
        sale.is_returned = amount is None
        sale.said = f"Give back {money:.2f} {terms.currency}."
        if sale.is_returned and sale.spent:
            sale.said += f" {sale.spent:,} {terms.point_name} are the customer's again."

    async def again(self, sale: Sale) -> None:
        """Send what was not answered once more, as it was."""
        asked = sale.unsure
        if asked is None:
            return
        match asked.step:
            case "hold" if asked.amount is not None:
                await self.hold(sale, asked.text, asked.amount)
            case "release":
                await self.release(sale)
            case "cancel":
                await self.cancel(sale)
            case "return":
                await self.take_back(sale, asked.amount)
            case _:
                await self.pay(sale, asked.text)

    async def _capture(self, sale: Sale, card: str) -> None:
        held = sale.held
        if held is None:
            return
        try:
            async with _step(sale, Unsure("capture", card), field=""):
                answer = await self._client.capture_hold(
                    CaptureHoldInput(idempotency_key=sale.key("capture"), hold_id=held.hold_id)
                )
        except Trouble as trouble:
            if trouble.code in _HOLD_OVER:
                sale.held = None
            raise
        if answer.redemption is None:
            raise Trouble("The coalition answered with neither a redemption nor a refusal.")
        sale.redemption_id, sale.spent = answer.redemption.id, answer.redemption.points
        sale.discount, sale.held = held.worth, None

    async def _award(self, sale: Sale, card: str, terms: Terms) -> None:
        """Which part of a purchase earns is the brand's agreement with the coalition."""
        async with _step(sale, Unsure("award", card), field="card"):
            try:
                answer = await self._client.award_points(
                    AwardPointsInput(
                        idempotency_key=sale.key("award"),
                        member=MemberRef(card=card),
                        purchase=PurchaseInput(
                            reference=sale.number,
                            purchased_at=sale.at,
                            amount=_money(sale.total, terms),
                            paid_with_points=(
                                _money(sale.discount, terms) if sale.discount else None
                            ),
                        ),
                    )
                )
            except Refused as refused:
                if refused.code != _NOTHING_EARNED:
                    raise
                return
        if answer.award is not None:
            sale.is_awarded, sale.earned = True, answer.award.points

    async def _reverse(self, sale: Sale, asked: Unsure, terms: Terms) -> None:
        async with _step(sale, asked, field="amount", key="reverse"):
            answer = await self._client.reverse_award(
                ReverseAwardInput(
                    idempotency_key=sale.key("reverse"),
                    purchase_reference=sale.number,
                    amount=None if asked.amount is None else _money(asked.amount, terms),
                    reason=_BROUGHT_BACK,
                )
            )
        if answer.award is not None:
            sale.earned = answer.award.points - answer.award.reversed_points
            sale.is_awarded = asked.amount is not None

    async def _refund(self, sale: Sale, asked: Unsure, redemption_id: str) -> None:
        async with _step(sale, asked, field="amount", key="refund"):
            await self._client.refund_redemption(
                RefundRedemptionInput(
                    idempotency_key=sale.key("refund"),
                    redemption_id=redemption_id,
                    reason=_BROUGHT_BACK,
                )
            )


def _money(amount: Decimal, terms: Terms) -> MoneyInput:
    return MoneyInput(amount=amount, currency=terms.currency)


@asynccontextmanager
async def _step(sale: Sale, asked: Unsure, *, field: str, key: str = "") -> AsyncIterator[None]:
    """One request of a sale: whether its outcome is known decides over its key."""
    name = key or asked.step
    try:
        yield
    except CoalitionError as error:
        trouble = trouble_of(error, field)
        if trouble.unsure:
            sale.unsure = asked
        else:
            sale.done_with(name)
        raise trouble from error
    sale.done_with(name)
