"""What a close and a netting come to, on a terminal: what a sum is made of is there to be seen."""

import io
import re
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from rich.console import Console
from rich.table import Table

from coalition.terminal import netting_table, period_table
from tests.disputes.lines import opened
from tests.support import World, a_bakery, a_grocer
from tests.support.brands import a_promotion

JANUARY = "2026-01"
MINUS = "\N{MINUS SIGN}"


def _printed(table: Table, width: int) -> list[str]:
    written = io.StringIO()
    Console(width=width, file=written).print(table)
    return written.getvalue().splitlines()


def _figure(text: str) -> Decimal:
    return Decimal(text.replace(",", "").replace(MINUS, "-"))


def _adds_up(steps: list[tuple[str, Decimal]]) -> None:
    """Whatever is added and taken off comes to each sum."""
    so_far = Decimal(0)
    for name, figure in steps:
        if name.startswith("="):
            assert figure == so_far, (name, steps)
        else:
            so_far += -figure if name.startswith(MINUS) else figure


@pytest.fixture
async def january(world: World) -> World:
    """A month in which every kind of sum is something: the grocer has a pack and shares a
    promotion, pays fees and VAT; the bakery is owed.
    """
    pack = {"code": "p1", "bought_on": "2026-01-02", "points": "1000", "amount": "10"}
    await world.apply(
        brands=[
            a_grocer(
                fee_per_point="0.0005", vat_mode="standard", vat_rate="0.21",
                prepaid={"packs": [pack], "alert": "0.5", "overdraft": "to_limit"},
                credit={"limit": "5000.00", "alert": "0.5"}, contract={"freeze": "exclude"},
            ),
            a_bakery(),
        ],
        promotions=[
            a_promotion(valid_from="2026-01-01", funded_by={"grocer": "60", "bakery": "40"})
        ],
    )  # fmt: skip
    world.now = datetime(2026, 1, 20, 17, tzinfo=UTC)
    ada = await world.enrol("Ada")
    award = await world.award("grocer", ada, "150000")
    await world.award("grocer", ada, "100", promotion="spring")
    await world.bring_back("grocer", award.place, "10")
    await world.redeem("bakery", ada, 400)
    world.now = datetime(2026, 2, 1, 17, tzinfo=UTC)
    await world.close(JANUARY)
    return world


async def test_a_close_adds_up_side_by_side_and_below_each_other(january: World) -> None:
    terms = await january.office.terms()
    found = list((await january.statements(JANUARY)).values())
    wide = _printed(period_table(JANUARY, found, terms, width=120), 120)
    (head,) = [one for one in wide if "= net" in one]
    names = [one.strip() for one in head.strip("\u2503 ").split("\u2503")]
    assert names[4:] == [
        "issued", "+ fees", f"{MINUS} redeemed", "= net", "+ VAT", "= to pay",
    ]  # fmt: skip
    (row,) = [one for one in wide if "Harvest Grocer" in one]
    cells = [one.strip() for one in row.strip("\u2502 ").split("\u2502")]
    # 150,000 given and 10 taken back, and 60 of 100 shared ones.
    assert cells[1:4] == ["150,590", "0", "USD"]
    _adds_up([(name, _figure(cell)) for name, cell in zip(names[4:], cells[4:], strict=True)])

    narrow = _printed(period_table(JANUARY, found, terms, width=80), 80)
    assert not any("\u2026" in one for one in (*wide, *narrow)), "a figure was cut off"
    steps = []
    for one in narrow[narrow.index(next(one for one in narrow if "Harvest" in one)) + 2 :]:
        cells = [cell.strip() for cell in one.strip("\u2502").split("\u2502")]
        if len(cells) != 3:
            break
        steps.append((cells[1], _figure(cells[2].removesuffix(" USD"))))
    assert [name for name, _ in steps] == names[4:]
    _adds_up(steps)


async def test_a_netting_adds_up_to_what_is_paid_with_what_is_held_back(january: World) -> None:
    dispute = await opened(january, amount=Decimal("40.00"))
    assert dispute.amount.minor == 4_000
    terms = await january.office.terms()
    approved = await january.approve(JANUARY)
    lines = _printed(netting_table(JANUARY, approved.positions, terms), 80)
    (head,) = [one for one in lines if "brand" in one]
    names = [one.strip() for one in head.strip("\u2503 ").split("\u2503")]
    assert names[1:] == ["net", "+ VAT", f"{MINUS} held back", "= to pay"]
    for brand, held in (("Harvest Grocer", "40.00"), ("Corner Bakery", "0.00"), ("The pool", None)):
        (row,) = [one for one in lines if brand in one]
        cells = [re.sub(r" USD", "", one).strip() for one in row.strip("\u2502 ").split("\u2502")]
        assert held in {None, cells[3]}
        _adds_up([(name, _figure(cell)) for name, cell in zip(names[1:], cells[1:], strict=True)])
