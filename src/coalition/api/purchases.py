"""Purchases as tills send them, one by one or by the thousand."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any

import strawberry
from strawberry.types.arguments import InputContext

from coalition import earning
from coalition.api.refs import Keyed, MemberRef
from coalition.api.scalars import MoneyInput
from coalition.kit.errors import Refusal
from coalition.members import MemberRef as Ref


@strawberry.enum(description="How the purchase was made.")
class Channel(Enum):
    STORE = strawberry.enum_value("STORE", description="At a till.")
    ONLINE = strawberry.enum_value("ONLINE", description="In a web shop.")
    MOBILE = strawberry.enum_value("MOBILE", description="In an app.")
    PHONE = strawberry.enum_value("PHONE", description="By telephone.")


@strawberry.input(description="One line of a receipt.")
class PurchaseLineInput:
    sku: str = strawberry.field(description="The partner's own article number.")
    category: str | None = strawberry.field(default=None, description="Its own category.")
    quantity: int = strawberry.field(description="How many.")
    amount: MoneyInput = strawberry.field(description="What the line comes to.")


@strawberry.input(description="What was bought, as the partner's till says.")
class PurchaseInput:
    reference: str = strawberry.field(
        description="The partner's own number of the purchase, unique for it for ever."
    )
    purchased_at: datetime = strawberry.field(description="When, by the till's clock.")
    amount: MoneyInput = strawberry.field(
        description="The basis on which points are earned, in the partner's currency, less what"
        " its agreement excludes of the parts named below."
    )
    tax: MoneyInput | None = strawberry.field(
        default=None, description="The part of `amount` that is tax."
    )
    shipping: MoneyInput | None = strawberry.field(
        default=None, description="The part of `amount` that is shipping."
    )
    paid_with_points: MoneyInput | None = strawberry.field(
        default=None, description="The part of `amount` that was paid with points."
    )
    store_code: str | None = strawberry.field(default=None, description="Which store.")
    terminal_code: str | None = strawberry.field(default=None, description="Which till.")
    channel: Channel | None = strawberry.field(default=None, description="How it was bought.")
    lines: list[PurchaseLineInput] | None = strawberry.field(
        default=None, description="The receipt's lines, when the partner sends them."
    )
    promotion: str | None = strawberry.field(
        default=None,
        description="The code of a promotion of this brand; its rate counts then, and several"
        " partners pay.",
    )

    def to_purchase(self) -> earning.Purchase:
        return earning.Purchase(
            reference=self.reference,
            purchased_at=self.purchased_at,
            amount=self.amount.amount,
            currency=self.amount.currency,
            tax=self.tax.amount if self.tax else None,
            shipping=self.shipping.amount if self.shipping else None,
            paid_with_points=self.paid_with_points.amount if self.paid_with_points else None,
            store_code=self.store_code,
            terminal_code=self.terminal_code,
            channel=self.channel.name if self.channel else None,
            lines=tuple(
                earning.Line(
                    line.sku,
                    line.category,
                    line.quantity,
                    line.amount.amount,
                    line.amount.currency,
                )
                for line in self.lines or ()
            ),
            promotion=self.promotion,
        )

    def mixed_currencies(self) -> Refusal | None:
        for part in (self.tax, self.shipping, self.paid_with_points):
            if part is not None and part.currency != self.amount.currency:
                return earning.CurrencyNotAgreed(
                    f"A part of the purchase is in {part.currency}, the purchase itself in"
                    f" {self.amount.currency}.",
                    field=("purchase", "amount", "currency"),
                )
        return None


@strawberry.input(description="Points for one purchase of one member.")
class AwardPointsInput:
    idempotency_key: str = strawberry.field(
        description="1 to 255 visible ASCII characters; the same key replays the first result."
    )
    member: MemberRef = strawberry.field(description="Who bought.")
    purchase: PurchaseInput = strawberry.field(description="What was bought.")

    def to_request(self, context: Keyed) -> earning.AwardRequest:
        """The request; what is wrong with it already goes with it, so that a replay still
        finds its first result.
        """
        ref = Ref("ID", "0")
        refusal = self.purchase.mixed_currencies()
        try:
            ref = self.member.to_ref(context)
        except Refusal as found:
            refusal = refusal or found
        return earning.AwardRequest(self.idempotency_key, ref, self.purchase.to_purchase(), refusal)


def award_input_of(value: Mapping[str, Any]) -> AwardPointsInput:
    """Builds a row from its coerced values without strawberry's walk over every field.

    The values have passed GraphQL's own coercion; only their Python classes are still to be
    made. A thousand rows are the reason: the walk costs three quarters of a batch.
    """
    bought = value["purchase"]
    lines = bought.get("lines")
    return AwardPointsInput(
        idempotency_key=value["idempotencyKey"],
        member=MemberRef.from_coerced(value["member"]),
        purchase=PurchaseInput(
            reference=bought["reference"],
            purchased_at=bought["purchasedAt"],
            amount=MoneyInput(**bought["amount"]),
            tax=_money(bought.get("tax")),
            shipping=_money(bought.get("shipping")),
            paid_with_points=_money(bought.get("paidWithPoints")),
            store_code=bought.get("storeCode"),
            terminal_code=bought.get("terminalCode"),
            channel=bought.get("channel"),
            lines=None
            if lines is None
            else [
                PurchaseLineInput(
                    sku=line["sku"],
                    category=line.get("category"),
                    quantity=line["quantity"],
                    amount=MoneyInput(**line["amount"]),
                )
                for line in lines
            ],
            promotion=bought.get("promotion"),
        ),
    )


def _money(value: Mapping[str, Any] | None) -> MoneyInput | None:
    return None if value is None else MoneyInput(**value)


def _award_input_of(cls: type, value: Mapping[str, Any], context: InputContext) -> AwardPointsInput:
    del cls, context
    return award_input_of(value)


# Strawberry sets it on the class, and tells types of it nowhere.
AwardPointsInput.__strawberry_definition__.from_input = _award_input_of  # type: ignore[attr-defined]
