"""A month worked out by hand, to the cent: lines, nets, taxes, netting per currency and in one,
what the pool lacks, the points through the month; and the same traffic billed at redemption.
"""

from decimal import Decimal
from fractions import Fraction

from tests.settlement.october import (
    ADJUST,
    APPROVE,
    OCTOBER,
    RATES,
    SPENT,
    October,
    adjustment,
    file_of,
    lived,
    rate_cards,
)
from tests.support import World, assert_books_balance
from tests.support.edge import Json, edge_of

LINES = """{ settlementPeriod(label: "2026-10") { state
  statements { number currency payable { amount } vatIssued { amount } vatRedeemed { amount }
    issued { amount } redeemed { amount } breakage { amount } adjusted { amount } net { amount }
    lines { kind points price share amount { amount } originalPeriod promotion
      redeemer { code } } }
  rollForward { issuer { code } opening issued returned redeemed refunded expired outstanding
    relieved } } }"""
TREASURY = """{ settlementPeriod(label: "2026-10") { treasury {
  before { amount currency } fundBefore { amount } fundMoved { amount } fundAfter { amount }
  rounding { amount } needs { needed { amount currency } booked { amount currency } } } } }"""
EXCHANGE = """mutation ($input: RecordExchangeInput!) { recordExchange(input: $input) {
  bought { amount currency } booked { amount } sold { amount } loss { amount }
  userErrors { code message } } }"""
FLOWS = '{ flows(period: "2026-10") { issuer { code } redeemer { code } points } }'
RATE = {
    "source": "ecb",
    "rates": [{"on": "2026-10-31", "base": "EUR", "quote": "GBP", "rate": "0.8600"}],
}


def _lines(statement: Json) -> list[tuple[object, ...]]:
    return [
        (
            line["kind"], int(line["points"]), line["price"], line["amount"]["amount"],
            line["originalPeriod"],
        )
        for line in statement["lines"]
    ]  # fmt: skip


def _sums(statement: Json, *names: str) -> list[str]:
    return [statement[name]["amount"] for name in names]


async def test_october_comes_to_the_figures_that_were_worked_out_by_hand(world: World) -> None:
    applied = await world.apply_file(world.write(file_of(rate_cards())))
    async with edge_of(world, applied.new_secrets) as edge:
        month = await lived(world, edge)
        adjusted = await edge.ask("operator", ADJUST, input=adjustment())
        assert adjusted["adjustment"]["period"] == {"label": OCTOBER}
        month.at(11, 2)
        await month.close(OCTOBER)
        await _statements_are_right(month)
        await _points_are_right(month)
        await _netting_is_right(month)
        await _treasury_is_right(month)
    await assert_books_balance(world)


async def _statements_are_right(month: October) -> None:
    found = await month.edge.ask("operator", LINES)
    a, b, c = sorted(found["statements"], key=lambda one: str(one["number"]))
    assert [one["number"] for one in (a, b, c)] == ["2026-10/a", "2026-10/b", "2026-10/c"]
    assert _lines(a) == [
        ("ISSUANCE", 110_000, "0.01", "1100.00", None),
        ("PROMOTION_ISSUANCE", 6_001, "0.01", "60.01", None),
        ("ISSUANCE_REVERSAL", -2_000, "0.01", "-20.00", None),
        ("REDEMPTION", 60_000, "0.008", "480.00", None),
        ("REDEMPTION_REVERSAL", -500, "0.008", "-4.00", "2026-09"),
        ("ADJUSTMENT", 300, "0.01", "3.00", None),
    ]
    assert _lines(b) == [
        ("ISSUANCE", 45_000, "0.012", "540.00", None),
        ("PROMOTION_ISSUANCE", 4_000, "0.012", "48.00", None),
        ("REDEMPTION", 15_000, "0.0085", "127.50", None),
        ("REDEMPTION_REVERSAL", -1_000, "0.0085", "-8.50", None),
        ("BREAKAGE_SHARE", 500, "0.012", "3.00", None),
    ]
    assert b["lines"][-1]["share"] == "0.5"
    assert _lines(c) == [
        ("ISSUANCE", 80_000, "0.0095", "760.00", None),
        ("ISSUANCE_REVERSAL", -1_500, "0.009", "-13.50", "2026-09"),
        ("REDEMPTION", 150_000, "0.007", "1050.00", None),
    ]
    sums = ("issued", "redeemed", "breakage", "adjusted", "net", "vatIssued", "vatRedeemed",
            "payable")  # fmt: skip
    assert _sums(a, *sums) == [
        "1140.01", "476.00", "0.00", "3.00", "661.01", "238.77", "99.96", "799.82",
    ]  # fmt: skip
    assert _sums(b, *sums) == [
        "588.00", "119.00", "3.00", "0.00", "466.00", "122.85", "24.99", "563.86",
    ]  # fmt: skip
    assert _sums(c, *sums) == [
        "746.50", "1050.00", "0.00", "0.00", "-303.50", "0.00", "0.00", "-303.50",
    ]  # fmt: skip


async def _points_are_right(month: October) -> None:
    found = (await month.edge.ask("operator", LINES))["rollForward"]
    by_issuer = {one["issuer"]["code"]: one for one in found}
    totals = {
        name: sum(int(one[name]) for one in found)
        for name in ("opening", "issued", "returned", "redeemed", "refunded", "expired")
    }
    assert totals == {
        "opening": 99_500, "issued": 245_001, "returned": 3_500, "redeemed": 225_000,
        "refunded": 1_500, "expired": 4_000,
    }  # fmt: skip
    assert {code: int(one["opening"]) for code, one in by_issuer.items()} == {
        "a": 49_500, "b": 20_000, "c": 30_000,
    }  # fmt: skip
    outstanding = {code: int(one["outstanding"]) for code, one in by_issuer.items()}
    outstanding["operator"] = sum(int(one["relieved"]) for one in found)
    assert outstanding == {"a": 52_201, "b": 27_500, "c": 33_500, "operator": 300}
    assert sum(outstanding.values()) == 113_501
    flows = {
        (one["issuer"]["code"], one["redeemer"]["code"]): int(one["points"])
        for one in await month.edge.ask("operator", FLOWS)
    }
    # The points given back: a thousand at B, and five hundred at A from September.
    assert flows == SPENT | {("a", "b"): 4_000, ("a", "a"): 34_500}


async def _netting_is_right(month: October) -> None:
    edge, world = month.edge, month.world
    asked = {"label": OCTOBER}
    # In one currency there is no rate yet.
    await world.apply_file(world.write(file_of(rate_cards(), netting="EUR")))
    refused = await edge.ask("approver", APPROVE, input=asked, dry=True)
    assert [one["code"] for one in refused["userErrors"]] == ["FX_RATE_MISSING"]
    assert "ecb for EUR/GBP on 2026-10-31" in refused["userErrors"][0]["message"]
    loaded = await edge.ask("operator", RATES, input=RATE)
    assert (loaded["loaded"], loaded["userErrors"]) == (1, [])

    in_euro = (await edge.ask("approver", APPROVE, input=asked, dry=True))["netting"]
    settled = {
        one["partner"]["code"]: one["settled"]["amount"]
        for one in in_euro["positions"]
        if one["partner"]
    }
    assert settled == {"a": "799.82", "b": "563.86", "c": "-352.91"}
    (total,) = in_euro["totals"]
    assert (total["pool"], total["billed"], total["paid"]) == (
        {"amount": "-774.10"}, {"amount": "4417.96"}, {"amount": "1479.92"},
    )  # fmt: skip
    assert (round(Decimal(total["compression"]), 3), total["payments"]) == (Decimal("0.665"), 3)
    assert sum(Decimal(one["settled"]["amount"]) for one in in_euro["positions"]) == 0

    await world.apply_file(world.write(file_of(rate_cards())))
    approved = await edge.ask("approver", APPROVE, input=asked)
    assert (approved["period"], approved["userErrors"]) == ({"state": "FINAL"}, [])
    netting = approved["netting"]
    pools = {one["currency"]: one["pool"]["amount"] for one in netting["totals"]}
    assert pools == {"EUR": "-1127.01", "GBP": "303.50"}
    vat = sum(
        Decimal(one["vat"]["amount"])
        for one in netting["positions"]
        if one["partner"] and one["net"]["currency"] == "EUR"
    )
    assert vat == Decimal("236.67")
    posted = await world.rows(
        "SELECT currency, (sum(CASE WHEN credit = 620 THEN amount WHEN debit = 620 THEN -amount"
        " ELSE 0 END) / 100.0)::text, (sum(CASE WHEN credit = 630 THEN amount WHEN debit = 630"
        " THEN -amount ELSE 0 END) / 100.0)::text FROM money_entry m"
        " JOIN period p ON p.id = m.period_id WHERE p.label = '2026-10' GROUP BY 1 ORDER BY 1"
    )
    assert [(one, Decimal(str(pool)), Decimal(str(tax))) for one, pool, tax in posted] == [
        ("EUR", Decimal("1127.01"), Decimal("236.67")), ("GBP", Decimal("-303.50"), Decimal(0)),
    ]  # fmt: skip


async def _treasury_is_right(month: October) -> None:
    found = (await month.edge.ask("operator", TREASURY))["treasury"]
    assert found["before"] == [
        {"amount": "736.00", "currency": "EUR"}, {"amount": "270.00", "currency": "GBP"},
    ]  # fmt: skip
    # Converting what moved gives 1,824.05, converting what is there 1,824.06.
    assert _sums(found, "fundBefore", "fundMoved", "fundAfter", "rounding") == [
        "1049.95", "774.10", "1824.06", "0.01",
    ]  # fmt: skip
    assert found["needs"] == [
        {
            "needed": {"amount": "33.50", "currency": "GBP"},
            "booked": {"amount": "38.95", "currency": "EUR"},
        }
    ]
    asked = {"idempotencyKey": "x-1", "label": OCTOBER, "currency": "GBP", "base": "EUR",
             "rate": "0.8590"}  # fmt: skip
    bought = await month.edge.ask("approver", EXCHANGE, input=asked)
    assert _sums(bought, "bought", "booked", "sold", "loss") == ["33.50", "38.95", "39.00", "0.05"]
    posted = await month.world.rows(
        "SELECT debit, credit, amount, currency FROM money_entry"
        " WHERE source_kind = 'FX_EXCHANGE' ORDER BY id"
    )
    assert posted == [(660, 620, 3350, "GBP"), (620, 660, 3895, "EUR"), (650, 660, 5, "EUR")]


PRICES = {"a": Fraction("0.0080"), "b": Fraction("0.0085"), "c": Fraction("0.0070")}


async def test_billed_at_redemption_issuers_pay_what_redeemers_get(world: World) -> None:
    file = file_of(rate_cards(paid_at_issuance="0"))
    applied = await world.apply_file(world.write(file))
    async with edge_of(world, applied.new_secrets) as edge:
        month = await lived(world, edge)
        month.at(11, 2)
        await month.close(OCTOBER)
        statements = (await edge.ask("operator", LINES))["statements"]
    owed = {
        (one["number"].split("/")[1], one["currency"]): sum(
            Decimal(line["amount"]["amount"])
            for line in one["lines"]
            if line["kind"].startswith("OWN_POINTS") and line["originalPeriod"] is None
        )
        for one in statements
    }
    in_euro = {
        issuer: owed[issuer, "EUR"]
        + (owed[issuer, "GBP"] / Decimal("0.86")).quantize(Decimal("0.01"))
        for issuer in ("a", "b", "c")
    }
    assert in_euro == {
        "a": Decimal("883.77"), "b": Decimal("334.49"), "c": Decimal("601.67"),
    }  # fmt: skip
    redeemed = {one["number"]: Decimal(one["redeemed"]["amount"]) for one in statements}
    # Before the five hundred that were given back from September.
    paid = (
        redeemed["2026-10/a"]
        + 4
        + redeemed["2026-10/b"]
        + (redeemed["2026-10/c"] / Decimal("0.86")).quantize(Decimal("0.01"))
    )
    assert paid == sum(in_euro.values()) == Decimal("1819.93")
    for one in statements:
        issued = [line for line in one["lines"] if line["kind"] == "ISSUANCE"]
        assert all((line["share"], line["amount"]["amount"]) == ("0", "0.00") for line in issued)
    await assert_books_balance(world)


async def test_between_the_two_each_point_is_paid_once_in_two_parts(world: World) -> None:
    share = "0.4"
    applied = await world.apply_file(
        world.write(file_of(rate_cards(paid_at_issuance=share, fee_per_point="0.0005")))
    )
    async with edge_of(world, applied.new_secrets) as edge:
        month = await lived(world, edge)
        month.at(11, 2)
        await month.close(OCTOBER)
        statements = (await edge.ask("operator", LINES))["statements"]
    by_number = {one["number"]: one for one in statements}
    own = by_number["2026-10/a"]
    now, later = Fraction(share), 1 - Fraction(share)

    def cents(points: int, price: Fraction | str, part: Fraction | int) -> Decimal:
        return Decimal(round(points * Fraction(price) * part * 100)).scaleb(-2)

    expected = (
        cents(110_000, "0.0100", now) + cents(6_001, "0.0100", now) + cents(-2_000, "0.0100", now)
        + sum(cents(SPENT["a", at], PRICES[at], later) for at in ("a", "b"))
        + cents(-1_000, PRICES["b"], later) + cents(-500, PRICES["a"], later)
    )  # fmt: skip
    assert Decimal(own["issued"]["amount"]) == expected
    in_pounds = by_number["2026-10/a/GBP"]
    assert Decimal(in_pounds["issued"]["amount"]) == cents(SPENT["a", "c"], PRICES["c"], later)
    fees = sum(Decimal(line["amount"]["amount"]) for line in own["lines"] if line["kind"] == "FEE")
    assert fees == sum(cents(points, "0.0005", 1) for points in (110_000, 6_001, -2_000))
    # Only what was paid is given back for points that ended.
    (ended,) = (
        line for line in by_number["2026-10/b"]["lines"] if line["kind"] == "BREAKAGE_SHARE"
    )
    assert Decimal(ended["amount"]["amount"]) == cents(500, "0.0120", now / 2)
    await assert_books_balance(world)
