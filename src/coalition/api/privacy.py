"""What a member may ask about its own data: a copy, who got it, and to be forgotten."""

from datetime import datetime, timedelta
from enum import Enum

import strawberry

from coalition import privacy
from coalition.access import Scope
from coalition.api.arguments import Asked
from coalition.api.context import Context, Info
from coalition.api.errors import RefusalBecomesPayload, UserError
from coalition.api.partners import Partner
from coalition.api.scalars import MoneyType, Points
from coalition.api.viewers import MEMBER_AND_OPERATOR, MEMBERS, seen_by, shown_to
from coalition.kit.ids import Kind, NotAnId
from coalition.members import MemberNotFound

_READS = (Scope.MEMBER_READ, Scope.MEMBER_MANAGE)
_ERASES = (Scope.MEMBER_MANAGE, Scope.MEMBERS_SUPPORT)


@strawberry.enum(description="How far a copy is.")
class DataCopyState(Enum):
    WAITING = strawberry.enum_value("waiting", description="It is being made.")
    READY = strawberry.enum_value("ready", description="It may be fetched.")
    ENDED = strawberry.enum_value("ended", description="Its time is over, and it is deleted.")


@shown_to(*_READS, kinds=MEMBERS)
@strawberry.type(description="A copy of everything about the member: a ZIP with JSON and CSV.")
class DataCopy:
    state: DataCopyState = strawberry.field(description="How far it is.")
    asked_at: datetime = strawberry.field(description="When it was asked for.")
    ready_at: datetime | None = strawberry.field(description="Since when it may be fetched.")
    expires_at: datetime | None = strawberry.field(description="Until when it may be fetched.")
    fetched_at: datetime | None = strawberry.field(description="When it was first fetched.")
    path: str | None = strawberry.field(
        description="Where on this server, with a token of this member; null: not now."
    )

    @classmethod
    def of(cls, context: Context, found: privacy.CopyRecord) -> "DataCopy":
        is_there = (
            found.state is privacy.CopyState.READY
            and found.expires_at is not None
            and found.expires_at > context.now
        )
        return cls(
            state=DataCopyState(found.state.value),
            asked_at=found.asked_at,
            ready_at=found.ready_at,
            expires_at=found.expires_at,
            fetched_at=found.fetched_at,
            path=f"/copies/{context.seal(Kind.DATA_COPY, found.id)}.zip" if is_there else None,
        )


@shown_to(*_READS, kinds=MEMBERS)
@strawberry.type(description="How often a brand's server was told of one kind of event.")
class ToldOf:
    event: str = strawberry.field(description="Which kind.")
    times: int = strawberry.field(description="How often, as far back as that is kept.")


@shown_to(*_READS, kinds=MEMBERS)
@strawberry.type(description="What a brand got of the member's data.")
class DataSharing:
    partner_number: strawberry.Private[int]
    since: datetime = strawberry.field(description="Since when it knows the member.")
    noted_under: list[str] = strawberry.field(
        description="Kinds of identifiers that it has noted itself: EMAIL, PHONE, EXTERNAL,"
        " PAYMENT_CARD."
    )
    movements: int = strawberry.field(description="Movements of points that happened there.")
    told: list[ToldOf] = strawberry.field(description="What its server was told of the member.")
    told_last_at: datetime | None = strawberry.field(description="When last; null: never.")

    @strawberry.field(description="The brand.")
    def partner(self, info: Info) -> Partner:
        return Partner.numbered(info.context, self.partner_number)

    @classmethod
    def of(cls, found: privacy.Sharing) -> "DataSharing":
        return cls(
            partner_number=found.partner_id,
            since=found.since,
            noted_under=list(found.noted_under),
            movements=found.movements,
            told=[ToldOf(event=kind.name, times=times) for kind, times in found.told.items()],
            told_last_at=found.told_last_at,
        )


@shown_to(*_ERASES, kinds=MEMBER_AND_OPERATOR)
@strawberry.type(description="That a member is to be forgotten.")
class Erasure:
    points: Points = strawberry.field(description="How many it had when it asked, all lost then.")
    asked_at: datetime = strawberry.field(description="When it asked.")
    due_at: datetime = strawberry.field(description="Until then it can take it back.")

    @classmethod
    def of(cls, found: privacy.ErasureRecord) -> "Erasure":
        return cls(points=Points(found.points), asked_at=found.asked_at, due_at=found.due_at)


@shown_to(*_READS, kinds=MEMBERS)
@strawberry.type(description="A member's own data, as it stands.")
class MyData:
    points_to_lose: Points = strawberry.field(
        description="What `requestErasure` is to say: available, pending and held points."
    )
    worth: MoneyType = strawberry.field(
        description="`pointsToLose` at the programme's point value."
    )
    cool_off_days: int = strawberry.field(description="How long an erasure can be taken back.")
    copies: list[DataCopy] = strawberry.field(description="That were asked for; the newest first.")
    sharing: list[DataSharing] = strawberry.field(description="Which brands got what.")
    erasure: Erasure | None = strawberry.field(
        description="When the member is to be forgotten; null: it is not.",
        metadata=seen_by(*_READS, kinds=MEMBERS),
    )


@shown_to(Scope.MEMBER_MANAGE, kinds=MEMBERS)
@strawberry.type(description="The copy that is being made.")
class DataCopyPayload:
    copy: DataCopy | None = strawberry.field(description="Null when refused.")
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "DataCopyPayload":
        return cls(copy=None, user_errors=errors)


@strawberry.input(description="A member that wants to be forgotten.")
class RequestErasureInput:
    lose_points: Points = strawberry.field(
        description="How many points it was told that it loses: `myData.pointsToLose`."
    )
    member_id: strawberry.ID | None = strawberry.field(
        default=None, description="Whose, where the operator does it for who wrote to it."
    )


@strawberry.input(description="A member that stays after all.")
class WithdrawErasureInput:
    member_id: strawberry.ID | None = strawberry.field(
        default=None, description="Whose, where the operator does it for who wrote to it."
    )


@shown_to(*_ERASES, kinds=MEMBER_AND_OPERATOR)
@strawberry.type(description="Whether a member is to be forgotten.")
class ErasurePayload:
    erasure: Erasure | None = strawberry.field(description="Null: it is not.")
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "ErasurePayload":
        return cls(erasure=None, user_errors=errors)


def _whose(context: Context, member_id: strawberry.ID | None) -> int | None:
    """Raises `MemberNotFound`."""
    if member_id is None:
        return None
    try:
        return context.keys.seal.open(Kind.MEMBER, member_id)[0]
    except NotAnId:
        raise MemberNotFound("No such member.", field=("memberId",)) from None


@strawberry.type
class PrivacyQueries:
    @strawberry.field(
        description="The data of the member of this token: copies, who got it, whether it goes.",
        metadata=seen_by(*_READS, kinds=MEMBERS),
    )
    async def my_data(self, info: Info) -> MyData:
        context = info.context
        actor, database = context.actor, context.database
        copies = await privacy.copies_of(database, actor=actor)
        sharing = await privacy.data_sharing(database, actor=actor)
        found = await privacy.erasure_of(database, actor=actor)
        points = await privacy.points_of(context.office, actor.member_id or 0, now=context.now)
        programme = context.terms.programme
        return MyData(
            points_to_lose=Points(points),
            worth=MoneyType.of(programme.worth(points)),
            cool_off_days=context.server.settings.erasure_days,
            copies=[DataCopy.of(context, one) for one in copies],
            sharing=[DataSharing.of(one) for one in sharing],
            erasure=Erasure.of(found) if found else None,
        )


@strawberry.type
class PrivacyMutations:
    @strawberry.mutation(
        description="Have a copy of everything about the member made. A mail tells when it is"
        " ready. While one is being made, it is that one.",
        extensions=[RefusalBecomesPayload(DataCopyPayload)],
        metadata=seen_by(Scope.MEMBER_MANAGE, kinds=MEMBERS),
    )
    async def request_data_copy(self, info: Info) -> DataCopyPayload:
        context = info.context
        found = await privacy.ask_for_copy(context.office, actor=context.actor, now=context.now)
        return DataCopyPayload(copy=DataCopy.of(context, found), user_errors=[])

    @strawberry.mutation(
        description="Have the member forgotten, after some days in which it can be taken back. A"
        " member that asks must just have shown its password or a passkey.",
        extensions=[RefusalBecomesPayload(ErasurePayload)],
        metadata=seen_by(*_ERASES, kinds=MEMBER_AND_OPERATOR),
    )
    async def request_erasure(
        self, info: Info, input: Asked[RequestErasureInput]
    ) -> ErasurePayload:
        context = info.context
        found = await privacy.ask_for_erasure(
            context.office,
            actor=context.actor,
            member_id=_whose(context, input.member_id),
            lose_points=input.lose_points,
            after=timedelta(days=context.server.settings.erasure_days),
            now=context.now,
        )
        return ErasurePayload(erasure=Erasure.of(found), user_errors=[])

    @strawberry.mutation(
        description="Keep the member after all.",
        extensions=[RefusalBecomesPayload(ErasurePayload)],
        metadata=seen_by(*_ERASES, kinds=MEMBER_AND_OPERATOR),
    )
    async def withdraw_erasure(
        self, info: Info, input: Asked[WithdrawErasureInput]
    ) -> ErasurePayload:
        context = info.context
        await privacy.withdraw_erasure(
            context.office,
            actor=context.actor,
            member_id=_whose(context, input.member_id),
            now=context.now,
        )
        return ErasurePayload(erasure=None, user_errors=[])
