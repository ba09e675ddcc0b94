"""The public edge as a partner's developer meets it: tokens, documents, JSON."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx2

from coalition.app import create_app
from coalition.kit.config import Settings
from coalition.kit.database import Database

from .world import World

URL = "https://coalition.test"
Json = dict[str, Any]

AWARD = """mutation ($input: AwardPointsInput!) { awardPoints(input: $input) {
  award { id points reversedPoints state purchaseReference }
  replayed userErrors { code message field } } }"""
BATCH = """mutation ($input: AwardPointsBatchInput!, $only: Boolean = true) {
  awardPointsBatch(input: $input) { accepted replayed rejected points
    results(onlyRejected: $only) { index award { points } replayed userErrors { code } }
    userErrors { code } } }"""
REVERSE = """mutation ($input: ReverseAwardInput!) { reverseAward(input: $input) {
  award { reversedPoints state } clawedBack shortfall replayed
  userErrors { code message field } } }"""
ENROL = """mutation ($input: EnrolMemberInput!) { enrolMember(input: $input) {
  member { id status enrolledAt } replayed userErrors { code message field } } }"""
HOLD = """mutation ($input: HoldPointsInput!) { holdPoints(input: $input) {
  hold { id points state expiresAt } replayed userErrors { code message field } } }"""
CAPTURE = """mutation ($input: CaptureHoldInput!) { captureHold(input: $input) {
  redemption { id points } hold { state } replayed userErrors { code message field } } }"""
RELEASE = """mutation ($input: ReleaseHoldInput!) { releaseHold(input: $input) {
  hold { state } replayed userErrors { code message field } } }"""
REDEEM = """mutation ($input: RedeemPointsInput!) { redeemPoints(input: $input) {
  redemption { id points refundedPoints value { amount currency } } replayed
  userErrors { code message field } } }"""
REFUND = """mutation ($input: RefundRedemptionInput!) { refundRedemption(input: $input) {
  redemption { points refundedPoints } refunded replayed userErrors { code message field } } }"""
CLOSE = """mutation ($input: ClosePeriodInput!) { closePeriod(input: $input) {
  period { label state } alreadyClosed userErrors { code message field }
  statements { number hash currency issued { amount } redeemed { amount } net { amount }
    partner { code }
    lines { kind description points price amount { amount currency } entries } } } }"""
BALANCE = """query ($ref: MemberRef!) { member(ref: $ref) {
  balance { available pending held owed } } }"""


class Edge:
    """A client of the application, with a token per brand and one of the operator."""

    def __init__(self, http: httpx2.AsyncClient, secrets: Mapping[str, str]) -> None:
        self.http = http
        self.secrets = secrets
        self._tokens: dict[tuple[str, str | None], str] = {}

    async def ask_for_token(
        self, client: str, secret: str | None = None, **form: str
    ) -> httpx2.Response:
        return await self.http.post(
            "/oauth/token",
            data={"grant_type": "client_credentials", **form},
            auth=(client, secret or self.secrets[client]),
        )

    async def token(self, client: str, scope: str | None = None) -> str:
        if (client, scope) not in self._tokens:
            answer = await self.ask_for_token(client, **({"scope": scope} if scope else {}))
            assert answer.status_code == 200, answer.text
            self._tokens[client, scope] = answer.json()["access_token"]
        return self._tokens[client, scope]

    def bear(self, client: str, token: str) -> None:
        """From now on the client asks with this token: a person's, for example."""
        self._tokens[client, None] = token

    async def post(
        self,
        client: str,
        document: str,
        variables: Mapping[str, object] | None = None,
        *,
        scope: str | None = None,
        **more: object,
    ) -> httpx2.Response:
        """One request; whatever the answer is."""
        token = await self.token(client, scope)
        return await self.http.post(
            "/graphql",
            content=json.dumps({"query": document, "variables": variables, **more}),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )

    # Whatever JSON a field answers.
    async def ask(self, client: str, document: str, **variables: object) -> Any:  # noqa: ANN401
        """The one field's answer of a document that must succeed."""
        answer = await self.post(client, document, variables)
        body = answer.json()
        assert answer.status_code == 200, body
        assert "errors" not in body, body["errors"]
        (value,) = body["data"].values()
        return value


def a_purchase(reference: str, amount: str, **more: object) -> Json:
    return {
        "reference": reference,
        "purchasedAt": "2026-03-10T12:00:00-04:00",
        "amount": {"amount": amount, "currency": "USD"},
    } | more


def an_award(reference: str, card: str, amount: str = "100.00", **purchase: object) -> Json:
    return {
        "idempotencyKey": f"key-{reference}",
        "member": {"card": card},
        "purchase": a_purchase(reference, amount, **purchase),
    }


def codes(payload: Json) -> list[str]:
    return [error["code"] for error in payload["userErrors"]]


@asynccontextmanager
async def edge_of(
    world: World,
    secrets: Mapping[str, str],
    database: Database | None = None,
    settings: Settings | None = None,
) -> AsyncIterator[Edge]:
    """The application on the world's database and clock."""
    app = create_app(database or world.database, settings or Settings(url=URL), world.clock)
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url=URL) as http:
        yield Edge(http, secrets)
