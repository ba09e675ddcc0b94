"""A month worked out by hand: what its points will cost, whether the pool has it, and how much
lies with few brands. Through the public edge.
"""

from decimal import Decimal

from tests.insight.ask import COVERAGE, LIABILITY
from tests.settlement.october import ADJUST, OCTOBER, RATES, adjustment, file_of, lived, rate_cards
from tests.support import World, assert_books_balance
from tests.support.edge import edge_of

FLOWS = '{ flows(period: "2026-10") { issuer { code } redeemer { code } points } }'
ROLLS = """{ settlementPeriod(label: "2026-10") { rollForward { issuer { code } redeemed refunded
  outstanding } statements { partner { code } lines { kind points } } } }"""
CONCENTRATION = """query ($period: String) { concentration(period: $period) { alert aboveAlert
  issued { index shares { partner { code } points share } }
  redeemed { index shares { partner { code } points share } } } }"""
RATE = {
    "source": "ecb",
    "rates": [{"on": "2026-10-31", "base": "EUR", "quote": "GBP", "rate": "0.8600"}],
}
END_OF_OCTOBER = "2026-10-31T23:00:00Z"


async def test_octobers_points_cost_what_was_worked_out_and_the_pool_has_it(world: World) -> None:
    content = file_of(rate_cards(), coverage_floor="2.5")
    applied = await world.apply_file(world.write(content))
    async with edge_of(world, applied.new_secrets) as edge:
        month = await lived(world, edge)
        await edge.ask("operator", ADJUST, input=adjustment())
        month.at(11, 2)
        await month.close(OCTOBER)

        answer = await edge.post("operator", LIABILITY, {"asOf": END_OF_OCTOBER, "rate": "0.85"})
        (error,) = answer.json()["errors"]
        assert error["extensions"]["code"] == "FX_RATE_MISSING"
        assert "ecb for EUR/GBP on 2026-10-31" in error["message"]
        await edge.ask("operator", RATES, input=RATE)

        for rate, amount in (("0.85", "783.84"), ("0.80", "737.73"), ("0.90", "829.94")):
            found = await edge.ask("operator", LIABILITY, asOf=END_OF_OCTOBER, rate=rate)
            assert (found["outstanding"], found["amount"]) == (
                "113501", {"amount": amount, "currency": "EUR"},
            )  # fmt: skip
            assert round(Decimal(found["costPerPoint"]), 7) == Decimal("0.0081247")
            assert (found["day"], found["rateSource"]) == ("2026-10-31", "GIVEN")
            by_issuer = {
                one["issuer"]["code"] if one["issuer"] else "operator": int(one["outstanding"])
                for one in found["issuers"]
            }
            assert by_issuer == {"a": 52_201, "b": 27_500, "c": 33_500, "operator": 300}
            amounts = [Decimal(one["amount"]["amount"]) for one in found["issuers"]]
            assert sum(amounts) == Decimal(amount)
            assert sum(int(one["outstanding"]) for one in found["earnMonths"]) == 113_501

        covered = await edge.ask("operator", COVERAGE, asOf=END_OF_OCTOBER, rate="0.85")
        assert covered["funds"] == [
            {"amount": "1863.01", "currency": "EUR"}, {"amount": "-33.50", "currency": "GBP"},
        ]  # fmt: skip
        # Converting what there is gives a cent more than converting what moved.
        assert covered["fund"] == {"amount": "1824.06", "currency": "EUR"}
        assert round(Decimal(covered["ratio"]), 2) == Decimal("2.33")
        assert (covered["floor"], covered["belowFloor"]) == ("2.5", True)
        assert covered["liability"]["ofPool"] == {"amount": "783.84", "currency": "EUR"}

        for code, outstanding in (("a", "52201"), ("b", "27500"), ("c", "33500")):
            own = await edge.ask(f"{code}-till", LIABILITY_OF_ONE, asOf=END_OF_OCTOBER)
            assert own["outstanding"] == outstanding
            assert [one["issuer"]["code"] for one in own["issuers"]] == [code]
            assert own["amount"] == own["issuers"][0]["amount"]

        flows = await edge.ask("operator", FLOWS)
        period = await edge.ask("operator", ROLLS)
        _flows_are_the_ledgers(flows, period)
    await assert_books_balance(world)


LIABILITY_OF_ONE = """query ($asOf: DateTime) { liability(asOf: $asOf, remainingRate: "0.85") {
  outstanding amount { amount } issuers { issuer { code } outstanding amount { amount } } } }"""


def _flows_are_the_ledgers(
    flows: list[dict[str, object]], period: dict[str, list[dict[str, object]]]
) -> None:
    """Rows are what was spent of an issuer's points, columns what was spent at a brand."""
    rows: dict[object, int] = {}
    columns: dict[object, int] = {}
    for one in flows:
        issuer, redeemer = one["issuer"], one["redeemer"]
        assert isinstance(issuer, dict)
        assert isinstance(redeemer, dict)
        points = int(str(one["points"]))
        rows[issuer["code"]] = rows.get(issuer["code"], 0) + points
        columns[redeemer["code"]] = columns.get(redeemer["code"], 0) + points
    for roll in period["rollForward"]:
        issuer = roll["issuer"]
        assert isinstance(issuer, dict)
        assert rows[issuer["code"]] == int(str(roll["redeemed"])) - int(str(roll["refunded"]))
    for statement in period["statements"]:
        partner, lines = statement["partner"], statement["lines"]
        assert isinstance(partner, dict)
        assert isinstance(lines, list)
        spent = sum(int(one["points"]) for one in lines if one["kind"].startswith("REDEMPTION"))
        assert columns[partner["code"]] == spent


async def test_octobers_spending_lies_with_one_brand(world: World) -> None:
    """Billed at redemption; before what was spent in September was given back."""
    file = file_of(rate_cards(paid_at_issuance="0"))
    applied = await world.apply_file(world.write(file))
    async with edge_of(world, applied.new_secrets) as edge:
        month = await lived(world, edge, undone=False)
        running = await edge.ask("operator", CONCENTRATION, period=OCTOBER)
        month.at(11, 2)
        await month.close(OCTOBER)
        found = await edge.ask("operator", CONCENTRATION, period=OCTOBER)
        assert found == running
        assert (found["issued"]["index"], found["redeemed"]["index"]) == (3697, 5241)
        assert (found["alert"], found["aboveAlert"]) == (5000, True)
        (largest, *_) = found["redeemed"]["shares"]
        assert (largest["partner"]["code"], round(Decimal(largest["share"]), 2)) == (
            "c", Decimal("0.67"),
        )  # fmt: skip
        of_c = next(one for one in found["issued"]["shares"] if one["partner"]["code"] == "c")
        assert round(Decimal(of_c["share"]), 3) == Decimal("0.325")
        # Nobody has paid for points that are not spent: the pool owes nothing for them.
        await edge.ask("operator", RATES, input=RATE)
        covered = await edge.ask("operator", COVERAGE, asOf=END_OF_OCTOBER, rate="0.85")
        assert covered["liability"]["ofPool"]["amount"] == "0.00"
        assert (covered["ratio"], covered["belowFloor"]) == (None, False)
        assert Decimal(covered["liability"]["amount"]["amount"]) > 700
    await assert_books_balance(world)
