"""The matrix: each field and each kind of token, what must be answered, and what was."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import httpx2
from graphql import GraphQLSchema

from coalition.access import ActorKind, Scope
from coalition.api.viewers import Viewers
from tests.isolation.coalition import Bearer, Coalition
from tests.isolation.walk import Walk, Way

# What required arguments are given. A field that needs one and is not here fails by name.
ARGUMENTS = {
    "Query.member": 'ref: {card: "7001"}',
    "Query.estimateAward": "purchase: $purchase",
    "Query.estimateEarning": 'partner: "$brand", amount: {amount: "1", currency: "USD"}',
    "Query.settlementPeriod": 'label: "2026-03"',
    "Query.flows": 'period: "2026-03"',
    "Query.payments": 'label: "2026-03"',
    "Query.paymentFiles": 'label: "2026-03"',
    "Query.bankEntries": 'label: "2026-03"',
    "Member.giftReceiver": 'card: "7002"',
    "Member.canSpend": 'points: "1"',
    "Statement.line": "place: 1",
    "StatementLine.details": "first: 1",
}
# What a mutation is given as its input. Those that can be are rehearsed, the others are refused.
INPUTS: Mapping[str, str] = {
    "awardPoints": '{idempotencyKey: "m1", member: {card: "7001"}, purchase: $purchase}',
    "awardPointsBatch": (
        '{rows: [{idempotencyKey: "m2", member: {card: "7001"}, purchase: $purchase}]}'
    ),
    "reverseAward": '{idempotencyKey: "m3", purchaseReference: "receipt-of-%s", reason: "back"}',
    "holdPoints": '{idempotencyKey: "m4", member: {card: "7001"}, points: "10", reference: "b"}',
    "captureHold": '{idempotencyKey: "m5", holdId: "$hold"}',
    "releaseHold": '{idempotencyKey: "m6", holdId: "$hold"}',
    "redeemPoints": '{idempotencyKey: "m7", member: {card: "7001"}, points: "10", reference: "b"}',
    "refundRedemption": '{idempotencyKey: "m8", redemptionId: "$redemption", reason: "back"}',
    "closePeriod": '{label: "2026-03"}',
    "waiveOpenItems": (
        '{label: "none", state: FINAL, partner: "grocer", subject: "X", reason: "x"}'
    ),
    "approvePeriod": '{label: "none"}',
    "recordAdjustment": (
        '{idempotencyKey: "m13", partner: "nobody", reason: "x", amount: "1.00",'
        ' source: {kind: "X", id: "x", authorised: "1.00"}}'
    ),
    "correctStatements": '{label: "none", reason: "x"}',
    "loadFxRates": '{source: "x", rates: []}',
    "recordExchange": (
        '{idempotencyKey: "m14", label: "none", currency: "EUR", base: "EUR", rate: "1"}'
    ),
    "instructPeriod": '{label: "none"}',
    "settlePeriod": '{label: "none"}',
    "lockPeriod": '{label: "none"}',
    "instructPayments": '{label: "none"}',
    "takeBankFile": '{content: "bm8gWE1M"}',
    "resolveBankEntry": '{bankEntryId: "bke_x", as: SAME, reason: "x"}',
    "openDispute": (
        '{idempotencyKey: "m20", statementId: "$statement", line: 1, reason: OTHER, message: "x"}'
    ),
    "disputeReconciliationItems": ('{idempotencyKey: "m24", itemIds: ["rci_x"], reason: OTHER}'),
    "answerDispute": '{idempotencyKey: "m21", disputeId: "$dispute", message: "x"}',
    "decideDispute": (
        '{idempotencyKey: "m22", disputeId: "$dispute", authorised: "0", message: "x"}'
    ),
    "withdrawDispute": '{idempotencyKey: "m23", disputeId: "$dispute", message: "x"}',
    "enrolMember": '{idempotencyKey: "m9", identifiers: [{kind: EMAIL, value: "none"}]}',
    "blockCard": '{idempotencyKey: "m10", card: "nobody", reason: "lost"}',
    "replaceCard": '{idempotencyKey: "m11", card: "nobody", newCard: "7009", reason: "lost"}',
    "createBulkAward": '{idempotencyKey: "two words", format: CSV}',
    "cancelBulkAward": '{bulkAwardId: "blk_x"}',
    "createReconciliationFile": '{idempotencyKey: "m13", period: "1999", format: CSV}',
    "resolveReconciliationItem": (
        '{idempotencyKey: "m14", itemId: "$item", action: ACCEPT, note: "x"}'
    ),
    "assignReconciliationItem": '{itemId: "rci_x", owner: "Kim"}',
    "changeMemberStatus": '{idempotencyKey: "m12", memberId: "mbr_x", status: LOCKED, reason: "x"}',
    "createWebhookEndpoint": '{idempotencyKey: "m13", url: "nowhere", events: []}',
    "changeWebhookEndpoint": '{webhookEndpointId: "whk_x"}',
    "deleteWebhookEndpoint": '{webhookEndpointId: "whk_x"}',
    "rotateWebhookSecret": '{idempotencyKey: "m14", webhookEndpointId: "whk_x"}',
    "sendTestEvent": '{idempotencyKey: "m15", webhookEndpointId: "whk_x"}',
    "replayWebhookEvents": '{webhookEndpointId: "whk_x", since: "2026-01-01T00:00:00Z"}',
    "putReward": '{idempotencyKey: "m30", code: "x", kind: ITEM, points: "0", texts: []}',
    "withdrawReward": '{rewardId: "rwd_x"}',
    "putRewardImage": '{content: "bm8gaW1hZ2U="}',
    "loadCodes": '{rewardId: "rwd_x", codes: ["A"]}',
    "drawPrize": '{rewardId: "rwd_x"}',
    "claimReward": '{idempotencyKey: "m31", rewardId: "$reward"}',
    "cancelClaim": '{idempotencyKey: "m32", claimId: "$claim", reason: "x"}',
    "giveVoucher": '{claimId: "clm_x"}',
    "takeVoucherBack": '{claimId: "clm_x"}',
    "mailVoucher": '{claimId: "clm_x"}',
    "useVoucher": '{idempotencyKey: "m33", code: "NONE", reference: "x"}',
    "advanceClaim": '{claimId: "clm_x", to: SENT}',
    "issueTillToken": '{partner: "nobody"}',
    "holdWithTillToken": '{idempotencyKey: "m34", token: "x", points: "10", reference: "b"}',
    "lockSpending": '{idempotencyKey: "two words"}',
    "unlockSpending": '{idempotencyKey: "two words"}',
    "confirmSpending": '{idempotencyKey: "two words"}',
    "foundHousehold": '{idempotencyKey: "two words"}',
    "inviteToHousehold": '{idempotencyKey: "m36", card: "0", role: SPENDER}',
    "decideHouseholdInvitation": '{invitationId: "hhi_x", to: DECLINED}',
    "leaveHousehold": '{idempotencyKey: "m37", householdMemberId: "hhm_x"}',
    "changeHouseholdRole": '{idempotencyKey: "m38", householdMemberId: "hhm_x", role: CHILD}',
    "sendPoints": '{idempotencyKey: "m39", card: "0", points: "100"}',
    "decideTransfer": '{transferId: "gft_x", to: DECLINED}',
    "wishForReward": '{rewardId: "rwd_x"}',
    "setMemberTier": '{idempotencyKey: "m35", memberId: "mbr_x", reason: "x"}',
    "reportMissingPurchase": (
        '{idempotencyKey: "two words", partner: "prt_x", purchasedOn: "2026-03-01",'
        ' amount: {amount: "1.00", currency: "USD"}, reference: "R"}'
    ),
    "answerMissingPurchase": (
        '{idempotencyKey: "m36", missingPurchaseId: "$missing", message: "x\\u0000"}'
    ),
    "withdrawMissingPurchase": '{idempotencyKey: "two words", missingPurchaseId: "$missing"}',
    "askAboutMissingPurchase": (
        '{idempotencyKey: "two words", missingPurchaseId: "$missing", message: "x"}'
    ),
    "approveMissingPurchase": '{idempotencyKey: "m37", missingPurchaseId: "$missing"}',
    "declineMissingPurchase": (
        '{idempotencyKey: "two words", missingPurchaseId: "$missing", reason: OTHER}'
    ),
    "resendWebhookDelivery": '{deliveryId: "dlv_x"}',
    "giveConsent": "{purpose: MARKETING, version: 0}",
    "withdrawConsent": '{purpose: MARKETING, partner: "nobody"}',
    "publishConsentText": "{purpose: MARKETING, texts: []}",
    "setNotification": "{kind: SECURITY, channel: NONE}",
    "setQuietHours": '{from: "22:00"}',
    "changeProfile": '{locale: "klingon"}',
    "changeEmail": '{email: "none"}',
    "linkPaymentCard": '{token: "4111 1111 1111 1111", label: "x", lastFour: "1111"}',
    "unlinkPaymentCard": '{token: "nobody"}',
    "endPermission": '{clientId: "nobody"}',
    "claimCard": '{card: "nobody", code: "x"}',
    "issueCardCode": '{card: "nobody"}',
    # One waits already, so it is that one.
    "requestDataCopy": "",
    "requestErasure": '{losePoints: "1", memberId: "mbr_x"}',
    "withdrawErasure": '{memberId: "mbr_x"}',
}
PURCHASE = {
    "reference": "matrix",
    "purchasedAt": "2026-04-10T12:00:00Z",
    "amount": {"amount": "10.00", "currency": "USD"},
}
_REFUSED = {"FORBIDDEN", "INSUFFICIENT_SCOPE"}
# A document may have only so many aliases, cost only so much, and listen to one thing.
_MOST_ANSWERED = {"query": 4, "mutation": 3, "subscription": 1}
_MOST_REFUSED = {"query": 10, "mutation": 10, "subscription": 1}


@dataclass
class Asked:
    """Of one type, by the way that leads to it. `fields`: selections, by coordinate."""

    way: Way
    fields: dict[str, str] = field(default_factory=dict)


def _documents(
    those: list[Asked], at_once: Mapping[str, int] = _MOST_REFUSED
) -> Iterator[tuple[str, list[Asked]]]:
    """As few documents as may be, each with what it asks."""
    for operation, most in at_once.items():
        fitting = [one for one in those if one.way.operation == operation]
        for start in range(0, len(fitting), most):
            some = fitting[start : start + most]
            inside = " ".join(
                f"a{n}: {one.way.lead_to(' '.join(one.fields.values()))}"
                for n, one in enumerate(some)
            )
            yield f"{operation} {{ {inside} }}", some


@dataclass
class Found:
    """`wrong`: each request whose answer was not the declared one. `checks`: by path."""

    wrong: list[str] = field(default_factory=list)
    checks: Counter[str] = field(default_factory=Counter)


def bearers(coalition: Coalition) -> Iterator[Bearer]:
    """No scope, each scope alone and all of them, of each kind; and another brand with all."""
    whose = {
        ActorKind.PARTNER: {"brand": "grocer"},
        ActorKind.MEMBER: {"member": coalition.ada.member_id},
        ActorKind.OPERATOR: {},
    }
    for kind, names in whose.items():
        for scopes in (frozenset[Scope](), *(frozenset({one}) for one in kind.scopes), kind.scopes):
            # Either name, by the kind.
            yield Bearer(kind, scopes, **names)  # type: ignore[arg-type]
    yield Bearer(ActorKind.PARTNER, ActorKind.PARTNER.scopes, brand="bakery")


class Matrix:
    """`schema` with its declarations, asked through a coalition's edge."""

    def __init__(
        self, coalition: Coalition, schema: GraphQLSchema, viewers: Mapping[str, Viewers]
    ) -> None:
        self._coalition = coalition
        self._schema = schema
        self._viewers = viewers
        ids = coalition.ids["grocer"]
        given = {
            f"Mutation.{name}": "input: "
            + text.replace("%s", "grocer")
            .replace("$hold", ids["hld"])
            .replace("$redemption", ids["rdm"])
            .replace("$item", ids["rci"])
            .replace("$statement", ids["stm"])
            .replace("$dispute", ids["dsp"])
            .replace("$reward", ids["rwd"])
            .replace("$claim", ids["clm"])
            .replace("$missing", ids["mis"])
            + (", dryRun: true" if self._rehearses(name) else "")
            for name, text in INPUTS.items()
            if text
        }
        told = schema.subscription_type
        # From the beginning: so each has something to tell at once.
        behind = {
            f"Subscription.{name}": f'after: "{coalition.beginning}"'
            for name in (told.fields if told else ())
        }
        self.walk = Walk(
            schema,
            {
                **ARGUMENTS,
                "Query.node": f'id: "{ids["awd"]}"',
                "Query.reward": f'id: "{ids["rwd"]}"',
                **given,
                **behind,
            },
        )

    def _rehearses(self, mutation: str) -> bool:
        root = self._schema.mutation_type
        return root is not None and "dryRun" in root.fields[mutation].args

    def may(self, bearer: Bearer | None, *coordinates: str) -> bool:
        return bearer is not None and all(
            bearer.kind in self._viewers[one].kinds
            and (not self._viewers[one].scopes or bearer.scopes & self._viewers[one].scopes)
            for one in coordinates
        )

    async def fields(self, *only: Bearer | None) -> Found:
        """Every field of every type, and every operation, with every bearer or some of them."""
        found = Found()
        for bearer in only or (None, *bearers(self._coalition)):
            answered: list[Asked] = []
            refused: list[Asked] = []
            behind: list[Asked] = []
            for type_ in self.walk.types():
                way = self.walk.ways.get(type_.name)
                if way is None:
                    found.wrong.append(f"{type_.name}: nothing leads to it")
                    continue
                open_, closed = Asked(way), Asked(way)
                for name, one in type_.fields.items():
                    coordinate = f"{type_.name}.{name}"
                    allowed = self.may(bearer, *way.coordinates, coordinate)
                    side = open_ if allowed else closed
                    side.fields[coordinate] = self.walk.selection(type_.name, name, one)
                if open_.fields:
                    answered.append(open_)
                if closed.fields:
                    may_come_in = self.may(bearer, way.coordinates[0])
                    (refused if may_come_in else behind).append(closed)
                found.checks["answered"] += len(open_.fields)
                found.checks["refused"] += len(closed.fields)
            await self._open(found, bearer, answered)
            for document, some in _documents(refused):
                ways = {one for asked in some for one in asked.way.coordinates}
                shut = {one for one in ways if not self.may(bearer, one)}
                named = shut.union(*(asked.fields for asked in some))
                await self._closed(found, bearer, document, named)
            # Who may not come in is not told of every door inside: each root is named, no more.
            for document, some in _documents(behind):
                roots = {asked.way.coordinates[0] for asked in some}
                await self._closed(found, bearer, document, roots)
        return found

    async def _open(self, found: Found, bearer: Bearer | None, answered: list["Asked"]) -> None:
        for document, some in _documents(answered, _MOST_ANSWERED):
            answer = await self._ask(bearer, document)
            if len(some) > 1 and "QUERY_TOO_COMPLEX" in answer.text:
                for one in some:
                    await self._open(found, bearer, [one])
                continue
            if answer.status_code != 200 or "errors" in answer.json():
                named = ", ".join(coordinate for asked in some for coordinate in asked.fields)
                found.wrong.append(f"{bearer}: {named} must be answered, got {answer.text[:300]}")
            elif bearer is not None:
                found.wrong += [
                    f"{bearer}: {document} shows {one}"
                    for one in foreign(self._coalition, bearer)
                    if one in answer.text
                ]

    async def _closed(
        self, found: Found, bearer: Bearer | None, document: str, coordinates: set[str]
    ) -> None:
        """The whole document is refused, naming exactly these; without a token it names none."""
        answer = await self._ask(bearer, document)
        status, codes = (401, {"UNAUTHENTICATED"}) if bearer is None else (403, _REFUSED)
        body = answer.json()
        errors = body.get("errors", [])
        told = {error["extensions"]["code"] for error in errors}
        named = {error["message"].partition(" ")[0] for error in errors}
        is_refused = answer.status_code == status and told and told <= codes and "data" not in body
        if not is_refused or (bearer is not None and named != coordinates):
            wanted = ", ".join(sorted(coordinates))
            found.wrong.append(f"{bearer}: {wanted} must be refused, got {answer.text[:300]}")

    async def _ask(self, bearer: Bearer | None, document: str) -> httpx2.Response:
        document = document.replace("$brand", self._coalition.ids["members"]["grocer"])
        if document.startswith("subscription"):
            return await self._coalition.listen(bearer, document)
        if "$purchase" in document:
            operation, rest = document.split(" ", 1)
            document = f"{operation} ($purchase: PurchaseInput!) {rest}"
            return await self._coalition.ask(bearer, document, purchase=PURCHASE)
        return await self._coalition.ask(bearer, document)


def foreign(coalition: Coalition, bearer: Bearer) -> set[str]:
    """What no answer to the bearer may hold: ids and receipts of others."""
    hidden = set()
    for brand in ("grocer", "bakery"):
        if bearer.kind is ActorKind.PARTNER and bearer.brand != brand:
            hidden |= {*coalition.ids[brand].values(), f'"receipt-of-{brand}"'}
    if bearer.kind is ActorKind.MEMBER:
        hidden |= {coalition.ids["members"]["bo"], '"receipt-of-bakery-for-bo"'}
        hidden |= {coalition.ids[brand]["stm"] for brand in coalition.ids if brand != "members"}
    return hidden
