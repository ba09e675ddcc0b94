"""Leading a period from its close to its end. The operator's, with two people where it says so."""

import strawberry

from coalition import settlement
from coalition.access import Scope
from coalition.api.arguments import Asked, DryRun
from coalition.api.context import Context, Info
from coalition.api.errors import RefusalBecomesPayload, UserError
from coalition.api.netting import Netting
from coalition.api.periods import IN_OFFICE, OpenItems, PeriodState
from coalition.api.settlement import SettlementPeriod, Statement
from coalition.api.viewers import OPERATORS, seen_by, shown_to

_APPROVES = seen_by(Scope.SETTLEMENT_APPROVE, kinds=OPERATORS)


@strawberry.input(description="A period to be closed.")
class ClosePeriodInput:
    label: str = strawberry.field(description='Like "2017-01"; closing twice changes nothing.')
    calendar: str | None = strawberry.field(
        default=None, description="Of which calendar; absent: the programme's."
    )


@shown_to(Scope.SETTLEMENT_CLOSE, kinds=OPERATORS)
@strawberry.type(description="What became of a close.")
class ClosePeriodPayload:
    period: SettlementPeriod | None = strawberry.field(description="Null when refused.")
    statements: list[Statement] = strawberry.field(description="One per partner.")
    already_closed: bool = strawberry.field(description="Whether it had been closed before.")
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "ClosePeriodPayload":
        return cls(period=None, statements=[], already_closed=False, user_errors=errors)


@strawberry.input(description="Items that a period is to pass in spite of.")
class WaiveOpenItemsInput:
    label: str = strawberry.field(description='Of which period, like "2017-01".')
    state: PeriodState = strawberry.field(description="The state that they keep it from.")
    partner: str = strawberry.field(description="Whose: the brand's code.")
    subject: str = strawberry.field(description="Of what, like RECONCILIATION.")
    reason: str = strawberry.field(description="Why; it is kept.")
    calendar: str | None = strawberry.field(
        default=None, description="Of which calendar; absent: the programme's."
    )


@shown_to(*IN_OFFICE, kinds=OPERATORS)
@strawberry.type(description="What became of a waiver.")
class WaiveOpenItemsPayload:
    open_items: OpenItems | None = strawberry.field(
        description="What was waived, and by how many by now. Null when refused."
    )
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "WaiveOpenItemsPayload":
        return cls(open_items=None, user_errors=errors)


@strawberry.input(description="A period to be led on.")
class PeriodInput:
    label: str = strawberry.field(description='Like "2017-01"; doing it twice changes nothing.')
    calendar: str | None = strawberry.field(
        default=None, description="Of which calendar; absent: the programme's."
    )


@shown_to(*IN_OFFICE, kinds=OPERATORS)
@strawberry.type(description="What became of an approval.")
class ApprovePeriodPayload:
    period: SettlementPeriod | None = strawberry.field(
        description="Final when enough people have approved it. Null when refused."
    )
    approvals: int = strawberry.field(description="How many people have approved it by now.")
    netting: Netting | None = strawberry.field(
        description="Who pays whom, or would by now. Null when refused."
    )
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "ApprovePeriodPayload":
        return cls(period=None, approvals=0, netting=None, user_errors=errors)


@shown_to(*IN_OFFICE, kinds=OPERATORS)
@strawberry.type(description="What became of a step.")
class AdvancePeriodPayload:
    period: SettlementPeriod | None = strawberry.field(description="Null when refused.")
    already_there: bool = strawberry.field(description="Whether it had been led so far before.")
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "AdvancePeriodPayload":
        return cls(period=None, already_there=False, user_errors=errors)


async def _advance(
    context: Context, asked: PeriodInput, to: settlement.State
) -> AdvancePeriodPayload:
    advanced = await settlement.advance_period(
        context.office,
        actor=context.actor,
        label=asked.label,
        calendar=asked.calendar,
        to=to,
        now=context.now,
    )
    return AdvancePeriodPayload(
        period=SettlementPeriod.of(context, advanced.period),
        already_there=advanced.already_there,
        user_errors=[],
    )


@strawberry.type
class ClosingMutations:
    @strawberry.mutation(
        description="Close a period that has ended and issue its statements. The operator only.",
        extensions=[RefusalBecomesPayload(ClosePeriodPayload)],
        metadata=seen_by(Scope.SETTLEMENT_CLOSE, kinds=OPERATORS),
    )
    async def close_period(
        self, info: Info, input: Asked[ClosePeriodInput], *, dry_run: DryRun = False
    ) -> ClosePeriodPayload:
        context = info.context
        if dry_run:
            seen, drafts = await settlement.preview_close(
                context.office,
                actor=context.actor,
                label=input.label,
                calendar=input.calendar,
                now=context.now,
            )
            context.terms = await context.office.terms()
            return ClosePeriodPayload(
                period=SettlementPeriod.of(context, seen.period),
                statements=[Statement.of(context, draft) for draft in drafts],
                already_closed=seen.already_closed,
                user_errors=[],
            )
        closed = await settlement.close_period(
            context.office,
            actor=context.actor,
            label=input.label,
            calendar=input.calendar,
            now=context.now,
        )
        # The close read the terms anew; the answer must know them too.
        context.terms = await context.office.terms()
        asked = settlement.StatementFilter(period_id=closed.period.id)
        return ClosePeriodPayload(
            period=SettlementPeriod.of(context, closed.period),
            statements=await Statement.all_of(context, asked),
            already_closed=closed.already_closed,
            user_errors=[],
        )

    @strawberry.mutation(
        description="Let a period pass in spite of open items. It passes with the second person.",
        extensions=[RefusalBecomesPayload(WaiveOpenItemsPayload)],
        metadata=_APPROVES,
    )
    async def waive_open_items(
        self, info: Info, input: Asked[WaiveOpenItemsInput]
    ) -> WaiveOpenItemsPayload:
        context = info.context
        waiver = settlement.Waiver(
            input.label,
            settlement.State(str(input.state.value)),
            input.partner,
            input.subject,
            input.reason,
            input.calendar,
        )
        gate = await settlement.waive_items(
            context.office, actor=context.actor, waiver=waiver, now=context.now
        )
        return WaiveOpenItemsPayload(open_items=OpenItems.of(context, gate), user_errors=[])

    @strawberry.mutation(
        description="Approve a closed period. With enough people, none of whom closed it, it is"
        " final and its netting is written.",
        extensions=[RefusalBecomesPayload(ApprovePeriodPayload)],
        metadata=_APPROVES,
    )
    async def approve_period(
        self, info: Info, input: Asked[PeriodInput], *, dry_run: DryRun = False
    ) -> ApprovePeriodPayload:
        context = info.context
        label, calendar = input.label, input.calendar
        if dry_run:
            period, positions = await settlement.preview_netting(
                context.office, actor=context.actor, label=label, calendar=calendar
            )
            return ApprovePeriodPayload(
                period=SettlementPeriod.of(context, period),
                approvals=0,
                netting=Netting(positions_=positions),
                user_errors=[],
            )
        approved = await settlement.approve_period(
            context.office, actor=context.actor, label=label, calendar=calendar, now=context.now
        )
        return ApprovePeriodPayload(
            period=SettlementPeriod.of(context, approved.period),
            approvals=approved.approvals,
            netting=Netting(positions_=list(approved.positions)),
            user_errors=[],
        )

    @strawberry.mutation(
        description="The payments of a final period are on their way.",
        extensions=[RefusalBecomesPayload(AdvancePeriodPayload)],
        metadata=_APPROVES,
    )
    async def instruct_period(self, info: Info, input: Asked[PeriodInput]) -> AdvancePeriodPayload:
        return await _advance(info.context, input, settlement.State.INSTRUCTED)

    @strawberry.mutation(
        description="All payments of an instructed period have arrived.",
        extensions=[RefusalBecomesPayload(AdvancePeriodPayload)],
        metadata=_APPROVES,
    )
    async def settle_period(self, info: Info, input: Asked[PeriodInput]) -> AdvancePeriodPayload:
        return await _advance(info.context, input, settlement.State.SETTLED)

    @strawberry.mutation(
        description="Lock a settled period: nothing about it changes any more.",
        extensions=[RefusalBecomesPayload(AdvancePeriodPayload)],
        metadata=_APPROVES,
    )
    async def lock_period(self, info: Info, input: Asked[PeriodInput]) -> AdvancePeriodPayload:
        return await _advance(info.context, input, settlement.State.LOCKED)
