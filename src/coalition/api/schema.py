"""The schema: one line per capability, and what surrounds every operation."""

from collections.abc import Iterable, Iterator
from enum import Enum

import strawberry
from graphql import GraphQLError, GraphQLSchema
from strawberry.extensions import SchemaExtension
from strawberry.schema.config import StrawberryConfig
from strawberry.tools import merge_types
from strawberry.types.execution import ExecutionContext

from coalition import documents as files
from coalition import ledger, members, settlement
from coalition.access import ActorKind
from coalition.api.account import AccountMutations, AccountQueries
from coalition.api.allowances import AllowanceQueries
from coalition.api.arguments import AnId
from coalition.api.bank_files import BankEntry, BankFileMutations, BankFileQueries
from coalition.api.bulk import BulkAward, BulkMutations, BulkQueries
from coalition.api.catalogue import CatalogueQueries, Reward
from coalition.api.catalogue_verbs import CatalogueMutations
from coalition.api.claim_verbs import ClaimMutations
from coalition.api.claims import Claim, ClaimQueries
from coalition.api.closing import ClosingMutations
from coalition.api.consents import ConsentMutations, ConsentQueries
from coalition.api.context import Info
from coalition.api.corrections import CorrectionMutations
from coalition.api.dispute_verbs import DisputeMutations
from coalition.api.disputes import Dispute, DisputeQueries
from coalition.api.documents import Documents
from coalition.api.earning import Award, EarningQueries
from coalition.api.earning_verbs import EarningMutations
from coalition.api.help import HelpQueries
from coalition.api.history import LedgerEntry
from coalition.api.household_verbs import HouseholdMutations
from coalition.api.insight import InsightQueries
from coalition.api.member_verbs import MemberMutations
from coalition.api.members import Member, MemberQueries
from coalition.api.missing import MissingPurchase, MissingQueries
from coalition.api.missing_verbs import MissingMutations
from coalition.api.node import Node
from coalition.api.notifications import NotificationMutations, NotificationQueries
from coalition.api.own_estimates import OwnEstimateQueries
from coalition.api.partners import Partner
from coalition.api.payment_cards import PaymentCardMutations, PaymentCardQueries
from coalition.api.payments import PaymentMutations, PaymentQueries
from coalition.api.permissions import PermissionMutations, PermissionQueries
from coalition.api.privacy import PrivacyMutations, PrivacyQueries
from coalition.api.programme import ProgrammeQueries
from coalition.api.reconciliation import ReconciliationFile, ReconciliationItem
from coalition.api.reconciliation_ageing import ReconciliationAgeingQueries
from coalition.api.reconciliation_lists import ReconciliationQueries
from coalition.api.reconciliation_verbs import ReconciliationMutations
from coalition.api.redemption import Hold, Redemption, RedemptionQueries
from coalition.api.redemption_verbs import RedemptionMutations
from coalition.api.scalars import SCALARS
from coalition.api.settlement import (
    SettlementPeriod,
    SettlementQueries,
    Statement,
)
from coalition.api.spending import SpendingMutations
from coalition.api.statement_documents import Invoice
from coalition.api.subscriptions import Subscription
from coalition.api.transfer_verbs import TransferMutations
from coalition.api.transfers import Transfer
from coalition.api.viewers import Viewers, declared_viewers, may_see, seen_by, shown_to
from coalition.api.webhook_verbs import WebhookMutations
from coalition.api.webhooks import WebhookDelivery, WebhookEndpoint, WebhookQueries
from coalition.kit.ids import Kind, NotAnId
from coalition.members import member_numbered


@strawberry.enum(description="Whose token it is.")
class ViewerKind(Enum):
    PARTNER = strawberry.enum_value("PARTNER", description="A brand's.")
    MEMBER = strawberry.enum_value("MEMBER", description="A member's.")
    OPERATOR = strawberry.enum_value("OPERATOR", description="The coalition's own.")


@shown_to()
@strawberry.type(description="Who this token is, and what it may do.")
class Viewer:
    kind: ViewerKind = strawberry.field(description="Whose token it is.")
    partner: Partner | None = strawberry.field(description="The brand, for a brand's token.")
    member: Member | None = strawberry.field(description="The member, for a member's token.")
    scopes: list[str] = strawberry.field(description="What it may do.")


_TYPES: dict[Kind, type] = {
    Kind.AWARD: Award,
    Kind.HOLD: Hold,
    Kind.REDEMPTION: Redemption,
    Kind.PARTNER: Partner,
    Kind.MEMBER: Member,
    Kind.PERIOD: SettlementPeriod,
    Kind.STATEMENT: Statement,
    Kind.INVOICE: Invoice,
    Kind.ENTRY: LedgerEntry,
    Kind.WEBHOOK_ENDPOINT: WebhookEndpoint,
    Kind.WEBHOOK_DELIVERY: WebhookDelivery,
    Kind.BULK_AWARD: BulkAward,
    Kind.RECONCILIATION_FILE: ReconciliationFile,
    Kind.RECONCILIATION_ITEM: ReconciliationItem,
    Kind.DISPUTE: Dispute,
    Kind.BANK_ENTRY: BankEntry,
    Kind.REWARD: Reward,
    Kind.CLAIM: Claim,
    Kind.TRANSFER: Transfer,
    Kind.MISSING_PURCHASE: MissingPurchase,
}


@strawberry.type
class ViewerQueries:
    @strawberry.field(description="Who this token is, and what it may do.", metadata=seen_by())
    def viewer(self, info: Info) -> Viewer:
        context = info.context
        actor = context.actor
        return Viewer(
            kind=ViewerKind(actor.kind.value),
            partner=None
            if actor.partner_id is None
            else Partner.numbered(context, actor.partner_id),
            member=None if actor.member_id is None else Member.numbered(context, actor.member_id),
            scopes=sorted(actor.scopes),
        )

    @strawberry.field(
        description="Anything by its id; null for what is not there, and for what this token may"
        " not see alike.",
        metadata=seen_by(),
    )
    async def node(self, info: Info, id: AnId) -> Node | None:
        seal = info.context.keys.seal
        try:
            kind = seal.kind_of(id)
            number, place = seal.open(kind, id)
        except NotAnId:
            return None
        named = _TYPES.get(kind)
        if named is None or not may_see(named, info.context.actor):
            return None
        return await _named(info, kind, number, place)


async def _named(info: Info, kind: Kind, number: int, place: int) -> Node | None:  # noqa: C901, PLR0911, PLR0912 - one per kind
    context = info.context
    match kind:
        case Kind.AWARD:
            return await Award.at(context, (number, place))
        case Kind.HOLD:
            return await Hold.at(context, (number, place))
        case Kind.REDEMPTION:
            return await Redemption.at(context, (number, place))
        case Kind.PARTNER:
            known = context.terms.knows(number)
            return Partner.numbered(context, number) if known else None
        case Kind.MEMBER:
            return await _member(info, number)
        case Kind.PERIOD:
            async with context.reading() as connection:
                period = await ledger.period_numbered(connection, number)
            return SettlementPeriod.of(context, period) if period else None
        case Kind.STATEMENT:
            asked = settlement.StatementFilter(
                statement_id=number, partner_id=context.actor.partner_id
            )
            return next(iter(await Statement.all_of(context, asked)), None)
        case Kind.INVOICE:
            async with context.reading() as connection:
                bills = await files.invoices_at(connection, [number])
            return Invoice.of(context, bills[0]) if bills else None
        case Kind.ENTRY:
            return await _entry(info, number, place)
        case Kind.WEBHOOK_ENDPOINT:
            return await WebhookEndpoint.numbered(context, number)
        case Kind.WEBHOOK_DELIVERY:
            return await WebhookDelivery.numbered(context, number)
        case Kind.EVENT | Kind.FEED_PLACE | Kind.SUMMARY:
            return None  # told to who listens, or a file only: looked up by nobody
        case Kind.CONSENT | Kind.MAIL | Kind.VERIFICATION | Kind.DATA_COPY | Kind.VOUCHER_GIFT:
            return None  # places in lists, and what links in mails carry
        case Kind.PAYMENT_CARD:
            return None  # seen in the list of whoever has linked it
        case Kind.HOUSEHOLD_MEMBER | Kind.HOUSEHOLD_INVITATION:
            return None  # seen in a household, by whoever is in it
        case Kind.BULK_AWARD:
            return await BulkAward.numbered(context, number)
        case Kind.RECONCILIATION_FILE:
            return await ReconciliationFile.numbered(context, number)
        case Kind.RECONCILIATION_ITEM:
            return await ReconciliationItem.numbered(context, number)
        case Kind.DISPUTE:
            return await Dispute.numbered(context, number)
        case Kind.BANK_ENTRY:
            return await BankEntry.numbered(context, number)
        case Kind.REWARD:
            return await Reward.numbered(context, number)
        case Kind.CLAIM:
            return await Claim.at(context, (number, place))
        case Kind.TRANSFER:
            return await Transfer.numbered(context, number)
        case Kind.MISSING_PURCHASE:
            return await MissingPurchase.numbered(context, number)


async def _member(info: Info, number: int) -> Member | None:
    context = info.context
    if context.actor.kind is ActorKind.MEMBER and context.actor.member_id != number:
        return None
    known = await members.known_member(
        context.database, partner_id=context.actor.partner_id, ref=member_numbered(number)
    )
    return Member.known(context, known) if known else None


async def _entry(info: Info, number: int, place: int) -> LedgerEntry | None:
    context = info.context
    if context.actor.kind is ActorKind.PARTNER:
        return None  # a member's ledger is for the member and the operator
    async with context.reading() as connection:
        found = await ledger.entry_at(connection, (number, place))
    return LedgerEntry.of(context, found) if found else None


class CoalitionSchema(strawberry.Schema):
    """Errors are logged and shaped in one place (http.py), not printed by the library.

    `viewers`: who may see a field, by its coordinate.
    """

    viewers: dict[str, Viewers]

    @property
    def graphql_schema(self) -> GraphQLSchema:
        return self._schema

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        del errors, execution_context


class AsMadeReady(SchemaExtension):
    """Runs the document that was parsed and validated before (documents.py), not its text."""

    def on_parse(self) -> Iterator[None]:
        self.execution_context.graphql_document = self.execution_context.context.document.node
        yield

    def on_validate(self) -> Iterator[None]:
        self.execution_context.pre_execution_errors = []
        yield


Query = merge_types(
    "Query",
    (
        ViewerQueries,
        ProgrammeQueries,
        MemberQueries,
        EarningQueries,
        OwnEstimateQueries,
        BulkQueries,
        RedemptionQueries,
        SettlementQueries,
        WebhookQueries,
        ReconciliationQueries,
        ReconciliationAgeingQueries,
        PaymentQueries,
        BankFileQueries,
        DisputeQueries,
        InsightQueries,
        AllowanceQueries,
        CatalogueQueries,
        ClaimQueries,
        ConsentQueries,
        NotificationQueries,
        AccountQueries,
        PermissionQueries,
        PaymentCardQueries,
        PrivacyQueries,
        MissingQueries,
        HelpQueries,
    ),
)
Mutation = merge_types(
    "Mutation",
    (
        MemberMutations,
        EarningMutations,
        BulkMutations,
        RedemptionMutations,
        ClosingMutations,
        WebhookMutations,
        CorrectionMutations,
        ReconciliationMutations,
        PaymentMutations,
        BankFileMutations,
        DisputeMutations,
        CatalogueMutations,
        ClaimMutations,
        HouseholdMutations,
        TransferMutations,
        MissingMutations,
        SpendingMutations,
        ConsentMutations,
        NotificationMutations,
        AccountMutations,
        PermissionMutations,
        PaymentCardMutations,
        PrivacyMutations,
    ),
)

schema = CoalitionSchema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=[
        Award,
        BulkAward,
        Hold,
        Redemption,
        Member,
        Partner,
        SettlementPeriod,
        Statement,
        WebhookEndpoint,
        WebhookDelivery,
        Dispute,
        Reward,
        Claim,
        MissingPurchase,
    ],
    config=StrawberryConfig(scalar_map=SCALARS, disable_field_suggestions=True),
    extensions=[AsMadeReady],
)
schema.viewers = declared_viewers(schema.graphql_schema)
documents = Documents(schema.graphql_schema)


def register_documents(texts: Iterable[str]) -> None:
    """From now on these may be named instead of sent. Raises `ValueError`."""
    documents.register(texts)


def printed_schema() -> str:
    """The schema as schema.graphql at the top of the tree holds it."""
    return schema.as_str() + "\n"
