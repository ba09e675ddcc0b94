"""The programs that a member lets act for it, and that it takes this back."""

from datetime import datetime

import strawberry

from coalition.access import WEB, Actor, Scope, acting_member
from coalition.access.permissions import Permission, end_permission, permissions_of
from coalition.api.arguments import Asked
from coalition.api.context import Info
from coalition.api.errors import RefusalBecomesPayload, UserError
from coalition.api.viewers import MEMBERS, seen_by, shown_to
from coalition.kit.text import clean


@shown_to(Scope.MEMBER_MANAGE, kinds=MEMBERS)
@strawberry.type(description="A program that the member lets act for it.")
class AllowedProgram:
    client_id: str = strawberry.field(description="What `endPermission` names it by.")
    name: str = strawberry.field(description="What it is called.")
    scopes: list[str] = strawberry.field(description="What it may do, in alphabetical order.")
    since: datetime = strawberry.field(description="Since when it may.")
    last_used_at: datetime | None = strawberry.field(
        description="When it last renewed its access, as it does every few minutes in use; null:"
        " not yet."
    )
    ends_at: datetime | None = strawberry.field(
        description="When the permission ends by itself, unless the program is used again before;"
        " null: that is not known yet."
    )

    @classmethod
    def of(cls, found: Permission) -> "AllowedProgram":
        return cls(
            client_id=found.client_id,
            name=found.client_name,
            scopes=sorted(found.scopes),
            since=found.since,
            last_used_at=found.used_at,
            ends_at=found.ends_at,
        )


@strawberry.input(description="A program that may do nothing for the member any more.")
class EndPermissionInput:
    client_id: str = strawberry.field(description="Which, as in `allowedPrograms`.")


@shown_to(Scope.MEMBER_MANAGE, kinds=MEMBERS)
@strawberry.type(description="What became of a permission.")
class EndPermissionPayload:
    ended: bool = strawberry.field(description="False: it had none.")
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "EndPermissionPayload":
        return cls(ended=False, user_errors=errors)


@strawberry.type
class PermissionQueries:
    @strawberry.field(
        description="The programs that the member of this token lets act for it, the oldest first;"
        " without the programme's own pages.",
        metadata=seen_by(Scope.MEMBER_MANAGE, kinds=MEMBERS),
    )
    async def allowed_programs(self, info: Info) -> list[AllowedProgram]:
        context = info.context
        login_id = _login_of(context.actor)
        if login_id is None:
            return []
        found = await permissions_of(
            context.database, login_id, url=context.server.settings.url, now=context.now
        )
        return [AllowedProgram.of(one) for one in found if one.client_id != WEB]


@strawberry.type
class PermissionMutations:
    @strawberry.mutation(
        description="Take back all that the member allowed a program: its tokens end within"
        " seconds. Said again, nothing changes.",
        extensions=[RefusalBecomesPayload(EndPermissionPayload)],
        metadata=seen_by(Scope.MEMBER_MANAGE, kinds=MEMBERS),
    )
    async def end_permission(
        self, info: Info, input: Asked[EndPermissionInput]
    ) -> EndPermissionPayload:
        context = info.context
        login_id = _login_of(context.actor)
        client_id = clean(input.client_id, ("clientId",))
        ended = login_id is not None and await end_permission(
            context.database, login_id, client_id, now=context.now
        )
        return EndPermissionPayload(ended=ended, user_errors=[])


def _login_of(actor: Actor) -> int | None:
    """Who signs in for the member, and has allowed what is allowed; None: nobody does."""
    acting_member(actor, Scope.MEMBER_MANAGE)
    return actor.login_id
