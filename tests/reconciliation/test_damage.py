"""A true file, damaged by chance: what is found is the damage and nothing else."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coalition import earning, redemption
from tests.reconciliation.books import PartnerFile, Row, at, items, reconcile, summary, true_file
from tests.support import World, a_bakery, a_grocer

Damage = Callable[[Row, int], tuple[list[Row], list[str]]]
STORES = [{"code": "north", "name": "North"}, {"code": "south", "name": "South"}]


def _changed(row_class: str, change: Callable[[Row, int], Row]) -> Damage:
    return lambda row, by: ([row | change(row, by)], [row_class])


def _other_points(row: Row, by: int) -> Row:
    return {"points": str(int(row["points"]) + by)}


def _other_amount(row: Row, by: int) -> Row:
    return {"amount": f"{row['amount'].partition('.')[0]}.{by:02}"}


def _stranger(row: Row, _: int) -> tuple[list[Row], list[str]]:
    found = ["UNKNOWN_MEMBER"]
    if row["kind"] in {"REDEMPTION", "REFUND"}:
        # Their references come twice, so they are not looked for without their member.
        found.append("MISSING_AT_PARTNER")
    return [row | {"card": "nobody"}], found


def _in_parts(row: Row, by: int) -> tuple[list[Row], list[str]]:
    whole, points = int(row["amount"].partition(".")[0]), int(row["points"])
    first = f"{whole // 3}.13"
    second = f"{whole // 4}.31"
    rest = whole * 100 - (whole // 3 * 100 + 13)
    parts = [(first, points // 3)]
    if by % 2:
        rest -= whole // 4 * 100 + 31
        parts.append((second, points // 4))
    parts.append((f"{rest // 100}.{rest % 100:02}", points - sum(part[1] for part in parts)))
    return [
        row | {"reference": f"{row['reference']}-part-{place}", "amount": amount,
               "points": str(share)}
        for place, (amount, share) in enumerate(parts)
    ], ["MATCHED"]  # fmt: skip


OF_ANY: dict[str, Damage] = {
    "dropped": lambda _, __: ([], ["MISSING_AT_PARTNER"]),
    "told twice": lambda row, _: ([row, row], ["DUPLICATE_IN_FILE"]),
    "points": _changed("POINTS_MISMATCH", _other_points),
    "currency": _changed("CURRENCY_MISMATCH", lambda _, __: {"currency": "EUR"}),
    "status": _changed("STATUS_MISMATCH", lambda _, __: {"status": "RETURNED"}),
    "period": _changed("TIMING", lambda _, by: {"occurredAt": f"2026-02-{by % 20 + 1:02}T09:00Z"}),
    "store": _changed("UNKNOWN_STORE", lambda _, __: {"store": "nowhere"}),
    "member": _stranger,
}
OF_PURCHASES: dict[str, Damage] = OF_ANY | {
    "amount": _changed("AMOUNT_MISMATCH", _other_amount),
    "renamed": _changed("MATCHED", lambda row, _: {"reference": f"x-{row['reference']}"}),
    "in parts": _in_parts,
}
NAMES = sorted(OF_PURCHASES)
_STEPS = st.lists(
    st.tuples(st.integers(0, 40), st.sampled_from(NAMES), st.integers(1, 99)),
    max_size=8, unique_by=lambda step: step[0],
)  # fmt: skip


async def _march(world: World) -> PartnerFile:
    """Five members, each with purchases, a partial return, a redemption and a partial refund."""
    await world.apply(
        brands=[a_grocer(stores=STORES, reconciliation={"time_window_minutes": "5000"}), a_bakery()]
    )
    amounts = count(101, 37)
    for number in range(5):
        member = await world.enrol(f"member {number}", brand="grocer")
        for day in (2, 4, 6, 8):
            amount = next(amounts)
            bought = world.purchase("grocer", f"{amount}.00", at=at(day, number))
            bought = replace(bought, store_code=("north", "south", None)[day % 3])
            (given_,) = await earning.award_points(
                world.office, actor=world.actor("grocer"), now=world.now,
                requests=[earning.AwardRequest(f"a-{amount}", member.ref, bought)],
            )  # fmt: skip
        assert given_.place is not None
        await world.bring_back("grocer", given_.place, f"{20 + number}.00", at=at(9, number))
        spent = await redemption.redeem_points(
            world.office, actor=world.actor("grocer"), now=world.now,
            request=redemption.SpendRequest(f"r-{number}", member.ref, 50 + number,
                                            f"basket-{number}", occurred_at=at(10, number)),
        )  # fmt: skip
        await world.refund("grocer", spent.place, 7 + number, at=at(11, number))
    return await true_file(world)


def _damaged(rows: list[Row], steps: list[tuple[int, str, int]]) -> tuple[list[Row], Counter[str]]:
    told, expected = {place: [row] for place, row in enumerate(rows)}, Counter[str]()
    for number, name, by in steps:
        place = number % len(rows)
        row = rows[place]
        damages = OF_PURCHASES if row["kind"] == "AWARD" else OF_ANY
        if name in damages and told[place] == [row]:
            told[place], found = damages[name](row, by)
            expected.update(found)
    return [row for group in told.values() for row in group], expected


@dataclass
class Books:
    world: World
    file: PartnerFile
    sequences: Iterator[int]


@pytest.fixture
async def books(world: World) -> Books:
    """One coalition for all examples: each sends a file that corrects the one before."""
    return Books(world, await _march(world), count(1))


@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(steps=_STEPS, order=st.randoms(use_true_random=False))
async def test_what_is_found_is_the_damage(
    books: Books, steps: list[tuple[int, str, int]], order: Random
) -> None:
    rows, expected = _damaged(list(books.file.rows), steps)
    order.shuffle(rows)
    sent = books.file.but(rows=rows, sequence=next(books.sequences))
    file_id = await reconcile(books.world, sent)
    found = await items(books.world, file_id)
    assert Counter(one.row_class.value for one in found) == expected
    said = await summary(books.world, file_id)
    for side, gives, takes_back in (
        ("ISSUED", "AWARD", "RETURN"), ("REDEEMED", "REDEMPTION", "REFUND"),
    ):  # fmt: skip
        identity = said.identities[side]
        assert identity.closes
        assert identity.ledger == _total(books.file.rows, gives, takes_back)
        assert identity.file == _total(rows, gives, takes_back)


def _total(rows: Sequence[Row], gives: str, takes_back: str) -> int:
    signs = {gives: 1, takes_back: -1}
    return sum(
        signs.get(row["kind"], 0) * int(row["points"])
        for row in rows
        if row.get("status") != "RETURNED"
    )
