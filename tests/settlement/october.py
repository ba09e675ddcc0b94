"""October 2026 of three brands in two currencies, through the public edge: a grocer A, a fuel brand
B, a travel brand C that settles in pounds.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import cast
from zoneinfo import ZoneInfo

from tests.support import Person, World, a_promotion
from tests.support.brands import Brand, a_client, an_agreement, an_operator, partners_file
from tests.support.edge import AWARD, CLOSE, REDEEM, REFUND, REVERSE, Edge, Json

MADRID = ZoneInfo("Europe/Madrid")
OCTOBER = "2026-10"
CURRENCIES = {"a": "EUR", "b": "EUR", "c": "GBP"}
# What is spent where: (issuer, redeemer) and points.
SPENT = {
    ("a", "a"): 35_000, ("a", "b"): 5_000, ("a", "c"): 70_000,
    ("b", "a"): 10_000, ("b", "b"): 6_000, ("b", "c"): 25_000,
    ("c", "a"): 15_000, ("c", "b"): 4_000, ("c", "c"): 55_000,
}  # fmt: skip
ADJUST = """mutation ($input: RecordAdjustmentInput!, $dry: Boolean = false) {
  recordAdjustment(input: $input, dryRun: $dry) { adjustment { amount { amount currency } source
    points period { label } } replayed userErrors { code message field } } }"""
APPROVE = """mutation ($input: PeriodInput!, $dry: Boolean = false) {
  approvePeriod(input: $input, dryRun: $dry) { period { state } approvals
    netting { positions { partner { code } net { amount currency } vat { amount }
        amount { amount currency } settled { amount currency } rate { rate } }
      totals { currency pool { amount } billed { amount } paid { amount } compression payments } }
    userErrors { code message field } } }"""
RATES = """mutation ($input: LoadFxRatesInput!) { loadFxRates(input: $input) {
  loaded known userErrors { code message } } }"""


def brand(code: str, **more: object) -> Brand:
    return {
        "code": code,
        "name": f"Brand {code.upper()}",
        "legal_entity": f"{code}-inc",
        "currency": CURRENCIES[code],
        "clients": [a_client(f"{code}-till")],
    } | more


def rate_cards(**more: object) -> list[Brand]:
    """The three rate cards; `more` on each of their agreements."""

    def card(issue: str, redeem: str, **own: object) -> dict[str, object]:
        return an_agreement(issue_price=issue, redeem_price=redeem, **own, **more)

    vat = {"vat_mode": "standard", "vat_rate": "0.21"}
    reverse = {"vat_mode": "reverse_charge"}
    return [
        brand("a", agreements=[card("0.0100", "0.0080", **vat)]),
        brand("b", agreements=[card("0.0120", "0.0085", breakage_share="0.5", **vat)]),
        brand(
            "c",
            agreements=[
                card("0.0090", "0.0070", **reverse),
                card("0.0095", "0.0070", valid_from="2026-10-01", **reverse),
            ],
        ),
    ]


def file_of(brands: list[Brand], **settlement: str) -> dict[str, object]:
    programme: dict[str, object] = {
        "name": "Three brands",
        "point_name": "points",
        "point_value": "0.0050",
        "currency": "EUR",
        "time_zone": "Europe/Madrid",
        "settlement_calendar": "monthly",
        "late_purchase_days": "3650",
        "expiry": {"kind": "rolling", "months": "12"},
        "returns": {"clawback": "within_balance", "shortfall_payer": "issuer"},
        "settlement": {"fx_source": "ecb", **settlement},
    }
    promotion = a_promotion(
        code="joint", brand="a", points_per_unit="100", funded_by={"a": "60", "b": "40"},
        valid_from="2026-10-01", valid_until="2026-11-01",
    )  # fmt: skip
    approver = an_operator() | {"id": "approver"}
    return partners_file(brands, programme=programme, operators=[an_operator(), approver]) | {
        "promotions": [promotion]
    }


@dataclass
class October:
    """`lines` of the statements by their number, as the operator was answered at the close."""

    world: World
    edge: Edge
    statements: dict[str, Json] = field(default_factory=dict)
    _people: dict[str, Person] = field(default_factory=dict)
    _numbers: int = 0

    def at(self, month: int, day: int, year: int = 2026) -> None:
        self.world.now = datetime(year, month, day, 12, tzinfo=MADRID)

    async def give(self, who: str, code: str, points: str, **purchase: object) -> Json:
        """A purchase at one point a unit, so that its amount is its points."""
        reference = f"receipt-{self._number()}"
        asked = {
            "idempotencyKey": reference,
            "member": {"card": (await self.person(who)).card},
            "purchase": {
                "reference": reference,
                "purchasedAt": self.world.now.isoformat(),
                "amount": {"amount": points, "currency": CURRENCIES[code]},
            }
            | purchase,
        }
        given = await self.edge.ask(f"{code}-till", AWARD, input=asked)
        assert given["userErrors"] == [], given
        return cast("Json", given["award"])

    async def spend(self, who: str, code: str, points: int) -> Json:
        key = f"spend-{self._number()}"
        member = {"card": (await self.person(who)).card}
        asked = {"idempotencyKey": key, "member": member, "points": points, "reference": key}
        spent = await self.edge.ask(f"{code}-till", REDEEM, input=asked)
        assert spent["userErrors"] == [], spent
        return cast("Json", spent["redemption"])

    async def give_back(self, code: str, spent: Json, points: int) -> None:
        asked = {"redemptionId": spent["id"], "points": points, "reason": "cancelled"}
        back = await self.edge.ask(
            f"{code}-till", REFUND, input=asked | {"idempotencyKey": f"back-{self._number()}"}
        )
        assert back["userErrors"] == [], back

    async def bring_back(self, code: str, award: Json) -> None:
        asked = {"awardId": award["id"], "reason": "returned"}
        back = await self.edge.ask(
            f"{code}-till", REVERSE, input=asked | {"idempotencyKey": f"ret-{self._number()}"}
        )
        assert back["userErrors"] == [], back

    async def close(self, label: str) -> Json:
        closed = await self.edge.ask("operator", CLOSE, input={"label": label})
        assert closed["userErrors"] == [], closed
        self.statements |= {one["number"]: one for one in closed["statements"]}
        return cast("Json", closed)

    async def person(self, name: str) -> Person:
        if name not in self._people:
            self._people[name] = await self.world.enrol(name, brand="a")
        return self._people[name]

    def _number(self) -> int:
        self._numbers += 1
        return self._numbers


async def lived(world: World, edge: Edge, *, undone: bool = True) -> October:
    """Everything that happened until the end of October; the months before it are closed. Unless
    `undone`, what was spent in September stays spent.
    """
    month = October(world, edge)
    month.at(10, 10, year=2025)
    for code, ends in (("a", "2500"), ("b", "500"), ("c", "1000")):
        await month.give("ending", code, ends)
    month.at(9, 10)
    await month.give("a-c", "a", "47500")
    await month.give("b", "b", "19500")
    await month.give("c", "c", "27500")
    sold_in_september = await month.give("c", "c", "1500")
    spent_in_september = await month.spend("a-c", "a", 500)
    month.at(10, 2)
    await month.close("2025-10")
    await month.close("2026-09")

    returned = await month.give("a", "a", "2000")
    for (issuer, redeemer), points in SPENT.items():
        have = 68_000 if (issuer, redeemer) == ("a", "c") else points
        await month.give(f"{issuer}-{redeemer}", issuer, str(have))
    await month.give("b", "b", "4000")
    await month.give("c", "c", "6000")
    await month.give("joint", "a", "100.01", promotion="joint")
    await month.bring_back("a", returned)
    await month.bring_back("c", sold_in_september)

    month.at(10, 20)
    assert await world.expire() == 4_000
    cancelled = None
    for (issuer, redeemer), points in SPENT.items():
        spent = await month.spend(f"{issuer}-{redeemer}", redeemer, points)
        cancelled = spent if (issuer, redeemer) == ("a", "b") else cancelled
    assert cancelled is not None
    await month.give_back("b", cancelled, 1_000)
    if undone:
        await month.give_back("a", spent_in_september, 500)
    return month


def adjustment(**more: object) -> Json:
    """300 points wrongly billed to A: a dispute that was accepted."""
    return {
        "idempotencyKey": "dispute-1",
        "partner": "a",
        "reason": "Points wrongly billed",
        "source": {"kind": "DISPUTE", "id": "d-1", "authorised": "3.00"},
        "points": "300",
        "price": "0.0100",
    } | more
