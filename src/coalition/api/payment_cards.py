"""Payment cards that a member has linked, by their tokens."""

from datetime import date, datetime

import strawberry
from strawberry import UNSET

from coalition import members
from coalition.access import Scope
from coalition.api.arguments import Asked
from coalition.api.context import Context, Info
from coalition.api.errors import RefusalBecomesPayload, UserError
from coalition.api.partners import Partner
from coalition.api.viewers import MEMBER_AND_PARTNER, MEMBERS, seen_by, shown_to
from coalition.kit.ids import Kind, NotAnId

_SEES = (Scope.MEMBER_CARDS, Scope.MEMBER_MANAGE)


@shown_to(*_SEES, kinds=MEMBERS)
@strawberry.type(description="A payment card by which a brand knows the member's purchases.")
class PaymentCard:
    partner_number: strawberry.Private[int]
    id: strawberry.ID = strawberry.field(description="What `unlinkPaymentCard` names it by.")
    label: str = strawberry.field(description="What its holder knows it by, like its scheme.")
    last_four: str = strawberry.field(description="The last four digits of its number.")
    valid_until: str | None = strawberry.field(
        description="The last month that is printed on it, like 2028-03; null: it was not said."
        " When another card takes its place, the brand is mostly told the same token."
    )
    linked_with: str = strawberry.field(description="The program by which it was linked.")
    linked_at: datetime = strawberry.field(description="Since when.")
    last_used_at: datetime | None = strawberry.field(
        description="The last purchase that was awarded by it; null: none yet."
    )

    @strawberry.field(description="The brand that knows it, alone.")
    def partner(self, info: Info) -> Partner:
        return Partner.numbered(info.context, self.partner_number)

    @classmethod
    def of(cls, context: Context, found: members.PaymentCard) -> "PaymentCard":
        return cls(
            partner_number=found.partner_id,
            id=strawberry.ID(context.seal(Kind.PAYMENT_CARD, found.id)),
            label=found.label,
            last_four=found.last_four,
            valid_until=_month(found.valid_until) if found.valid_until else None,
            linked_with=found.linked_with,
            linked_at=found.linked_at,
            last_used_at=found.last_used_at,
        )


@strawberry.input(description="A payment card of the member. Its number is not taken anywhere.")
class LinkPaymentCardInput:
    token: str = strawberry.field(
        description="What the brand is told of the card at each purchase: the token or fingerprint"
        " of its acquirer. What looks like the number of a card is refused."
    )
    label: str = strawberry.field(
        description="What its holder knows it by, like its scheme; 40 characters at most."
    )
    last_four: str = strawberry.field(description="The last four digits of its number.")
    valid_until: str | None = strawberry.field(
        default=None, description="The last month that is printed on it, like 2028-03."
    )


@shown_to(Scope.MEMBER_CARDS, kinds=MEMBERS)
@strawberry.type(description="The card as it is linked now.")
class LinkPaymentCardPayload:
    card: PaymentCard | None = strawberry.field(description="Null when refused.")
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "LinkPaymentCardPayload":
        return cls(card=None, user_errors=errors)


@strawberry.input(one_of=True, description="A payment card, by exactly one of these.")
class UnlinkPaymentCardInput:
    payment_card_id: strawberry.ID | None = strawberry.field(
        default=UNSET, description="As in `paymentCards`; a member's."
    )
    token: str | None = strawberry.field(
        default=UNSET, description="Its token at the brand whose program this is."
    )


@shown_to(*_SEES, Scope.MEMBERS_ENROL, kinds=MEMBER_AND_PARTNER)
@strawberry.type(description="What became of a payment card.")
class UnlinkPaymentCardPayload:
    unlinked: bool = strawberry.field(description="False: no such card is linked.")
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "UnlinkPaymentCardPayload":
        return cls(unlinked=False, user_errors=errors)


@strawberry.type
class PaymentCardQueries:
    @strawberry.field(
        description="The payment cards that the member of this token has linked, the oldest first;"
        " for a brand's program those that its brand knows.",
        metadata=seen_by(*_SEES, kinds=MEMBERS),
    )
    async def payment_cards(self, info: Info) -> list[PaymentCard]:
        context = info.context
        found = await members.payment_cards(context.office, actor=context.actor)
        return [PaymentCard.of(context, one) for one in found]


@strawberry.type
class PaymentCardMutations:
    @strawberry.mutation(
        description="Let the brand of this program know the member's purchases by a payment card,"
        " and award them without the member's own card. Said again, it is shown as it is said now.",
        extensions=[RefusalBecomesPayload(LinkPaymentCardPayload)],
        metadata=seen_by(Scope.MEMBER_CARDS, kinds=MEMBERS),
    )
    async def link_payment_card(
        self, info: Info, input: Asked[LinkPaymentCardInput]
    ) -> LinkPaymentCardPayload:
        context = info.context
        linked = await members.link_payment_card(
            context.office,
            actor=context.actor,
            card=members.CardToLink(input.token, input.label, input.last_four, input.valid_until),
            now=context.now,
        )
        return LinkPaymentCardPayload(card=PaymentCard.of(context, linked), user_errors=[])

    @strawberry.mutation(
        description="End at once that a payment card brings points: by its member, or by the brand"
        " whose customer has taken it away. Said again, nothing changes.",
        extensions=[RefusalBecomesPayload(UnlinkPaymentCardPayload)],
        metadata=seen_by(*_SEES, Scope.MEMBERS_ENROL, kinds=MEMBER_AND_PARTNER),
    )
    async def unlink_payment_card(
        self, info: Info, input: Asked[UnlinkPaymentCardInput]
    ) -> UnlinkPaymentCardPayload:
        context = info.context
        token = input.token if isinstance(input.token, str) else None
        unlinked = await members.unlink_payment_card(
            context.office,
            actor=context.actor,
            card_id=_numbered(context, input.payment_card_id) if token is None else None,
            token=token,
        )
        return UnlinkPaymentCardPayload(unlinked=unlinked, user_errors=[])


def _numbered(context: Context, id: object) -> int:
    """What is no id of a card names none: 0."""
    try:
        return context.keys.seal.open(Kind.PAYMENT_CARD, str(id))[0]
    except NotAnId:
        return 0


def _month(day: date) -> str:
    return f"{day:%Y-%m}"
