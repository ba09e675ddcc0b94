"""Every list of the schema comes in pages by keyset, unless what bounds it is written here."""

from graphql import GraphQLObjectType, get_named_type, is_composite_type, is_list_type
from graphql import get_nullable_type as nullable

from coalition.api.schema import schema

GRAPH = schema.graphql_schema
# By coordinate; "*" stands for any type.
BOUNDED = {
    "*.edges": "a page's own",
    "*.nodes": "a page's own",
    "*.userErrors": "one for each law that one request breaks",
    "AwardPointsBatchPayload.results": "as many as the request has rows, 1000 at most",
    "LoadCodesPayload.refusedCodes": "as many as the request has codes, 1000 at most",
    "Member.securityEvents": "20 at most",
    "Reward.texts": "one for each language, 20 at most",
    "ClosePeriodPayload.statements": "one for each partner",
    "SettlementPeriod.statements": "one for each partner",
    "SettlementPeriod.openItems": "one for each partner and subject that stands in the way",
    "SettlementPeriod.rollForward": "one for each issuer",
    "SettlementPeriod.runs": "one for each legal entity, and for each correction",
    "SettlementPeriod.steps": "one for each of ten states, and for each time it went back",
    "CorrectStatementsPayload.replaced": "one for each partner at most",
    "CorrectStatementsPayload.statements": "one for each partner at most",
    "Statement.taxes": "one for each document and rate",
    "Statement.documents": "one for each format",
    "Statement.invoices": "one for each kind, and for each that a correction took back",
    "Invoice.documents": "one for each format",
    "Netting.positions": "one for each partner and currency",
    "Netting.totals": "one for each currency",
    "Treasury.before": "one for each currency",
    "Treasury.moved": "one for each currency",
    "Treasury.needs": "one for each currency",
    "ReconciliationFile.identities": "one for each of two sides",
    "ReconciliationFile.summary": "one for each side and class",
    "Dispute.steps": "three rounds, and how it ended",
    "Query.allowances": "one for each partner",
    "PackAllowance.packs": "those that a contract names",
    "Query.reconciliationAgeing": "one for each partner",
    "ReconciliationAgeing.bands": "one for each band of days",
    "SettlementPeriod.summaries": "one for each legal entity and currency",
    "EntitySummary.totals": "one for each currency",
    "EntitySummary.documents": "one for each format",
    "BrandForecast.ahead": "two",
    "ConcentrationIndex.shares": "one for each partner",
    "Coverage.funds": "one for each currency",
    "Liability.earnMonths": "one for each month of the programme",
    "Liability.issuers": "one for each partner",
    "PeriodRevenue.rows": "one for each partner",
    "Query.forecast": "one for each partner",
    "Query.revenue": "one for each calculated period",
    "Query.payments": "one for each partner and currency",
    "Query.paymentFiles": "a handful for each period",
    "Query.bankFiles": "100 at most, by `first`",
    "Query.bankEntries": "the bank's words about one period's payments, a handful a brand",
    "BankFile.entries": "those of one file of the bank, which its size bounds",
    "BankFile.statements": "those of one file of the bank, which its size bounds",
    "TakeBankFilePayload.statements": "those of one file of the bank, which its size bounds",
    "Dispute.items": "those that one request named, 500 at most",
    "TakeBankFilePayload.entries": "those of one file of the bank, which its size bounds",
    "InstructPaymentsPayload.files": "one for each kind of payment and currency",
    "InstructPaymentsPayload.payments": "one for each partner and currency",
    "Statement.lines": "one for each kind of entry and price that was agreed in one period",
    "Query.allowedPrograms": "one for each program that a member has let in",
    "Query.consentChoices": "one for each purpose and brand",
    "Query.consentTexts": "one for each purpose",
    "Notifications.kinds": "one for each of four kinds",
    "MyData.copies": "those that a member asked for and that are kept",
    "MyData.sharing": "one for each brand",
    "DataSharing.told": "one for each kind of event",
    "Query.flows": "one for each pair of partners",
    "Partner.agreements": "those of one partner, a handful over its years",
    "EarningEstimate.explanation": "one for each rule, and rules are few",
    "Programme.partners": "the brands of the coalition",
    "Programme.offers": "one for each brand at which points are earned",
    "Offer.promotions": "those of one brand that run now",
    "Balance.becoming": "one for each moment in the programme's days of waiting",
    "Award.explanation": "one for each rule, and rules are few",
    "AwardEstimate.explanation": "one for each rule, and rules are few",
    "Balance.expiring": "one for each day on which points end, of one member",
    "Query.paymentCards": "20 for each brand",
    "Query.webhookEndpoints": "20 for each partner",
    "WebhookEndpoint.events": "one for each kind of event",
    "WebhookDelivery.attempts": "ten tries, and as many for each time it was sent again by hand",
    "Household.members": "as many as the programme lets be in one, 20 at most",
    "Household.latest": "ten",
    "Member.householdInvitations": "40 a day at most, and each ends by itself",
    "Help.questions": "100 at most, as the file says",
    "Help.terms": "50 at most, as the file says",
    "MissingPurchase.steps": "40 at most, how it ended, and the receipts",
    "MissingPurchase.receipts": "three",
    "MissingPurchase.alike": "ten at most",
    "LedgerEntry.followedBy": "50 at most",
    "Redemption.spentLots": "the lots that one redemption took",
}
PAGE = {"edges": "[{0}Edge!]!", "nodes": "[{0}!]!", "pageInfo": "PageInfo!"}


def _objects() -> list[GraphQLObjectType]:
    types = GRAPH.type_map.values()
    return [
        one for one in types if isinstance(one, GraphQLObjectType) and one.name[:2] != "__"
    ]  # fmt: skip


def test_a_list_is_a_connection_or_says_what_bounds_it() -> None:
    lists = {
        f"{type_.name}.{name}"
        for type_ in _objects()
        for name, field in type_.fields.items()
        if is_list_type(nullable(field.type)) and is_composite_type(get_named_type(field.type))
    }
    unbounded = {
        one for one in lists if one not in BOUNDED and f"*.{one.rpartition('.')[2]}" not in BOUNDED
    }
    assert unbounded == set()
    assert {one for one in BOUNDED if one[0] != "*"} <= lists, "gone: take it off the list"


def test_every_connection_is_relays() -> None:
    """Relay's specification of cursor connections, as its compiler wants it; forwards only."""
    connections = [one for one in _objects() if one.name.endswith("Connection")]
    assert len(connections) >= 4
    for connection in connections:
        name = connection.name.removesuffix("Connection")
        found = {field: str(one.type) for field, one in connection.fields.items()}
        assert found == {field: type_.format(name) for field, type_ in PAGE.items()}
        edge = GRAPH.type_map[f"{name}Edge"]
        assert isinstance(edge, GraphQLObjectType)
        assert {field: str(one.type) for field, one in edge.fields.items()} == {
            "cursor": "String!", "node": f"{name}!",
        }  # fmt: skip
    page = GRAPH.type_map["PageInfo"]
    assert isinstance(page, GraphQLObjectType)
    assert {field: str(one.type) for field, one in page.fields.items()} == {
        "hasNextPage": "Boolean!", "hasPreviousPage": "Boolean!", "startCursor": "String",
        "endCursor": "String",
    }  # fmt: skip


def test_every_field_of_a_connection_takes_first_and_after() -> None:
    for type_ in _objects():
        for name, field in type_.fields.items():
            if get_named_type(field.type).name.endswith("Connection"):
                given = {one: str(argument.type) for one, argument in field.args.items()}
                assert given.items() >= {"first": "Int", "after": "String"}.items(), name
