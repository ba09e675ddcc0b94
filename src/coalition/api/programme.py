"""The programme and its brands as members know them."""

from datetime import datetime
from decimal import Decimal

import strawberry

from coalition import partners
from coalition.access import Scope
from coalition.api.context import Info
from coalition.api.help import InLanguage
from coalition.api.partners import Partner
from coalition.api.scalars import CurrencyCode, Points
from coalition.api.viewers import MEMBER_AND_OPERATOR, seen_by, shown_to
from coalition.partners import PartnerStatus

_OF_MEMBERS = (Scope.MEMBER_READ, Scope.OPERATOR_READ)


@shown_to(*_OF_MEMBERS, kinds=MEMBER_AND_OPERATOR)
@strawberry.type(description="Another rate for a while, for purchases that name its code.")
class RunningPromotion:
    code: str = strawberry.field(description="Its code.")
    name: str = strawberry.field(description="What it is called.")
    points_per_unit: Decimal = strawberry.field(
        description="Points earned per one unit of the brand's currency, instead of the usual."
    )
    valid_until: datetime = strawberry.field(description="It ends just before this instant.")


@shown_to(*_OF_MEMBERS, kinds=MEMBER_AND_OPERATOR)
@strawberry.type(description="What members earn at a brand, and may spend there, as of now.")
class Offer:
    own: strawberry.Private[partners.Partner]
    agreement: strawberry.Private[partners.Agreement]

    @strawberry.field(description="The brand.")
    def partner(self, info: Info) -> Partner:
        return Partner.of(info.context, self.own)

    @strawberry.field(description="Points earned per one unit of the brand's currency.")
    def points_per_unit(self) -> Decimal:
        return self.agreement.points_per_unit.normalize()

    @strawberry.field(
        description="Parts of a purchase that earn nothing: `tax`, `shipping`, `paid_with_points`."
    )
    def excludes(self) -> list[str]:
        return sorted(part.value for part in self.agreement.excludes)

    @strawberry.field(description="The fewest points that may be spent there at once.")
    def minimum_redemption(self) -> Points:
        return Points(self.agreement.minimum_redemption)

    @strawberry.field(description="The promotions that run now.")
    def promotions(self, info: Info) -> list[RunningPromotion]:
        now = info.context.now
        return [
            RunningPromotion(
                code=one.code,
                name=one.name,
                points_per_unit=one.points_per_unit.normalize(),
                valid_until=one.valid_until,
            )
            for one in info.context.terms.promotions
            if one.partner_id == self.own.id and one.valid_from <= now < one.valid_until
        ]


@shown_to()
@strawberry.type(description="How many points a member may give to others.")
class GiftTerms:
    least: Points = strawberry.field(description="The fewest at once.")
    most: Points = strawberry.field(description="The most at once.")
    a_day: Points = strawberry.field(description="The most in a day.")
    a_year: Points = strawberry.field(description="The most in a year.")
    days: int = strawberry.field(
        description="Who does not accept them in so many days does not get them."
    )


@shown_to()
@strawberry.type(description="What holds for households.")
class HouseholdTerms:
    members: int = strawberry.field(description="How many may be in one, those invited counted.")
    cool_down_days: int = strawberry.field(
        description="Who left one waits so many days before the next one."
    )
    invitation_days: int = strawberry.field(description="How long an invitation is open.")


@shown_to()
@strawberry.type(description="What holds for all brands alike.")
class Programme:
    own: strawberry.Private[partners.Programme]
    name: str = strawberry.field(description="What it is called.")
    currency: CurrencyCode = strawberry.field(description="The currency of `pointValue`.")
    point_value: Decimal = strawberry.field(description="What one point is worth to a member.")
    time_zone: str = strawberry.field(description="Whose days count.")
    pending_days: int = strawberry.field(
        description="Points are spendable so many days after the purchase."
    )

    @strawberry.field(description="What a point is called.")
    def point_name(self, locale: InLanguage = None) -> str:
        return self.own.point_name_in(locale)

    @strawberry.field(description="What members may give to others.")
    def gifts(self) -> GiftTerms:
        own = self.own.gifts
        return GiftTerms(
            least=Points(own.least),
            most=Points(own.most),
            a_day=Points(own.a_day),
            a_year=Points(own.a_year),
            days=own.days,
        )

    @strawberry.field(description="What holds for households.")
    def household(self) -> HouseholdTerms:
        own = self.own.household
        return HouseholdTerms(
            members=own.members,
            cool_down_days=own.cool_down_days,
            invitation_days=own.invitation_days,
        )

    @strawberry.field(
        description="The brands at which members earn now, in the order of the partners' file.",
        metadata=seen_by(*_OF_MEMBERS, kinds=MEMBER_AND_OPERATOR),
    )
    def offers(self, info: Info) -> list[Offer]:
        now = info.context.now
        found = []
        for one in info.context.terms.partners:
            agreement = one.agreement_on(now)
            stopped = one.stop_earning_on is not None and one.day_of(now) >= one.stop_earning_on
            takes_part = one.status in {PartnerStatus.ACTIVE, PartnerStatus.LEAVING}
            if agreement is not None and takes_part and not stopped:
                found.append(Offer(own=one, agreement=agreement))
        return found

    @classmethod
    def of(cls, programme: partners.Programme) -> "Programme":
        return cls(
            own=programme,
            name=programme.name,
            currency=CurrencyCode(programme.currency),
            point_value=programme.point_value.normalize(),
            time_zone=programme.time_zone,
            pending_days=programme.pending_days,
        )

    @strawberry.field(
        description="Every brand that takes part or took part, in the order of the partners' file.",
        metadata=seen_by(*_OF_MEMBERS, kinds=MEMBER_AND_OPERATOR),
    )
    def partners(self, info: Info) -> list[Partner]:
        return [Partner.of(info.context, one) for one in info.context.terms.partners]


@strawberry.type
class ProgrammeQueries:
    @strawberry.field(description="What holds for all brands alike.", metadata=seen_by())
    def programme(self, info: Info) -> Programme:
        return Programme.of(info.context.terms.programme)
