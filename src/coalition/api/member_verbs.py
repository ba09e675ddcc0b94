"""Enrolling members, their cards, and how they stand."""

from enum import Enum

import strawberry

from coalition import members
from coalition.access import Scope
from coalition.api.arguments import Asked
from coalition.api.context import Context, Info
from coalition.api.errors import RefusalBecomesPayload, UserError
from coalition.api.members import Member, MemberStatus
from coalition.api.viewers import OPERATORS, PARTNER_AND_OPERATOR, seen_by, shown_to
from coalition.kit.ids import Kind, NotAnId


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
