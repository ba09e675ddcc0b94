"""Each kind of bad input answers with its own code and leaves every table as it was."""

import json
from datetime import timedelta

import pytest

from tests.support import World, assert_books_balance, nothing_moves
from tests.support.brands import a_bakery, a_florist, a_grocer
from tests.support.edge import (
    AWARD,
    BATCH,
    CAPTURE,
    CLOSE,
    HOLD,
    REDEEM,
    REFUND,
    REVERSE,
    Edge,
    Json,
    a_purchase,
    an_award,
    codes,
)


def _with_amount(amount: object, currency: str = "USD") -> Json:
    award = an_award("r-1", "7001")
    award["purchase"]["amount"] = {"amount": amount, "currency": currency}
    return award


REFUSED_AWARDS = {
    "an unknown card": (an_award("r-1", "9999"), "MEMBER_NOT_FOUND"),
    "nobody's id": (an_award("r-1", "x") | {"member": {"id": "mbr_nobody"}}, "MEMBER_NOT_FOUND"),
    "a currency not agreed": (_with_amount("10.00", "EUR"), "CURRENCY_NOT_AGREED"),
    "an amount of zero": (_with_amount("0"), "AMOUNT_NOT_POSITIVE"),
    "a negative amount": (_with_amount("-5.00"), "AMOUNT_NOT_POSITIVE"),
    "less than nothing by its sign alone": (_with_amount("-0.00"), "AMOUNT_NOT_POSITIVE"),
    "more cents than 64 bits hold": (_with_amount("999999999999999999.99"), "AMOUNT_TOO_PRECISE"),
    "more decimals than dollars have": (_with_amount("10.005"), "AMOUNT_TOO_PRECISE"),
    "less than one point": (_with_amount("0.99"), "NOTHING_EARNED"),
    "a purchase before the first agreement": (
        an_award("r-1", "7001", purchasedAt="2024-12-31T12:00:00Z"),
        "NO_AGREEMENT_ON_DATE",
    ),
    "a purchase further back than allowed": (
        an_award("r-1", "7001", purchasedAt="2010-01-01T12:00:00Z"),
        "TOO_LONG_AGO",
    ),
    "a purchase in the future": (
        an_award("r-1", "7001", purchasedAt="2026-03-15T12:06:00Z"),
        "IN_THE_FUTURE",
    ),
    "an empty reference": (an_award("  ", "7001") | {"idempotencyKey": "k"}, "TEXT_NOT_ALLOWED"),
    "a reference with a NUL": (
        an_award("r\x00", "7001") | {"idempotencyKey": "k"},
        "TEXT_NOT_ALLOWED",
    ),
    "a reference that turns the text around": (
        an_award("r\u202e1", "7001") | {"idempotencyKey": "k"},
        "TEXT_NOT_ALLOWED",
    ),
    "a lone surrogate": (an_award("r\ud800", "7001") | {"idempotencyKey": "k"}, "TEXT_NOT_ALLOWED"),
    "a key with a blank": (
        an_award("r-1", "7001") | {"idempotencyKey": "a b"},
        "IDEMPOTENCY_KEY_NOT_ALLOWED",
    ),
    "an empty key": (
        an_award("r-1", "7001") | {"idempotencyKey": ""},
        "IDEMPOTENCY_KEY_NOT_ALLOWED",
    ),
    "no e-mail address": (
        an_award("r-1", "x") | {"member": {"email": "nobody"}},
        "IDENTIFIER_NOT_VALID",
    ),
}


@pytest.mark.parametrize("what", REFUSED_AWARDS)
async def test_an_award_is_refused_for(what: str, world: World, edge: Edge) -> None:
    await world.enrol("Ada", card="7001")
    award, code = REFUSED_AWARDS[what]
    async with nothing_moves(world):
        answer = await edge.ask("grocer-till", AWARD, input=award)
        estimate = await edge.ask("grocer-till", BATCH, input={"rows": [award]})
    assert codes(answer) == [code]
    assert answer["award"] is None
    assert answer["userErrors"][0]["message"]
    assert codes(estimate["results"][0]) == [code]


NOT_AMOUNTS = [
    "NaN", "Infinity", "-Infinity", "1e400", "1e2", 12.5, True, None, "", " 1", "+1", "1,5",
    "٣", "\uff11", "0x10", "1_0", "1 ", "\n1", "-", ".5", "5.", "--1", "1" * 10_000,
    "9" * 19, [], {},
]  # fmt: skip


@pytest.mark.parametrize("amount", NOT_AMOUNTS, ids=lambda value: repr(value)[:20])
async def test_what_is_no_exact_decimal_is_no_amount(
    amount: object, world: World, edge: Edge
) -> None:
    """Security checklist, line 29."""
    await world.enrol("Ada", card="7001")
    async with nothing_moves(world):
        answer = await edge.post("grocer-till", AWARD, {"input": _with_amount(amount)})
    assert [error["extensions"]["code"] for error in answer.json()["errors"]] == ["BAD_USER_INPUT"]
    assert "data" not in answer.json()


async def test_a_number_too_large_for_any_float_is_no_amount(world: World, edge: Edge) -> None:
    """Security checklist, line 29."""
    await world.enrol("Ada", card="7001")
    token = await edge.token("grocer-till")
    body = json.dumps({"query": AWARD, "variables": {"input": _with_amount("?")}})
    async with nothing_moves(world):
        for number in ("1e400", "NaN", "Infinity", "-1e400", "9" * 5000):
            answer = await edge.http.post(
                "/graphql",
                content=body.replace('"?"', number),
                headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
            )
            assert answer.status_code < 500, answer.text
            assert answer.json()["errors"]
            assert "data" not in answer.json()


@pytest.mark.parametrize("literal", ["12.5", "1e2", "NAN", "true", "null"])
async def test_a_float_written_into_the_document_is_refused_too(
    literal: str, world: World, edge: Edge
) -> None:
    """Security checklist, line 29."""
    document = """mutation { awardPoints(input: {idempotencyKey: "k", member: {card: "7001"},
      purchase: {reference: "r", purchasedAt: "2026-03-10T12:00:00Z",
                 amount: {amount: %s, currency: "USD"}}}) { replayed } }"""
    await world.enrol("Ada", card="7001")
    async with nothing_moves(world):
        answer = await edge.post("grocer-till", document % literal)
    (error,) = answer.json()["errors"]
    assert error["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


@pytest.mark.parametrize(
    "points", [0, -1, "0", "-0", "-100", -(2**63 - 1), 2**31, 2**53 + 1, 2**63 - 1]
)
async def test_points_to_spend_are_more_than_nothing_and_no_more_than_there_are(
    points: object, world: World, edge: Edge
) -> None:
    """Security checklist, line 29."""
    ada = await world.enrol("Ada", card="7001")
    await world.award("grocer", ada, "500.00")
    spend = {"idempotencyKey": "k", "member": {"card": "7001"}, "points": points, "reference": "b"}
    async with nothing_moves(world):
        redeemed = await edge.ask("bakery-till", REDEEM, input=spend)
        held = await edge.ask("bakery-till", HOLD, input=spend)
    code = "NOT_ENOUGH_POINTS" if int(str(points)) > 0 else "AMOUNT_NOT_POSITIVE"
    assert codes(redeemed) == codes(held) == [code]


NOT_POINTS = [
    1.0, "1.0", "1e3", True, 2**63, -(2**63) - 1, "9" * 30, "9" * 10_000, "abc", "1_000", "NaN",
    "Infinity", "+1", " 1", "1 ", "٣", "\uff11", "01", "0x1", "", None, [], {},
]  # fmt: skip


@pytest.mark.parametrize("points", NOT_POINTS, ids=lambda value: repr(value)[:20])
async def test_what_is_no_whole_number_is_no_number_of_points(
    points: object, world: World, edge: Edge
) -> None:
    """Security checklist, line 29."""
    spend = {"idempotencyKey": "k", "member": {"card": "7001"}, "points": points, "reference": "b"}
    async with nothing_moves(world):
        answer = await edge.post("bakery-till", REDEEM, {"input": spend})
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


@pytest.mark.parametrize("when", ["2026-03-10T12:00:00", "2026-03-10", "yesterday", 1773144000, ""])
async def test_an_instant_says_its_offset(when: object, world: World, edge: Edge) -> None:
    await world.enrol("Ada", card="7001")
    async with nothing_moves(world):
        answer = await edge.post(
            "grocer-till", AWARD, {"input": an_award("r-1", "7001", purchasedAt=when)}
        )
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_a_closed_member_earns_and_spends_nothing(world: World, edge: Edge) -> None:
    ada = await world.enrol("Ada", card="7001")
    await world.award("grocer", ada, "500.00")
    status = """mutation ($input: ChangeMemberStatusInput!) { changeMemberStatus(input: $input) {
      member { status } userErrors { code } } }"""
    found = await edge.ask("operator", 'query { member(ref: {card: "7001"}) { id } }')
    change = {
        "idempotencyKey": "bye",
        "memberId": found["id"],
        "status": "CLOSED",
        "reason": "left",
    }
    assert (await edge.ask("operator", status, input=change))["member"]["status"] == "CLOSED"
    spend = {"idempotencyKey": "k", "member": {"card": "7001"}, "points": 100, "reference": "b"}
    async with nothing_moves(world):
        awarded = await edge.ask("grocer-till", AWARD, input=an_award("r-1", "7001"))
        redeemed = await edge.ask("bakery-till", REDEEM, input=spend)
    assert codes(awarded) == codes(redeemed) == ["MEMBER_CLOSED"]


async def test_a_suspended_partner_posts_nothing(world: World, edge: Edge) -> None:
    ada = await world.enrol("Ada", card="7001")
    await world.award("grocer", ada, "500.00")
    spend = {"idempotencyKey": "k", "member": {"card": "7001"}, "points": 100, "reference": "b"}
    held = await edge.ask("bakery-till", HOLD, input=spend | {"idempotencyKey": "h"})
    spent = await edge.ask("bakery-till", REDEEM, input=spend | {"idempotencyKey": "s"})
    bakery = a_bakery(status="suspended")
    await world.apply(brands=[a_grocer(minimum_redemption="10"), bakery, a_florist()])
    capture = {"idempotencyKey": "c", "holdId": held["hold"]["id"]}
    refund = {"idempotencyKey": "f", "redemptionId": spent["redemption"]["id"], "reason": "bad"}
    async with nothing_moves(world):
        answers = [
            await edge.ask("bakery-till", AWARD, input=an_award("r-1", "7001")),
            await edge.ask("bakery-till", REDEEM, input=spend),
            await edge.ask("bakery-till", HOLD, input=spend),
            await edge.ask("bakery-till", CAPTURE, input=capture),
            await edge.ask("bakery-till", REFUND, input=refund),
        ]
    assert [codes(answer) for answer in answers] == [["PARTNER_SUSPENDED"]] * 5
    await assert_books_balance(world)


async def test_a_batch_of_1001_rows_is_refused_whole(world: World, edge: Edge) -> None:
    """Security checklist, line 24."""
    await world.enrol("Ada", card="7001")
    rows = [an_award(f"r-{n}", "7001") for n in range(1001)]
    async with nothing_moves(world):
        answer = await edge.ask("grocer-till", BATCH, input={"rows": rows})
        empty = await edge.ask("grocer-till", BATCH, input={"rows": []})
    assert codes(answer) == codes(empty) == ["TOO_MANY_ROWS"]


async def test_a_key_is_for_one_request_and_a_receipt_for_one_award(
    world: World, edge: Edge
) -> None:
    await world.enrol("Ada", card="7001")
    await edge.ask("grocer-till", AWARD, input=an_award("r-1", "7001"))
    async with nothing_moves(world):
        other_body = await edge.ask("grocer-till", AWARD, input=an_award("r-1", "7001", "101.00"))
        other_key = await edge.ask(
            "grocer-till", AWARD, input=an_award("r-1", "7001") | {"idempotencyKey": "new"}
        )
    assert codes(other_body) == ["IDEMPOTENCY_KEY_REUSED"]
    assert codes(other_key) == ["PURCHASE_REFERENCE_REUSED"]
    await assert_books_balance(world)


async def test_a_hold_is_captured_once_in_time_and_never_beyond_itself(
    world: World, edge: Edge
) -> None:
    ada = await world.enrol("Ada", card="7001")
    await world.award("grocer", ada, "500.00")
    spend = {"member": {"card": "7001"}, "points": 100, "reference": "b"}
    first = await edge.ask("bakery-till", HOLD, input=spend | {"idempotencyKey": "h1"})
    second = await edge.ask("bakery-till", HOLD, input=spend | {"idempotencyKey": "h2"})
    one, two = first["hold"]["id"], second["hold"]["id"]
    async with nothing_moves(world):
        beyond = await edge.ask(
            "bakery-till", CAPTURE, input={"idempotencyKey": "c", "holdId": one, "points": 101}
        )
        foreign = await edge.ask(
            "grocer-till", CAPTURE, input={"idempotencyKey": "c", "holdId": one}
        )
        unknown = await edge.ask(
            "grocer-till", CAPTURE, input={"idempotencyKey": "c", "holdId": "hld_nothing"}
        )
    assert codes(beyond) == ["MORE_THAN_HELD"]
    assert foreign == unknown
    assert codes(foreign) == ["HOLD_NOT_FOUND"]
    captured = await edge.ask(
        "bakery-till", CAPTURE, input={"idempotencyKey": "c1", "holdId": one, "points": 60}
    )
    assert captured["redemption"]["points"] == "60"
    assert captured["hold"]["state"] == "CAPTURED"
    world.now += timedelta(hours=1)
    async with nothing_moves(world):
        twice = await edge.ask(
            "bakery-till", CAPTURE, input={"idempotencyKey": "c2", "holdId": one}
        )
        late = await edge.ask("bakery-till", CAPTURE, input={"idempotencyKey": "c3", "holdId": two})
    assert codes(twice) == ["HOLD_ALREADY_RESOLVED"]
    assert codes(late) == ["HOLD_EXPIRED"]
    await assert_books_balance(world)


async def test_no_refund_beyond_what_was_redeemed_and_no_return_beyond_what_was_bought(
    world: World, edge: Edge
) -> None:
    await world.enrol("Ada", card="7001")
    awarded = await edge.ask("grocer-till", AWARD, input=an_award("r-1", "7001", "500.00"))
    spend = {"idempotencyKey": "s", "member": {"card": "7001"}, "points": 100, "reference": "b"}
    spent = await edge.ask("bakery-till", REDEEM, input=spend)
    refund = {"redemptionId": spent["redemption"]["id"], "reason": "bad"}
    back = {"awardId": awarded["award"]["id"], "reason": "broken"}
    dollars = {"amount": "500.01", "currency": "USD"}
    async with nothing_moves(world):
        answers = [
            await edge.ask(
                "bakery-till", REFUND, input=refund | {"idempotencyKey": "f1", "points": 101}
            ),
            await edge.ask(
                "grocer-till", REVERSE, input=back | {"idempotencyKey": "b1", "amount": dollars}
            ),
            await edge.ask("florist-till", REFUND, input=refund | {"idempotencyKey": "f2"}),
            await edge.ask("florist-till", REVERSE, input=back | {"idempotencyKey": "b2"}),
            await edge.ask("grocer-till", REVERSE, input={"idempotencyKey": "b3", "reason": "x"}),
        ]
    assert [codes(answer)[0] for answer in answers] == [
        "MORE_THAN_REDEEMED",
        "MORE_THAN_AWARDED",
        "REDEMPTION_NOT_FOUND",
        "AWARD_NOT_FOUND",
        "RETURN_NOT_NAMED",
    ]
    await edge.ask("grocer-till", REVERSE, input=back | {"idempotencyKey": "b4"})
    async with nothing_moves(world):
        again = await edge.ask("grocer-till", REVERSE, input=back | {"idempotencyKey": "b5"})
    assert codes(again) == ["MORE_THAN_AWARDED"]
    await assert_books_balance(world)


@pytest.mark.parametrize(
    ("label", "code"),
    [
        ("2026-03", "PERIOD_NOT_ENDED"),
        ("2031-01", "PERIOD_NOT_ENDED"),
        ("2024-12", "PERIOD_NOT_FOUND"),
        ("2026-13", "PERIOD_NOT_FOUND"),
        ("2026-W05", "PERIOD_NOT_FOUND"),
        ("", "PERIOD_NOT_FOUND"),
        ("'; DROP TABLE entry", "PERIOD_NOT_FOUND"),
    ],
)
async def test_only_a_period_that_has_ended_is_closed(
    label: str, code: str, world: World, edge: Edge
) -> None:
    async with nothing_moves(world):
        answer = await edge.ask("operator", CLOSE, input={"label": label})
    assert codes(answer) == [code]
    assert answer["period"] is None


async def test_a_return_names_a_purchase_of_this_partner(world: World, edge: Edge) -> None:
    await world.enrol("Ada", card="7001")
    await edge.ask("grocer-till", AWARD, input=an_award("r-1", "7001"))
    back = {"idempotencyKey": "b", "purchaseReference": "r-1", "reason": "broken"}
    async with nothing_moves(world):
        foreign = await edge.ask("bakery-till", REVERSE, input=back)
        unknown = await edge.ask("bakery-till", REVERSE, input=back | {"purchaseReference": "r-2"})
    assert foreign == unknown
    assert codes(foreign) == ["AWARD_NOT_FOUND"]
    own = await edge.ask("grocer-till", REVERSE, input=back)
    assert own["clawedBack"] == "100"
    assert own["award"] == {"reversedPoints": "100", "state": "REVERSED"}
    await assert_books_balance(world)


async def test_parts_of_a_purchase_are_in_its_currency(world: World, edge: Edge) -> None:
    await world.enrol("Ada", card="7001")
    tax = {"amount": "1.00", "currency": "EUR"}
    award = an_award("r-1", "7001") | {"purchase": a_purchase("r-1", "10.00", tax=tax)}
    async with nothing_moves(world):
        answer = await edge.ask("grocer-till", AWARD, input=award)
    assert codes(answer) == ["CURRENCY_NOT_AGREED"]
