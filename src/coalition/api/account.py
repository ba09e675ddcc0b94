"""A member's own account: where it is reached, what is kept about it, and its cards."""

from datetime import datetime

import strawberry
from strawberry import UNSET

from coalition import joining, members
from coalition.access import Scope, acting_member
from coalition.api.arguments import Asked
from coalition.api.context import Context, Info
from coalition.api.errors import RefusalBecomesPayload, UserError
from coalition.api.members import Member
from coalition.api.viewers import MEMBERS, PARTNER_AND_OPERATOR, seen_by, shown_to

_READS = (Scope.MEMBER_READ, Scope.MEMBER_MANAGE)
_ISSUES = (Scope.MEMBERS_ENROL, Scope.MEMBERS_SUPPORT)


@shown_to(*_READS, kinds=MEMBERS)
@strawberry.type(description="A member's own account.")
class Account:
    email: str | None = strawberry.field(
        description="Where it signs in and is reached; null: it has no login."
    )
    email_refused_at: datetime | None = strawberry.field(
        description="When the mail server of the address last took nothing for it; null: it does."
    )
    spend_paused_until: datetime | None = strawberry.field(
        description="Nothing is spent before, since the address or the password was changed."
    )


@strawberry.input(description="What is to be put right; what is left out stays as it is.")
class ChangeProfileInput:
    given_name: str | None = strawberry.field(default=UNSET, description="First name.")
    family_name: str | None = strawberry.field(default=UNSET, description="Last name.")
    locale: str | None = strawberry.field(default=UNSET, description="Language, like es-ES.")
    time_zone: str | None = strawberry.field(default=UNSET, description="Like Europe/Madrid.")

    def corrections(self) -> members.Corrections:
        said = {
            "given_name": self.given_name,
            "family_name": self.family_name,
            "locale": self.locale,
            "time_zone": self.time_zone,
        }
        return members.Corrections(
            **{name: value for name, value in said.items() if value is not UNSET}
        )


@strawberry.input(description="Another e-mail address.")
class ChangeEmailInput:
    email: str = strawberry.field(description="The new one; a mail goes there to confirm it.")


@strawberry.input(description="A card that the member has in its hands.")
class ClaimCardInput:
    card: str = strawberry.field(description="Its number.")
    code: str = strawberry.field(description="What a till said to who showed the card.")


@strawberry.input(description="A card that somebody shows.")
class IssueCardCodeInput:
    card: str = strawberry.field(description="Its number.")


@shown_to(Scope.MEMBER_MANAGE, kinds=MEMBERS)
@strawberry.type(description="The member as it stands now.")
class ChangeAccountPayload:
    member: Member | None = strawberry.field(description="Null when refused.")
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "ChangeAccountPayload":
        return cls(member=None, user_errors=errors)

    @classmethod
    def of(cls, context: Context, member_id: int) -> "ChangeAccountPayload":
        return cls(member=Member.numbered(context, member_id), user_errors=[])


@shown_to(Scope.MEMBER_MANAGE, kinds=MEMBERS)
@strawberry.type(description="That the new address is asked.")
class ChangeEmailPayload:
    asked: bool = strawberry.field(
        description="A mail goes to the new address. It is the same for one that is somebody's."
    )
    pause_hours: int = strawberry.field(
        description="For how long nothing can be spent once it is confirmed."
    )
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "ChangeEmailPayload":
        return cls(asked=False, pause_hours=_hours(), user_errors=errors)


@shown_to(*_ISSUES, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="A code to tell who shows the card.")
class IssueCardCodePayload:
    code: str | None = strawberry.field(
        description="Shown once; the one before it ends. Null when refused."
    )
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "IssueCardCodePayload":
        return cls(code=None, user_errors=errors)


def _hours() -> int:
    return int(joining.SPEND_PAUSE.total_seconds()) // 3600


@strawberry.type
class AccountQueries:
    @strawberry.field(
        description="The account of the member of this token.",
        metadata=seen_by(*_READS, kinds=MEMBERS),
    )
    async def account(self, info: Info) -> Account:
        context = info.context
        found = await members.account_of(context.database, acting_member(context.actor, *_READS))
        if found is None:
            raise RuntimeError("The member of a token cannot be read.")
        paused = found.spend_paused_until
        return Account(
            email=found.email,
            email_refused_at=found.email_refused_at,
            spend_paused_until=paused if paused and paused > context.now else None,
        )


@strawberry.type
class AccountMutations:
    @strawberry.mutation(
        description="Put right what is kept about the member itself.",
        extensions=[RefusalBecomesPayload(ChangeAccountPayload)],
        metadata=seen_by(Scope.MEMBER_MANAGE, kinds=MEMBERS),
    )
    async def change_profile(
        self, info: Info, input: Asked[ChangeProfileInput]
    ) -> ChangeAccountPayload:
        context = info.context
        member_id = await members.rectify_profile(
            context.office, actor=context.actor, corrections=input.corrections()
        )
        return ChangeAccountPayload.of(context, member_id)

    @strawberry.mutation(
        description="Sign in with another e-mail address, once its mailbox has confirmed it. After"
        " that nothing is spent for a day. The member must just have shown its password or a"
        " passkey.",
        extensions=[RefusalBecomesPayload(ChangeEmailPayload)],
        metadata=seen_by(Scope.MEMBER_MANAGE, kinds=MEMBERS),
    )
    async def change_email(self, info: Info, input: Asked[ChangeEmailInput]) -> ChangeEmailPayload:
        context = info.context
        await joining.ask_for_address(
            context.office, actor=context.actor, email=input.email, now=context.now
        )
        return ChangeEmailPayload(asked=True, pause_hours=_hours(), user_errors=[])

    @strawberry.mutation(
        description="Take a card to the account, with the code that a till gave out for it.",
        extensions=[RefusalBecomesPayload(ChangeAccountPayload)],
        metadata=seen_by(Scope.MEMBER_MANAGE, kinds=MEMBERS),
    )
    async def claim_card(self, info: Info, input: Asked[ClaimCardInput]) -> ChangeAccountPayload:
        context = info.context
        member_id = await joining.claim_card(
            context.office, actor=context.actor, card=input.card, code=input.code, now=context.now
        )
        return ChangeAccountPayload.of(context, member_id)

    @strawberry.mutation(
        description="A code for who shows a card, to claim it with when signing up.",
        extensions=[RefusalBecomesPayload(IssueCardCodePayload)],
        metadata=seen_by(*_ISSUES, kinds=PARTNER_AND_OPERATOR),
    )
    async def issue_card_code(
        self, info: Info, input: Asked[IssueCardCodeInput]
    ) -> IssueCardCodePayload:
        context = info.context
        code = await joining.issue_card_code(
            context.office, actor=context.actor, card=input.card, now=context.now
        )
        return IssueCardCodePayload(code=code, user_errors=[])
