"""A promotion at the public edge: estimated, awarded and explained the same."""

from tests.support import World, a_bakery, a_florist, a_grocer, a_promotion, assert_books_balance
from tests.support.edge import AWARD, Edge, a_purchase, an_award, codes

STEPS = "explanation { rule points fundedBy { code } }"
ESTIMATE = f"""query ($purchase: PurchaseInput!) {{ estimateAward(purchase: $purchase) {{
  points {STEPS} }} }}"""
EXPLAINED = f"""mutation ($input: AwardPointsInput!) {{ awardPoints(input: $input) {{
  award {{ points promotion state {STEPS} }} userErrors {{ code message field }} }} }}"""


async def _with_a_promotion(world: World) -> None:
    await world.apply(
        brands=[a_grocer(minimum_redemption="10"), a_bakery(), a_florist()],
        promotions=[a_promotion(funded_by={"grocer": "60", "florist": "40"})],
    )


async def test_an_estimate_is_what_the_award_gives_and_both_name_who_pays(
    world: World, edge: Edge
) -> None:
    await _with_a_promotion(world)
    ada = await world.enrol("Ada")
    bought = a_purchase("r-1", "12.34", promotion="spring")
    estimate = await edge.ask("grocer-till", ESTIMATE, purchase=bought)
    payload = await edge.ask(
        "grocer-till", EXPLAINED, input=an_award("r-1", ada.card, "12.34", promotion="spring")
    )
    award = payload["award"]
    assert (codes(payload), award["promotion"], award["state"]) == ([], "spring", "AVAILABLE")
    assert estimate == {"points": award["points"], "explanation": award["explanation"]}
    rule = "Spring together: 10 points per 1 USD, rounded down"
    assert award["explanation"] == [
        {"rule": f"{rule}; 60 % of it", "points": "74", "fundedBy": {"code": "grocer"}},
        {"rule": f"{rule}; 40 % of it", "points": "49", "fundedBy": {"code": "florist"}},
    ]
    await assert_books_balance(world)


async def test_a_program_reads_the_rule_as_figures_and_its_reader_in_words(
    world: World, edge: Edge
) -> None:
    await _with_a_promotion(world)
    asked = """query ($purchase: PurchaseInput!) { estimateAward(purchase: $purchase) {
      explanation { kind pointsPerUnit currency promotionName percent
        de: rule(locale: "de-AT") es: rule(locale: "es") ar: rule(locale: "ar")
        en: rule(locale: "en") none: rule(locale: "fr") odd: rule(locale: "!") } } }"""
    spring = a_purchase("r-1", "12.34", promotion="spring")
    first, _ = (await edge.ask("grocer-till", asked, purchase=spring))["explanation"]
    for_developers = "Spring together: 10 points per 1 USD, rounded down; 60 % of it"
    assert first == {
        "kind": "PROMOTION", "pointsPerUnit": "10", "currency": "USD",
        "promotionName": "Spring together", "percent": "60",
        "en": "Spring together: 10 for each $1.00, rounded down; 60% of it",
        "de": "Spring together: 10 je $\xa01,00, abgerundet; davon 60\xa0%",
        "es": "Spring together: 10 por cada 1,00\xa0US$, redondeado hacia abajo; de ello, el"
        " 60\xa0%",
        "ar": "Spring together: 10 لكل \u200f1.00\xa0US$، مع التقريب إلى الأدنى; منها 60%",
        "none": for_developers, "odd": for_developers,
    }  # fmt: skip
    usual = a_purchase("r-2", "12.34")
    (only,) = (await edge.ask("grocer-till", asked, purchase=usual))["explanation"]
    assert (only["kind"], only["promotionName"], only["percent"]) == ("AGREEMENT", None, None)
    assert (only["en"], only["none"]) == (
        "1 for each $1.00, rounded down", "1 points per 1 USD, rounded down",
    )  # fmt: skip


async def test_the_brand_knows_what_is_left_of_an_award_that_others_helped_to_give(
    world: World, edge: Edge
) -> None:
    await _with_a_promotion(world)
    ada = await world.enrol("Ada")
    await edge.ask("grocer-till", AWARD, input=an_award("r-1", ada.card, promotion="spring"))
    # The grocer's own six hundred are spent; the florist's four hundred are still there.
    await world.redeem("grocer", ada, 600)
    states = "{ awards(first: 1) { nodes { state } } }"
    assert (await edge.ask("grocer-till", states))["nodes"] == [{"state": "AVAILABLE"}]
    await world.redeem("grocer", ada, 400)
    assert (await edge.ask("grocer-till", states))["nodes"] == [{"state": "SPENT"}]
    await assert_books_balance(world)


async def test_a_promotion_that_is_not_there_is_the_rows_error(world: World, edge: Edge) -> None:
    await _with_a_promotion(world)
    ada = await world.enrol("Ada")
    payload = await edge.ask(
        "grocer-till", AWARD, input=an_award("r-1", ada.card, promotion="winter")
    )
    (error,) = payload["userErrors"]
    assert (error["code"], error["field"]) == (
        "PROMOTION_NOT_FOUND", ["purchase", "promotion"],
    )  # fmt: skip
