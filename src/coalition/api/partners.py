"""Brands and what was agreed with them."""

from datetime import datetime
from decimal import Decimal
from enum import Enum

import strawberry

from coalition import partners
from coalition.access import ActorKind, Scope
from coalition.api.context import Context, Info
from coalition.api.node import Node
from coalition.api.scalars import CurrencyCode, Points
from coalition.api.viewers import PARTNER_AND_OPERATOR, seen_by, shown_to
from coalition.kit.ids import Kind

_OF_TERMS = (
    Scope.POINTS_AWARD,
    Scope.SETTLEMENT_READ,
    Scope.OPERATOR_READ,
    Scope.PARTNERS_MANAGE,
    Scope.SETTLEMENT_CLOSE,
)


@strawberry.enum(description="Whether a brand takes part.")
class PartnerStatus(Enum):
    ACTIVE = strawberry.enum_value("active", description="It awards and redeems.")
    SUSPENDED = strawberry.enum_value("suspended", description="Nothing is posted for it.")
    LEAVING = strawberry.enum_value("leaving", description="It still awards and redeems.")
    LEFT = strawberry.enum_value("left", description="It takes no part any more.")


@shown_to(*_OF_TERMS, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="What applies from `validFrom` until the next one; never edited.")
class Agreement:
    valid_from: datetime = strawberry.field(description="From when on it applies.")
    points_per_unit: Decimal = strawberry.field(
        description="Points earned per one unit of the partner's currency."
    )
    issue_price: Decimal = strawberry.field(
        description="The partner pays this per point issued, in its currency."
    )
    redeem_price: Decimal = strawberry.field(
        description="The partner is paid this per point redeemed with it, in its currency."
    )
    minimum_redemption: Points = strawberry.field(
        description="The fewest points that may be spent with it at once."
    )

    @classmethod
    def of(cls, agreement: partners.Agreement) -> "Agreement":
        return cls(
            valid_from=agreement.valid_from,
            points_per_unit=agreement.points_per_unit.normalize(),
            issue_price=agreement.issue_price.normalize(),
            redeem_price=agreement.redeem_price.normalize(),
            minimum_redemption=Points(agreement.minimum_redemption),
        )


@shown_to()
@strawberry.type(description="A brand of the coalition.")
class Partner(Node):
    own: strawberry.Private[partners.Partner]
    code: str = strawberry.field(description="Its short name in the partners' file.")
    name: str = strawberry.field(description="Its name as members know it.")
    status: PartnerStatus = strawberry.field(description="Whether it takes part.")
    currency: CurrencyCode = strawberry.field(description="What it settles in.")

    @strawberry.field(
        description="Its dated terms, oldest first. A partner sees its own; of others, none.",
        metadata=seen_by(*_OF_TERMS, kinds=PARTNER_AND_OPERATOR),
    )
    def agreements(self, info: Info) -> list[Agreement]:
        actor = info.context.actor
        if actor.kind is not ActorKind.OPERATOR and actor.partner_id != self.own.id:
            return []
        return [Agreement.of(agreement) for agreement in self.own.agreements]

    @classmethod
    def of(cls, context: Context, partner: partners.Partner) -> "Partner":
        return cls(
            id=context.seal(Kind.PARTNER, partner.id),
            own=partner,
            code=partner.code,
            name=partner.name,
            status=PartnerStatus(partner.status.value),
            currency=CurrencyCode(partner.currency),
        )

    @classmethod
    def numbered(cls, context: Context, partner_id: int) -> "Partner":
        return cls.of(context, context.terms.partner(partner_id))
