"""What is left of packs and credit, as the brand itself and the operator see it."""

from tests.support import World, a_bakery, a_fuel, a_grocer, assert_books_balance
from tests.support.edge import AWARD, Edge, an_award, codes, edge_of

ALLOWANCES = """{ allowances { partner { code }
  packs { bought left warnsBelow isLow packs { code boughtOn points left cost { amount } } }
  credit { limit { amount currency } left { amount } warnsBelow { amount } isLow } } }"""
PACKS = {
    "prepaid": {
        "packs": [
            {"code": "second", "bought_on": "2026-02-01", "points": "50", "amount": "0.45"},
            {"code": "first", "bought_on": "2026-01-01", "points": "100", "amount": "0.90"},
        ],
        "alert": "0.8", "overdraft": "to_limit",
    },
    "credit": {"limit": "1.00", "alert": "0.5"},
}  # fmt: skip


async def _give(edge: Edge, till: str, reference: str, card: str, amount: str) -> list[str]:
    return codes(await edge.ask(till, AWARD, input=an_award(reference, card, amount)))


async def test_a_brand_sees_what_it_may_still_give_and_which_pack_goes_first(world: World) -> None:
    applied = await world.apply(
        brands=[a_grocer(**PACKS), a_fuel(credit={"limit": "6.00"}), a_bakery()]
    )
    ada = await world.enrol("Ada")
    async with edge_of(world, applied.new_secrets) as edge:
        assert await _give(edge, "grocer-till", "1", ada.card, "115.00") == []
        (grocer,) = await edge.ask("grocer-till", ALLOWANCES)
        assert grocer["packs"] == {
            "bought": "150", "left": "35", "warnsBelow": "30", "isLow": False,
            "packs": [
                {"code": "first", "boughtOn": "2026-01-01", "points": "100", "left": "0",
                 "cost": {"amount": "0.90"}},
                {"code": "second", "boughtOn": "2026-02-01", "points": "50", "left": "35",
                 "cost": {"amount": "0.45"}},
            ],
        }  # fmt: skip
        # 36 points do not fit into what is left of the packs: credit pays, to its limit.
        assert await _give(edge, "grocer-till", "2", ada.card, "36.00") == []
        assert await _give(edge, "grocer-till", "3", ada.card, "10.00") == []
        (grocer,) = await edge.ask("grocer-till", ALLOWANCES)
        assert (grocer["packs"]["left"], grocer["packs"]["isLow"]) == ("25", True)
        assert grocer["credit"] == {
            "limit": {"amount": "1.00", "currency": "USD"}, "left": {"amount": "0.64"},
            "warnsBelow": {"amount": "0.50"}, "isLow": False,
        }  # fmt: skip
        assert await _give(edge, "grocer-till", "4", ada.card, "65.00") == ["CREDIT_LIMIT_REACHED"]
        everybody = await edge.ask("operator", ALLOWANCES)
        assert [one["partner"]["code"] for one in everybody] == ["grocer", "fuel"]
        assert everybody[0] == grocer
        assert everybody[1]["packs"] is None
        assert await edge.ask("bakery-till", ALLOWANCES) == []
    await assert_books_balance(world)
