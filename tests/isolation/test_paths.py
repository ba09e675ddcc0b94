"""By every path that leads to another's rows, nothing is found and nothing moves."""

import asyncio
import json
import re
from collections.abc import AsyncIterator

import pytest

from coalition.access import ActorKind
from tests.isolation.coalition import Bearer, Coalition, a_coalition
from tests.isolation.matrix import foreign
from tests.support import World, nothing_moves
from tests.support.edge import BATCH, an_award

GROCER = Bearer(ActorKind.PARTNER, ActorKind.PARTNER.scopes, brand="grocer")
BAKERY = Bearer(ActorKind.PARTNER, ActorKind.PARTNER.scopes, brand="bakery")
FLORIST = Bearer(ActorKind.PARTNER, ActorKind.PARTNER.scopes, brand="florist")
OPERATOR = Bearer(ActorKind.OPERATOR, ActorKind.OPERATOR.scopes)

NODE = "query ($id: ID!) { node(id: $id) { __typename id } }"
# Each operation that takes an id of a thing, by the thing's prefix.
BY_ID = {
    "awd": [
        NODE,
        """mutation ($id: ID!) { reverseAward(dryRun: false, input: {idempotencyKey: "x1",
          awardId: $id, reason: "x"}) { clawedBack award { id } userErrors { code message } } }""",
    ],
    "hld": [
        NODE,
        """mutation ($id: ID!) { captureHold(input: {idempotencyKey: "x2", holdId: $id}) {
          redemption { id } userErrors { code message } } }""",
        """mutation ($id: ID!) { releaseHold(input: {idempotencyKey: "x3", holdId: $id}) {
          hold { id } userErrors { code message } } }""",
    ],
    "rdm": [
        NODE,
        """mutation ($id: ID!) { refundRedemption(input: {idempotencyKey: "x4", redemptionId: $id,
          reason: "x"}) { refunded redemption { id } userErrors { code message } } }""",
    ],
    "stm": [
        NODE,
        """mutation ($id: ID!) { openDispute(input: {idempotencyKey: "x7", statementId: $id,
          line: 1, reason: OTHER, message: "x"}) { dispute { id }
          userErrors { code message } } }""",
    ],
    "dsp": [
        NODE,
        """mutation ($id: ID!) { answerDispute(input: {idempotencyKey: "x8", disputeId: $id,
          message: "x"}) { dispute { id } userErrors { code message } } }""",
        """mutation ($id: ID!) { withdrawDispute(input: {idempotencyKey: "x9", disputeId: $id,
          message: "x"}) { dispute { id } userErrors { code message } } }""",
    ],
    "whk": [
        NODE,
        """mutation ($id: ID!) { changeWebhookEndpoint(input: {webhookEndpointId: $id,
          enabled: false}) { webhookEndpoint { id } userErrors { code message } } }""",
        """mutation ($id: ID!) { deleteWebhookEndpoint(input: {webhookEndpointId: $id}) {
          webhookEndpoint { id } userErrors { code message } } }""",
        """mutation ($id: ID!) { rotateWebhookSecret(input: {idempotencyKey: "x5",
          webhookEndpointId: $id}) { secret userErrors { code message } } }""",
        """mutation ($id: ID!) { sendTestEvent(input: {idempotencyKey: "x6",
          webhookEndpointId: $id}) { delivery { id } userErrors { code message } } }""",
        """mutation ($id: ID!) { replayWebhookEvents(input: {webhookEndpointId: $id,
          since: "2026-01-01T00:00:00Z"}) { queued userErrors { code message } } }""",
    ],
    "dlv": [
        NODE,
        """mutation ($id: ID!) { resendWebhookDelivery(input: {deliveryId: $id}) {
          delivery { id } userErrors { code message } } }""",
    ],
    "blk": [
        NODE,
        """mutation ($id: ID!) { cancelBulkAward(input: {bulkAwardId: $id}) {
          bulkAward { id } userErrors { code message } } }""",
    ],
    "rcf": [
        NODE,
        "query ($id: ID!) { reconciliationItems(fileId: $id) { nodes { id } } }",
    ],
    "rci": [
        NODE,
        """mutation ($id: ID!) { resolveReconciliationItem(input: {idempotencyKey: "x5",
          itemId: $id, action: ACCEPT, note: "x"}) { item { id } userErrors { code message } } }""",
        """mutation ($id: ID!) { assignReconciliationItem(input: {itemId: $id, owner: "Kim"}) {
          item { id } userErrors { code message } } }""",
    ],
    "inv": [NODE],
}
_ANYTIME = re.compile(r'"(requestId)":"[^"]+"')


@pytest.fixture(scope="module")
async def coalition(still_world: World) -> AsyncIterator[Coalition]:
    """One for all tests here: they only look, and move nothing."""
    async with a_coalition(still_world) as made:
        yield made


def _unlike(text: str) -> str:
    """Another id of the same kind, that nobody has."""
    return text[:-3] + ("aaa" if not text.endswith("aaa") else "bbb")


@pytest.mark.parametrize("prefix", BY_ID)
async def test_a_foreign_id_is_answered_like_one_that_nobody_has(
    prefix: str, coalition: Coalition
) -> None:
    """Security checklist, line 1."""
    own = coalition.ids["grocer"][prefix]
    async with nothing_moves(coalition.world):
        for document in BY_ID[prefix]:
            for stranger in (BAKERY, FLORIST):
                # So that the bucket's level is the same for both.
                await asyncio.sleep(0.02)
                foreign_one = await coalition.ask(stranger, document, id=own)
                await asyncio.sleep(0.02)
                nobodys = await coalition.ask(stranger, document, id=_unlike(own))
                assert foreign_one.status_code == nobodys.status_code == 200
                assert _ANYTIME.sub("", foreign_one.text) == _ANYTIME.sub("", nobodys.text)
                assert own not in foreign_one.text
    assert (await coalition.ask(GROCER, NODE, id=own)).json()["data"]["node"]["id"] == own


async def test_a_members_ledger_is_no_partners_to_read_by_its_id(coalition: Coalition) -> None:
    for name in ("entry", "bo"):
        answer = await coalition.ask(FLORIST, NODE, id=coalition.ids["members"][name])
        assert answer.json()["data"] == {"node": None}


LISTS = [
    "awards(first: 3 %s) { edges { cursor node { id purchaseReference } } }",
    "redemptions(first: 3 %s) { edges { cursor node { id reference } } }",
    "statements(first: 3 %s) { edges { cursor node { id number } } }",
    "disputes(first: 3 %s) { edges { cursor node { id line } } }",
    "bulkAwards(first: 3 %s) { edges { cursor node { id fileName } } }",
    "reconciliations(first: 3 %s) { edges { cursor node { id } } }",
    "reconciliationItems(first: 3 %s) { edges { cursor node { id reference } } }",
]
LISTED = [one.partition("(")[0] for one in LISTS]


@pytest.mark.parametrize("listed", LISTS, ids=LISTED)
async def test_another_brands_cursor_leads_to_ones_own_rows_only(
    listed: str, coalition: Coalition
) -> None:
    """Security checklist, line 1."""
    (name,) = re.findall(r"^\w+", listed)
    theirs = (await coalition.ask(BAKERY, "{ " + listed % "" + " }")).json()["data"][name]
    for edge in theirs["edges"]:
        document = "{ " + listed % f', after: "{edge["cursor"]}"' + " }"
        answer = await coalition.ask(GROCER, document)
        for one in foreign(coalition, GROCER):
            assert one not in answer.text
        if answer.json()["data"] is None:
            # It is no cursor at all to the grocer: told as of any nonsense.
            nonsense = await coalition.ask(GROCER, "{ " + listed % ', after: "nonsense"' + " }")
            assert answer.json()["errors"][0]["message"] == nonsense.json()["errors"][0]["message"]
            continue
        mine = await coalition.ask(GROCER, "{ " + listed % "" + " }")
        own = {one["node"]["id"] for one in mine.json()["data"][name]["edges"]}
        shown = answer.json()["data"][name]["edges"]
        assert {one["node"]["id"] for one in shown} <= own


NESTED = [
    """{ member(ref: {card: "7001"}) {
      awards { nodes { id purchaseReference partner { code } } } } }""",
    "{ webhookEndpoints { id url events { document } deliveries(first: 3) { nodes { id } } } }",
    '{ member(ref: {card: "7001"}) { redemptions { nodes { id partner { code } } } } }',
    """{ awards(first: 3) { nodes { member {
      awards { nodes { purchaseReference partner { code } } } } } } }""",
    '{ settlementPeriod(label: "2026-03") { statements { id partner { code } } } }',
    "{ statements(first: 3) { nodes { period { statements { id number partner { code } } } } } }",
    """query ($id: ID!) { node(id: $id) {
      ... on Member { awards { nodes { partner { code } } } } } }""",
]  # fmt: skip


@pytest.mark.parametrize("document", NESTED)
async def test_what_hangs_on_a_shared_member_or_period_is_ones_own(
    document: str, coalition: Coalition
) -> None:
    """Security checklist, line 1."""
    variables = {"id": coalition.ids["members"]["ada"]} if "$id" in document else {}
    for brand, bearer in (("grocer", GROCER), ("bakery", BAKERY), ("florist", FLORIST)):
        answer = await coalition.ask(bearer, document, **variables)
        assert answer.status_code == 200
        assert set(re.findall(r'"code":"(\w+)"', answer.text)) <= {brand}
        for one in foreign(coalition, bearer):
            assert one not in answer.text


FILTERS = [
    '{ awards(purchasedFrom: "2000-01-01T00:00:00Z") { nodes { id } } }',
    '{ awards(purchasedUntil: "2100-01-01T00:00:00Z", first: 100) { nodes { id } } }',
    '{ member(ref: {externalId: "ada"}) { id } }',
]


@pytest.mark.parametrize("document", FILTERS)
async def test_no_filter_widens_what_is_seen(document: str, coalition: Coalition) -> None:
    """Security checklist, line 1."""
    answer = await coalition.ask(FLORIST, document)
    assert re.findall(r'"id":"', answer.text) == []


async def test_a_batch_row_cannot_speak_for_another_brand(coalition: Coalition) -> None:
    """Security checklist, line 2."""
    row = an_award("r-9", "7001", "10.00")
    for smuggled in ({"partnerId": "prt_x"}, {"partner": "bakery"}, {"issuer": "bakery"}):
        async with nothing_moves(coalition.world):
            answer = await coalition.ask(GROCER, BATCH, input={"rows": [row | smuggled]})
        assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


@pytest.mark.long
async def test_two_hundred_interleaved_requests_of_two_brands_never_mix(
    coalition: Coalition,
) -> None:
    """Security checklist, line 7."""
    document = """{ awards(first: 9) { nodes { id purchaseReference partner { code } member { id
      awards(first: 9) { nodes { purchaseReference } } } } }
      redemptions { nodes { partner { code } } } }"""

    async def one(number: int) -> None:
        brand, bearer = (("grocer", GROCER), ("bakery", BAKERY))[number % 2]
        answer = await coalition.ask(bearer, document)
        assert answer.status_code == 200, answer.text
        assert set(re.findall(r'"code":"(\w+)"', answer.text)) == {brand}
        for hidden in foreign(coalition, bearer):
            assert hidden not in answer.text

    for start in range(0, 240, 40):
        await asyncio.gather(*(one(number) for number in range(start, start + 40)))


async def test_a_member_sees_what_is_its_own_and_whose_brand_it_was(coalition: Coalition) -> None:
    """Security checklist, line 5. Security checklist, line 6."""
    ada = Bearer(ActorKind.MEMBER, ActorKind.MEMBER.scopes, member=coalition.ada.member_id)
    own = await coalition.ask(
        ada,
        """{ viewer { member { id balance { available } history { nodes { points } }
          awards { nodes { partner { code name } } } } } }""",
    )
    found = own.json()["data"]["viewer"]["member"]
    assert found["id"] == coalition.ids["members"]["ada"]
    assert {one["partner"]["code"] for one in found["awards"]["nodes"]} == {"grocer", "bakery"}
    entries = await coalition.world.rows(
        "SELECT count(*) FROM entry WHERE member_id = $1", coalition.ada.member_id
    )
    assert (len(found["history"]["nodes"]),) == entries[0]
    bo = await coalition.ask(ada, NODE, id=coalition.ids["members"]["bo"])
    nobody = await coalition.ask(ada, NODE, id=_unlike(coalition.ids["members"]["bo"]))
    assert bo.content == nobody.content
    terms = await coalition.ask(
        ada,
        """{ viewer { member { awards { nodes { partner { name agreements {
          issuePrice } } } } } } }""",
    )
    assert terms.status_code == 403 or '"agreements":[]' in terms.text
    assert "issuePrice" not in terms.text or terms.status_code == 403
    for prefix in ("grocer", "bakery"):
        statement = await coalition.ask(ada, NODE, id=coalition.ids[prefix]["stm"])
        assert statement.json()["data"] == {"node": None}


async def test_the_operator_sees_what_the_brands_do_not(coalition: Coalition) -> None:
    """The ids above are real: whoever may see them does."""
    for brand, own in coalition.ids.items():
        for prefix, one in own.items():
            answer = await coalition.ask(OPERATOR, NODE, id=one)
            assert answer.json()["data"]["node"]["id"] == one, json.dumps([brand, prefix])
