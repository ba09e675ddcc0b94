"""What is done in a reconciliation: a file opened, a difference resolved or given an owner."""

import strawberry

from coalition import reconciliation
from coalition.access import Scope
from coalition.api.arguments import Asked, DryRun
from coalition.api.context import Info
from coalition.api.errors import RefusalBecomesPayload, UserError
from coalition.api.reconciliation import ReconciliationFile, ReconciliationItem
from coalition.api.reconciliation_words import (
    ReconciliationAction,
    ReconciliationCompression,
    ReconciliationFormat,
)
from coalition.api.viewers import PARTNER_AND_OPERATOR, PARTNERS, seen_by, shown_to
from coalition.kit.ids import Kind

_RESOLVES = (Scope.RECONCILIATION_WRITE, Scope.SETTLEMENT_APPROVE)


@strawberry.input(description="A file that will be sent.")
class CreateReconciliationFileInput:
    idempotency_key: str = strawberry.field(description="As in `awardPoints`.")
    period: str = strawberry.field(description="Of which period; its header must say the same.")
    format: ReconciliationFormat = strawberry.field(description="How it writes its rows.")
    compression: ReconciliationCompression = strawberry.field(
        default=ReconciliationCompression.NONE, description="How it is packed."
    )
    file_name: str | None = strawberry.field(
        default=None, description="What you call it, for showing."
    )
    sha256: str | None = strawberry.field(
        default=None,
        description="SHA-256 of the unpacked file, in hexadecimal: what comes and has another is"
        " not taken, and a file that was taken before is answered as it stands.",
    )


@strawberry.input(description="What is done with an item.")
class ResolveReconciliationItemInput:
    idempotency_key: str = strawberry.field(description="As in `awardPoints`.")
    item_id: strawberry.ID = strawberry.field(description="Which item.")
    action: ReconciliationAction = strawberry.field(description="One of its `actions`.")
    note: str = strawberry.field(description="Why, for whoever reads it later.")


@strawberry.input(description="Who looks after an item.")
class AssignReconciliationItemInput:
    item_id: strawberry.ID = strawberry.field(description="Which item.")
    owner: str = strawberry.field(description="A name, as people there know it.")


@shown_to(Scope.RECONCILIATION_WRITE, kinds=PARTNERS)
@strawberry.type(description="The place to which a file can be sent now.")
class CreateReconciliationFilePayload:
    file: ReconciliationFile | None = strawberry.field(description="Null when refused.")
    replayed: bool = strawberry.field(
        description="Whether this key, or this file, had been answered before."
    )
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "CreateReconciliationFilePayload":
        return cls(file=None, replayed=False, user_errors=errors)


@shown_to(*_RESOLVES, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="The item as it stands now.")
class ResolveReconciliationItemPayload:
    item: ReconciliationItem | None = strawberry.field(description="Null when refused.")
    replayed: bool = strawberry.field(description="Whether this key had been answered before.")
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "ResolveReconciliationItemPayload":
        return cls(item=None, replayed=False, user_errors=errors)


@shown_to(*_RESOLVES, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="The item with its owner.")
class AssignReconciliationItemPayload:
    item: ReconciliationItem | None = strawberry.field(description="Null when refused.")
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "AssignReconciliationItemPayload":
        return cls(item=None, user_errors=errors)


@strawberry.type
class ReconciliationMutations:
    @strawberry.mutation(
        description="Open a place for a file of a period: send it to `uploadUrl` then.",
        extensions=[RefusalBecomesPayload(CreateReconciliationFilePayload)],
        metadata=seen_by(Scope.RECONCILIATION_WRITE, kinds=PARTNERS),
    )
    async def create_reconciliation_file(
        self, info: Info, input: Asked[CreateReconciliationFileInput]
    ) -> CreateReconciliationFilePayload:
        context = info.context
        request = reconciliation.FileRequest(
            input.idempotency_key, input.period, input.format.name, input.compression.name,
            input.file_name, input.sha256,
        )  # fmt: skip
        created = await reconciliation.create_file(
            context.office, actor=context.actor, request=request, now=context.now
        )
        return CreateReconciliationFilePayload(
            file=await ReconciliationFile.numbered(context, created.file_id),
            replayed=created.replayed,
            user_errors=[],
        )

    @strawberry.mutation(
        description="Resolve a difference by one of its `actions`, once and with a reason.",
        extensions=[RefusalBecomesPayload(ResolveReconciliationItemPayload)],
        metadata=seen_by(*_RESOLVES, kinds=PARTNER_AND_OPERATOR),
    )
    async def resolve_reconciliation_item(
        self, info: Info, input: Asked[ResolveReconciliationItemInput], *, dry_run: DryRun = False
    ) -> ResolveReconciliationItemPayload:
        context = info.context
        # A partner's dry run is in a rehearsal already (Context.begin).
        by_hand = dry_run and context.actor.partner_id is None
        resolve = reconciliation.rehearse_resolution if by_hand else reconciliation.resolve_item
        resolved = await resolve(
            context.office,
            actor=context.actor,
            item_id=context.keys.seal.number(Kind.RECONCILIATION_ITEM, input.item_id),
            resolution=reconciliation.Resolution(
                input.idempotency_key, reconciliation.Action[input.action.name], input.note
            ),
            now=context.now,
        )
        return ResolveReconciliationItemPayload(
            item=ReconciliationItem.of(context, resolved.item),
            replayed=resolved.replayed,
            user_errors=[],
        )

    @strawberry.mutation(
        description="Say who looks after an open item. Saying it again changes nothing.",
        extensions=[RefusalBecomesPayload(AssignReconciliationItemPayload)],
        metadata=seen_by(*_RESOLVES, kinds=PARTNER_AND_OPERATOR),
    )
    async def assign_reconciliation_item(
        self, info: Info, input: Asked[AssignReconciliationItemInput]
    ) -> AssignReconciliationItemPayload:
        context = info.context
        item = await reconciliation.assign_item(
            context.office,
            actor=context.actor,
            item_id=context.keys.seal.number(Kind.RECONCILIATION_ITEM, input.item_id),
            owner=input.owner,
            now=context.now,
        )
        return AssignReconciliationItemPayload(
            item=ReconciliationItem.of(context, item), user_errors=[]
        )
