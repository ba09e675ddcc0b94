"""The coalition's API as its clients use it: a token per client, GraphQL over HTTP.

A `Connection` speaks for one client; a `Till` does with it what a brand can, a `Desk` what the
operator can.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import httpx2

from coalition.demo import documents
from coalition.demo.errors import DemoStopped
from coalition.demo.receipts import Receipt
from coalition.demo.story import Return, Spend, card_of
from coalition.demo.tally import Bill, Line, Prices

MOST_ROWS = 1000
# A token is renewed this long before it ends, or a request might arrive after that.
_SPARE_SECONDS = 20
_NOTHING_EARNED = "NOTHING_EARNED"
_NOT_ENOUGH = "NOT_ENOUGH_POINTS"

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Login:
    client_id: str
    secret: str


@dataclass(frozen=True, slots=True)
class TakenBack:
    """`points` in all, `borne` of them spent before; `by_issuer`: who bears those."""

    points: int
    borne: int
    by_issuer: bool


@dataclass(frozen=True, slots=True)
class Redeemed:
    redemption: str
    points: int


class Connection:
    """One client of the API: gets its token when it needs one, raises what the server refused."""

    def __init__(self, http: httpx2.AsyncClient, login: Login) -> None:
        self._http = http
        self._login = login
        self._token = ""
        self._ends_at = 0.0

    async def ask(self, document: str, **variables: object) -> Json:
        """The answer of the document's one field. Raises `DemoStopped` for any error."""
        token = await self._valid_token()
        answer = await self._post(
            "/graphql",
            json={"query": document, "variables": variables},
            headers={"Authorization": f"Bearer {token}"},
        )
        if "errors" in answer:
            raise DemoStopped(f"{self._login.client_id} was answered {answer['errors']}")
        (found,) = answer["data"].values()
        if found is None:
            raise DemoStopped(f"{self._login.client_id} was answered nothing.")
        return dict(found)

    async def change(
        self, document: str, *, allowed: Sequence[str] = (), **fields: object
    ) -> Json | None:
        """The payload of a mutation; None when it was refused with a code of `allowed`."""
        payload = await self.ask(
            document, input={name: value for name, value in fields.items() if value is not None}
        )
        for error in payload["userErrors"]:
            if error["code"] in allowed:
                return None
            raise DemoStopped(
                f"{self._login.client_id} was refused: {error['code']}: {error['message']}"
                f" ({fields.get('idempotencyKey', '')})"
            )
        return payload

    async def done(self, document: str, **fields: object) -> Json:
        """The payload of a mutation that nothing may refuse."""
        return await self.change(document, allowed=(), **fields) or {}

    async def _valid_token(self) -> str:
        if time.monotonic() >= self._ends_at:
            answer = await self._post(
                "/oauth/token",
                data={"grant_type": "client_credentials"},
                auth=(self._login.client_id, self._login.secret),
            )
            life = int(answer["expires_in"])
            self._ends_at = time.monotonic() + max(life - _SPARE_SECONDS, life / 2)
            self._token = answer["access_token"]
        return self._token

    async def _post(self, path: str, **request: Any) -> Json:  # noqa: ANN401 - httpx2's own keywords
        try:
            response = await self._http.post(path, **request)
            answer: Json = response.json()
        except (httpx2.HTTPError, ValueError) as error:
            raise DemoStopped(
                f"The server did not answer {self._login.client_id} on {path}:"
                f" {type(error).__name__} {error}"
            ) from error
        if response.is_error and "errors" not in answer:
            raise DemoStopped(f"{path} answered {response.status_code}: {response.text}")
        return answer


class Till:
    """What one brand does, with its own token."""

    def __init__(self, connection: Connection, *, code: str, currency: str) -> None:
        self._connection = connection
        self.code = code
        self.currency = currency

    async def prices(self) -> list[Prices]:
        viewer = await self._connection.ask(documents.VIEWER)
        return [
            Prices(
                datetime.fromisoformat(one["validFrom"]),
                Decimal(one["issuePrice"]),
                Decimal(one["redeemPrice"]),
            )
            for one in viewer["partner"]["agreements"]
        ]

    async def enrol(self, household: str) -> None:
        await self._connection.done(
            documents.ENROL,
            idempotencyKey=f"enrol-{household}",
            identifiers=[{"kind": "CARD", "value": card_of(household)}],
        )

    async def award(self, receipts: Sequence[Receipt]) -> list[int]:
        """Points per receipt, at most `MOST_ROWS`; 0 for one too small to earn."""
        payload = await self._connection.done(
            documents.AWARD_BATCH, rows=[self._award(receipt) for receipt in receipts]
        )
        points = []
        for receipt, row in zip(receipts, payload["results"], strict=True):
            for error in row["userErrors"]:
                if error["code"] != _NOTHING_EARNED:
                    raise DemoStopped(
                        f"Receipt {receipt.number} of {self.code} was refused: {error['code']}:"
                        f" {error['message']}"
                    )
            points.append(int(row["award"]["points"]) if row["award"] else 0)
        if sum(points) != int(payload["points"]):
            raise DemoStopped(f"A batch of {self.code} says {payload['points']}, its rows {points}")
        return points

    async def take_back(self, back: Return) -> TakenBack:
        amount = None if back.cents is None else self._money(back.cents)
        payload = await self._connection.done(
            documents.REVERSE,
            idempotencyKey=f"return-{back.receipt.number}",
            purchaseReference=back.receipt.number,
            amount=amount,
            reason="Brought back",
            occurredAt=back.at.isoformat(),
        )
        borne = int(payload["shortfall"])
        return TakenBack(
            int(payload["clawedBack"]) + borne, borne, payload["shortfallPayer"] == "ISSUER"
        )

    async def can_spend(self, card: str, points: int) -> bool:
        member = await self._connection.ask(documents.CAN_SPEND, card=card, points=str(points))
        return bool(member["canSpend"])

    async def redeem(self, card: str, spend: Spend) -> Redeemed | None:
        """None when the member has not enough points."""
        payload = await self._connection.change(
            documents.REDEEM, allowed=[_NOT_ENOUGH], **_spending(card, spend)
        )
        return None if payload is None else _redeemed(payload)

    async def hold(self, card: str, spend: Spend) -> str | None:
        """The hold's id; None when the member has not enough points."""
        payload = await self._connection.change(
            documents.HOLD, allowed=[_NOT_ENOUGH], **_spending(card, spend)
        )
        return None if payload is None else str(payload["hold"]["id"])

    async def capture(self, hold: str, spend: Spend) -> Redeemed:
        payload = await self._connection.done(
            documents.CAPTURE,
            idempotencyKey=f"capture-{spend.number}",
            holdId=hold,
            points=str(spend.captured),
            occurredAt=spend.at.isoformat(),
        )
        return _redeemed(payload)

    async def release(self, hold: str, spend: Spend) -> None:
        await self._connection.done(
            documents.RELEASE, idempotencyKey=f"release-{spend.number}", holdId=hold
        )

    async def refund(self, redemption: str, spend: Spend) -> int:
        payload = await self._connection.done(
            documents.REFUND,
            idempotencyKey=f"refund-{spend.number}",
            redemptionId=redemption,
            points=str(spend.refunded),
            reason="Sent back",
            occurredAt=spend.refunded_at.isoformat(),
        )
        return int(payload["refunded"])

    def _award(self, receipt: Receipt) -> Json:
        return {
            "idempotencyKey": f"receipt-{receipt.number}",
            "member": {"card": card_of(receipt.household)},
            "purchase": {
                "reference": receipt.number,
                "purchasedAt": receipt.at.isoformat(),
                "amount": self._money(receipt.cents),
                "storeCode": receipt.store,
            },
        }

    def _money(self, cents: int) -> Mapping[str, str]:
        return {"amount": str(Decimal(cents).scaleb(-2)), "currency": self.currency}


class Desk:
    """What the operator does, with its own token."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def close(self, month: str) -> list[Bill]:
        """The statements of the month, closed now."""
        payload = await self._connection.done(documents.CLOSE, label=month)
        return [_bill(month, statement) for statement in payload["statements"]]


def _spending(card: str, spend: Spend) -> Json:
    return {
        "idempotencyKey": f"spend-{spend.number}",
        "member": {"card": card},
        "points": str(spend.points),
        "reference": f"spend-{spend.number}",
        "occurredAt": spend.at.isoformat(),
    }


def _redeemed(payload: Json) -> Redeemed:
    return Redeemed(payload["redemption"]["id"], int(payload["redemption"]["points"]))


def _bill(month: str, statement: Json) -> Bill:
    brand = statement["partner"]["code"]
    points: dict[Line, int] = {}
    for line in statement["lines"]:
        key = Line(month, brand, line["kind"], Decimal(line["price"] or 0).normalize())
        points[key] = points.get(key, 0) + int(line["points"])
    return Bill(
        month=month,
        brand=brand,
        points=points,
        issued=Decimal(statement["issued"]["amount"]),
        redeemed=Decimal(statement["redeemed"]["amount"]),
        net=Decimal(statement["net"]["amount"]),
    )
