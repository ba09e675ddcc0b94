"""Many at once, over HTTP, with real rows and real commits."""

import asyncio
from collections import Counter

from tests.support import World, assert_books_balance
from tests.support.edge import (
    AWARD,
    BALANCE,
    BATCH,
    HOLD,
    REDEEM,
    REFUND,
    REVERSE,
    Edge,
    an_award,
    codes,
)


async def test_twenty_parallel_spends_of_one_balance_succeed_once(world: World, edge: Edge) -> None:
    """Security checklist, line 32."""
    ada = await world.enrol("Ada", card="7001")
    await world.award("grocer", ada, "100.00")
    spend = {"member": {"card": "7001"}, "points": 60, "reference": "b"}
    answers = await asyncio.gather(
        *(
            edge.ask(
                ("bakery-till", "florist-till")[n % 2],
                (REDEEM, HOLD)[n // 10],
                input=spend | {"idempotencyKey": f"spend-{n}"},
            )
            for n in range(20)
        )
    )
    outcomes = Counter("".join(codes(answer)) for answer in answers)
    assert outcomes == {"": 1, "NOT_ENOUGH_POINTS": 19}
    balance = (await edge.ask("operator", BALANCE, ref={"card": "7001"}))["balance"]
    assert int(balance["available"]) == 40
    assert int(balance["held"]) in {0, 60}
    await assert_books_balance(world)


async def test_the_same_key_fifty_times_at_once_awards_once(world: World, edge: Edge) -> None:
    """Security checklist, line 32."""
    await world.enrol("Ada", card="7001")
    award = an_award("r-1", "7001")
    answers = await asyncio.gather(
        *(edge.ask("grocer-till", AWARD, input=award) for _ in range(50))
    )
    assert Counter(answer["replayed"] for answer in answers) == {False: 1, True: 49}
    assert len({answer["award"]["id"] for answer in answers}) == 1
    assert [codes(answer) for answer in answers] == [[]] * 50
    balance = (await edge.ask("operator", BALANCE, ref={"card": "7001"}))["balance"]
    assert balance["available"] == "100"
    await assert_books_balance(world)


async def test_one_key_with_two_bodies_at_once_awards_one_of_them(world: World, edge: Edge) -> None:
    """Security checklist, line 32."""
    for name, card in (("Ada", "7001"), ("Bo", "7002")):
        await world.enrol(name, card=card)
    bodies = [
        an_award(f"r-{n % 2}", ("7001", "7002")[n % 2]) | {"idempotencyKey": "same"}
        for n in range(20)
    ]
    answers = await asyncio.gather(*(edge.ask("grocer-till", AWARD, input=body) for body in bodies))
    outcomes = Counter("".join(codes(answer)) for answer in answers)
    assert outcomes == {"": 10, "IDEMPOTENCY_KEY_REUSED": 10}
    assert sum(not a["replayed"] and a["award"] is not None for a in answers) == 1
    await assert_books_balance(world)


async def test_one_receipt_under_many_keys_at_once_is_awarded_once(
    world: World, edge: Edge
) -> None:
    for name, card in (("Ada", "7001"), ("Bo", "7002")):
        await world.enrol(name, card=card)
    bodies = [
        an_award("r-1", ("7001", "7002")[n % 2]) | {"idempotencyKey": f"key-{n}"} for n in range(20)
    ]
    answers = await asyncio.gather(*(edge.ask("grocer-till", AWARD, input=body) for body in bodies))
    outcomes = Counter("".join(codes(answer)) for answer in answers)
    assert outcomes == {"": 1, "PURCHASE_REFERENCE_REUSED": 19}
    await assert_books_balance(world)


async def test_overlapping_batches_at_once_award_each_row_once(world: World, edge: Edge) -> None:
    for name, card in (("Ada", "7001"), ("Bo", "7002"), ("Cleo", "7003")):
        await world.enrol(name, card=card)
    rows = [an_award(f"r-{n}", f"700{n % 3 + 1}", "10.00") for n in range(120)]
    batches = [rows[:80], list(reversed(rows[40:])), rows[20:100], rows]
    answers = await asyncio.gather(
        *(edge.ask("grocer-till", BATCH, input={"rows": batch}) for batch in batches)
    )
    assert sum(answer["accepted"] for answer in answers) == 120
    assert sum(answer["rejected"] for answer in answers) == 0
    for card in ("7001", "7002", "7003"):
        balance = (await edge.ask("operator", BALANCE, ref={"card": card}))["balance"]
        assert balance["available"] == "400"
    await assert_books_balance(world)


async def test_everything_undone_twice_at_once_is_undone_once(world: World, edge: Edge) -> None:
    """Security checklist, line 32."""
    await world.enrol("Ada", card="7001")
    awarded = await edge.ask("grocer-till", AWARD, input=an_award("r-1", "7001", "500.00"))
    spend = {"idempotencyKey": "s", "member": {"card": "7001"}, "points": 200, "reference": "b"}
    spent = await edge.ask("bakery-till", REDEEM, input=spend)
    refund = {"redemptionId": spent["redemption"]["id"], "reason": "bad"}
    refunds = await asyncio.gather(
        *(
            edge.ask("bakery-till", REFUND, input=refund | {"idempotencyKey": f"f-{n}"})
            for n in range(8)
        )
    )
    assert Counter("".join(codes(one)) for one in refunds) == {"": 1, "MORE_THAN_REDEEMED": 7}
    back = {"awardId": awarded["award"]["id"], "reason": "broken"}
    returns = await asyncio.gather(
        *(
            edge.ask("grocer-till", REVERSE, input=back | {"idempotencyKey": f"b-{n}"})
            for n in range(8)
        )
    )
    assert Counter("".join(codes(one)) for one in returns) == {"": 1, "MORE_THAN_AWARDED": 7}
    balance = (await edge.ask("operator", BALANCE, ref={"card": "7001"}))["balance"]
    assert balance["available"] == "0"
    await assert_books_balance(world)
