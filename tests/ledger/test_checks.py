"""Each law of the books finds the very row that breaks it.

A row is changed as nobody but a superuser with the guards off can. Some rows stand under two laws
(what a member has is both what its entries and what its lots say): then both name it, and no
other law says anything.
"""

import pytest

from coalition import settlement
from coalition.ledger import CHECKS, broken_laws
from tests.support import World, a_bakery, a_grocer, assert_books_balance

LAWS = {
    **{check.invariant: check for check in CHECKS},
    **{f"settlement {check.invariant}": check for check in settlement.SETTLEMENT_CHECKS},
    "settlement I1": settlement.SETTLEMENT_CHECKS[1],
    "settlement I1, line by line": settlement.SETTLEMENT_CHECKS[2],
}
REPRODUCED = "statements again"

# What is changed, and the start of every row that is then named, by the law.
CASES: list[tuple[str, dict[str, list[str]]]] = [
    (
        "DELETE FROM lot_use WHERE seq = 8",
        {
            "I1": ["entry of member 1 at place 8: 15 points, lots "],
            "I3": ["lot of member 1 at place 1: 695 left, 30 held; its uses say 680, 45"],
        },
    ),
    (
        "UPDATE balance SET owed = 7",
        {"I2": ["balance of member 1: points 715, held 30, owed 7; entries say 715, 30, 0"]},
    ),
    (
        "DELETE FROM balance",
        {"I2": [f"entry of member 1 at place {place}: the member has no balance"
                for place in range(1, 10)]},
    ),
    (
        "DELETE FROM event WHERE kind = 6",
        {"NW5": ["kind 6 of member 1 at place 2: 0 events, 1 postings",
                 "kind 6 of member 1 at place 7: 0 events, 1 postings"]},
    ),
    (
        "INSERT INTO event (kind, partner_id, member_id, seq) VALUES (7, 1, 1, 99)",
        {"NW5": ["kind 7 of member 1 at place 99: 1 events, 0 postings"]},
    ),
    (
        "UPDATE balance SET points = points + 1",
        {
            "I2": ["balance of member 1: points 716, held 30, owed 0; entries say 715, 30, 0"],
            "I17": ["balance of member 1: points 716, held 30; lots hold 715, 30"],
        },
    ),
    (
        "UPDATE lot SET remaining = remaining - 1 WHERE seq = 1",
        {
            "I3": ["lot of member 1 at place 1: 694 left, 30 held; its uses say 695, 30"],
            "I17": ["balance of member 1: points 715, held 30; lots hold 714, 30"],
        },
    ),
    (
        "UPDATE lot_use SET partner_id = 1 WHERE seq = 7",
        {"I6": ["period 1, partner 1:  redeemed, 25 in lots",
                "period 1, partner 2: 175 redeemed, 150 in lots"],
         "I10": ["use of lot 1 of member 1 at place 7: by partner 1 in period 1, for the issuer"]},
    ),
    (
        "UPDATE lot_use SET issuer_id = 2 WHERE seq = 7",
        {"I6": ["use of lot 1 of member 1 at place 7: issuer 2, the lot says 1"]},
    ),
    (
        "UPDATE award SET points = 999 WHERE seq = 1",
        {"I8": ["award of member 1 at place 1: 999 points by partner 1; entry 1000 by 1,"]},
    ),
    (
        "UPDATE lot SET issuer_id = 1 WHERE seq = 9",
        {"I8": ["award of member 1 at place 9: 20 points by partner 2; entry 20 by 2, lot 20 by"]},
    ),
    (
        "UPDATE award_reversal SET returned = 100001",
        {"I9": ["award of member 1 at place 1: 1000 points, 100 reversed"]},
    ),
    (
        "UPDATE entry SET agreement_id = 1 WHERE seq = 3",
        {"LE9": ["entry of member 1 at place 3: not what its hash"],
            "I9": ["entry of member 1 at place 3: not at the price of what it corrects"],
            "I10": ["entry of member 1 at place 3: agreement 1 is not one of partner 2"],
            REPRODUCED: ["statement 2026-03/bakery: issued as "],
        },
    ),
    (
        "UPDATE entry SET recorded_at = clock_timestamp() WHERE seq = 2",
        {"LE9": ["entry of member 1 at place 2: not what its hash"],
         "I10": ["entry of member 1 at place 2: recorded after period 2026-03 closed",
                 "use of lot 1 of member 1 at place 2: period 1 was not an open one of"]},
    ),
    (
        "UPDATE entry SET occurred_at = '2026-04-02' WHERE seq = 2",
        {"LE9": ["entry of member 1 at place 2: not what its hash"],
         "I10": ["entry of member 1 at place 2: recorded after period 2026-03 closed",
                 "use of lot 1 of member 1 at place 2: period 1 was not an open one of"]},
    ),
    (
        "UPDATE hold SET state = 'released', resolved_at = now() WHERE seq = 5",
        {"I11": ["balance of member 1: 30 held, open holds ",
                 "hold of member 1 at place 5: released, 30 points; 30 entered,"],
         "NW5": ["kind 4 of member 1 at place 5: 0 events, 1 postings"]},
    ),
    (
        "UPDATE hold SET state = 'held', resolved_at = NULL WHERE seq = 6",
        {"I11": ["balance of member 1: 30 held, open holds 70",
                 "hold of member 1 at place 6: held, 40 points; 40 entered, 25 captured, 15"]},
    ),
    (
        "DELETE FROM redemption WHERE seq = 2",
        {
            "I12": ["entry of member 1 at place 2: nobody asked for it"],
            "NW5": ["kind 6 of member 1 at place 2: 1 events, 0 postings"],
        },
    ),
    (
        "UPDATE redemption SET points = 199 WHERE seq = 2",
        {"I12": ["redemption of member 1 at place 2: 0 entries that say the same"]},
    ),
    (
        "UPDATE refund SET partner_id = 1",
        {"I12": ["refund of member 1 at place 3: 0 entries that say the same"]},
    ),
    (
        "UPDATE award_reversal SET points = 101, clawed_back = 101",
        {"I12": ["award of member 1 at place 1: 101 points reversed, 100 in entries"]},
    ),
    (
        (
            "INSERT INTO entry SELECT member_id, seq, 2, kind, debit, credit, points, partner_id,"
            " agreement_id, reverses, occurred_at, recorded_at, promotion_id, reverses_period_id,"
            " hash FROM entry WHERE seq = 4"
        ),
        {
            "LE9": ["entry of member 1 at place 4: not what its hash"],
            "I2": ["balance of member 1: points 715, held 30, owed 0; entries say 615, 30, 0"],
            "I10": ["use of lot 1 of member 1 at place 4: by partner 1 in period 1, for the"],
            "I12": ["award of member 1 at place 1: 100 points reversed, 200 in entries",
                    "member 1: 2 entries stand at place 4"],
        },
    ),
    (
        "UPDATE lot_use SET issuer_period_id = 9 WHERE seq = 2",
        {"I10": ["use of lot 1 of member 1 at place 2: by partner 2 in period 1, for the issuer",
                 "use of lot 1 of member 1 at place 2: period 9 was not an open one of"]},
    ),
    (
        "UPDATE balance SET head = sha256('mine')",
        {"LE9": ["balance of member 1: its head is not the hash of its last entry"]},
    ),
    (
        "UPDATE allowance SET granted = granted + 1",
        {"ST2": ["allowance 1 of partner 1: 50001 granted, 0 paid back, 900 used, 49100 left",
                 "packs of partner 1: 50001 points granted, 50000 bought"]},
    ),
    (
        "UPDATE allowance_use SET points = 1001 WHERE seq = 1",
        {"ST2": ["use of partner 1 by the entry of member 1 at place 1: 1001 points, the entry"],
         "settlement ST2": ["packs of partner 1: what is left of them is worth 39279, PREPAID "],
         REPRODUCED: ["statement 2026-03/grocer: issued as "]},
    ),
    (
        "UPDATE money_entry SET amount = amount + 1 WHERE source_kind = 'PACKS'",
        {"settlement ST2": [
            "packs of partner 1: what is left of them is worth 39280, PREPAID says 39281"
        ]},
    ),
    (
        "UPDATE money_entry SET amount = amount + 1 WHERE id = 1",
        {
            "settlement I1": ["statement 2026-03/grocer: 40000 USD to pay, its postings say 40001"],
            "settlement I1, line by line": [
                "statement 2026-03/grocer, line 1: 1000 from account 620 to 600, its money entries"
            ],
            "settlement I4": ["period 1 in USD: partners 39869, pool, taxes and the others -39870"],
        },
    ),
    (
        "UPDATE statement_line SET points = points + 1 WHERE statement_id = 1 AND line = 1",
        {"settlement I5": ["period 1, partner 1, ISSUANCE: 1000 points in entries, 1001 on the"]},
    ),
    (
        "UPDATE statement_line SET amount = amount + 1 WHERE statement_id = 1 AND line = 1",
        {
            "settlement I1, line by line": [
                "statement 2026-03/grocer, line 1: 1001 from account 620 to 600, its money entries"
            ],
            "settlement I7": ["statement 2026-03/grocer: issued 40000, redeemed 0, fees 0,"],
        },
    ),
    (
        "UPDATE net_position SET settled = settled + 1 WHERE partner_id = 1",
        {"settlement I16": ["netting of period 1: positions settled in USD sum to 1"]},
    ),
    (
        "UPDATE statement SET hash = '\\x00' WHERE id = 2",
        {REPRODUCED: ["statement 2026-03/bakery: issued as 00, entries give "]},
    ),
    (
        "UPDATE period_head SET entries = 1",
        {"settlement LE9": ["head of period 2026-03 of monthly@America/New_York: it "]},
    ),
]  # fmt: skip


async def _coalition(world: World) -> None:
    """A closed March with something of everything, and an award in April."""
    pack = {"code": "first", "bought_on": "2026-01-01", "points": "50000", "amount": "400"}
    await world.apply(brands=[a_grocer(prepaid={"packs": [pack]}), a_bakery()])
    ada = await world.enrol("Ada")
    first = await world.award("grocer", ada, "1000")  # at place 1 of her ledger
    spent = await world.redeem("bakery", ada, 200)  # 2
    await world.refund("bakery", spent, 50)  # 3
    await world.bring_back("grocer", first.place, "100")  # 4
    await world.hold("bakery", ada, 30)  # 5
    held = await world.hold("bakery", ada, 40)  # 6
    await world.capture("bakery", held, 25)  # 7, and 8 for what goes back
    world.now = world.now.replace(month=4)
    await world.close("2026-03")
    await world.approve("2026-03")
    await world.award("bakery", ada, "10")  # 9


async def _named(world: World) -> dict[str, list[str]]:
    """The rows that each law names."""
    found = {}
    for name, check in LAWS.items():
        async for one in broken_laws(world.database, [check]):
            found[name] = sorted(one.rows)
    found[REPRODUCED] = list((await settlement.unreproducible_statements(world.office)).rows)
    return {name: rows for name, rows in found.items() if rows}


@pytest.mark.parametrize(("change", "expected"), CASES, ids=[change for change, _ in CASES])
async def test_the_row_that_breaks_a_law_is_named_by_it(
    world: World, change: str, expected: dict[str, list[str]]
) -> None:
    await _coalition(world)
    await assert_books_balance(world)
    await world.corrupt(change)
    named = await _named(world)
    assert named.keys() == expected.keys()
    for law, rows in expected.items():
        assert len(named[law]) == len(rows), named[law]
        for row, start in zip(named[law], rows, strict=True):
            assert row.startswith(start)


def test_every_law_has_a_row_here_that_breaks_it() -> None:
    assert {law for _, expected in CASES for law in expected} == {*LAWS, REPRODUCED}


async def test_an_empty_coalition_breaks_no_law(world: World) -> None:
    await world.apply()
    await assert_books_balance(world)
