"""Invoices have numbers without gaps, whatever fails on the way, and add up to the statements."""

import asyncio
import csv
import io
import json
from datetime import datetime

import openpyxl
import pytest
from pypdf import PdfReader

from coalition import documents, settlement
from coalition.kit.database import EVERYTHING
from tests.support import World, assert_books_balance, nothing_moves

from .january import JANUARY, NEW_YORK, a_january


async def _invoices(world: World, label: str = JANUARY) -> list[documents.Invoice]:
    period = await world.period(label)
    async with world.database.reading(EVERYTHING) as connection:
        return await documents.invoices_of_period(connection, period.id)


async def test_a_final_period_has_an_invoice_for_each_side_of_each_statement(world: World) -> None:
    await a_january(world, vat_mode="standard", vat_rate="0.21", fee_per_point="0.001")
    assert await _invoices(world) == []
    await world.approve(JANUARY)
    statements = await world.statements(JANUARY)
    codes = {one.id: code for code, one in statements.items()}
    found = {(codes[one.statement_id], one.type_code): one for one in await _invoices(world)}
    assert set(found) == {("grocer", 380), ("bakery", 389)}
    bill, own = found["grocer", 380], found["bakery", 389]
    grocer = statements["grocer"]
    assert bill.net.minor == grocer.issued.minor + grocer.fees.minor
    assert bill.vat == grocer.vat_issued
    assert own.total == statements["bakery"].redeemed
    assert (bill.number, own.number) == ("INV-000001", "SB-bakery-inc-000001")
    await assert_books_balance(world)


async def test_all_files_of_an_invoice_have_the_same_totals_and_are_the_same_again(
    world: World,
) -> None:
    await a_january(world, vat_mode="standard", vat_rate="0.21")
    await world.approve(JANUARY)
    (bill,) = [one for one in await _invoices(world) if one.type_code == 380]
    files = {name: documents.invoice_file(bill, name) for name in documents.FORMATS}
    said = json.loads(files["json"])["totals"]
    assert said == {"net": str(bill.net.amount), "vat": str(bill.vat.amount),
                    "total": str(bill.total.amount)}  # fmt: skip
    rows = csv.DictReader(io.StringIO(files["csv"].decode(), newline=""))
    assert {row["kind"]: row["amount"] for row in rows if row["record"] == "total"} == said
    page = openpyxl.load_workbook(io.BytesIO(files["xlsx"]))["Statement"]
    cells = {row[0].value: row[1].value for row in page.iter_rows()}
    assert [cells["Net"], cells["VAT"], cells["Total"]] == [
        float(said[name]) for name in ("net", "vat", "total")
    ]
    text = " ".join(
        " ".join(one.extract_text().split()) for one in PdfReader(io.BytesIO(files["pdf"])).pages
    )
    assert f"Net {said['net']} USD VAT {said['vat']} USD Total {said['total']} USD" in text
    assert files == {name: documents.invoice_file(bill, name) for name in documents.FORMATS}


async def test_returns_above_what_was_given_make_a_credit_note(world: World) -> None:
    await a_january(world)
    world.now = datetime(2026, 2, 10, 12, tzinfo=NEW_YORK)
    (place,) = await world.rows("SELECT member_id, seq FROM award ORDER BY seq LIMIT 1 OFFSET 1")
    await world.bring_back("grocer", (int(str(place[0])), int(str(place[1]))))
    world.now = datetime(2026, 3, 1, tzinfo=NEW_YORK)
    await world.close("2026-02")
    await world.approve("2026-02")
    (note,) = await _invoices(world, "2026-02")
    assert (note.type_code, note.number) == (381, "CN-000001")
    statement = (await world.statements("2026-02"))["grocer"]
    assert note.total.minor == -statement.issued.minor > 0


async def test_a_corrected_run_makes_a_credit_note_and_a_new_invoice(world: World) -> None:
    await a_january(world)
    # A line that was calculated wrongly, as a fault of ours would have written it.
    await world.corrupt(
        "UPDATE statement_line SET amount = amount + 1 WHERE kind = 'ISSUANCE'",
        "UPDATE statement SET issued = issued + 1, net = net + 1, hash = sha256(hash)"
        " WHERE issued > 0",
        "UPDATE money_entry SET amount = amount + 1 WHERE line = 1 AND debit = 600",
    )
    await settlement.correct_statements(
        world.office, actor=world.operator(client="corrector"), label=JANUARY,
        reason="a cent too much", now=world.now,
    )  # fmt: skip
    await world.approve(JANUARY)
    bills = [one for one in await _invoices(world) if one.type_code in {380, 381}]
    assert [(one.type_code, one.number) for one in bills] == [
        (380, "INV-000001"), (381, "CN-000001"), (380, "INV-000002"),
    ]  # fmt: skip
    wrong, back, right = bills
    assert back.corrects == wrong.id
    assert back.total == wrong.total
    assert right.total.minor == wrong.total.minor - 1
    assert documents.invoice_content(back)["corrects"] == wrong.number


async def test_periods_that_become_final_at_once_share_no_number_and_leave_none_out(
    world: World,
) -> None:
    await a_january(world)
    months = [JANUARY]
    for month in (2, 3, 4, 5):
        world.now = datetime(2026, month, 20, 12, tzinfo=NEW_YORK)
        ada = await world.enrol(f"Ada {month}")
        await world.award("grocer", ada, "100")
        world.now = datetime(2026, month + 1, 1, tzinfo=NEW_YORK)
        months.append(f"2026-{month:02}")
        await world.close(months[-1])
    await asyncio.gather(*(world.approve(one) for one in months), *(world.approve(one)
                         for one in months))  # fmt: skip
    rows = await world.rows(
        "SELECT series, array_agg(place ORDER BY place) FROM invoice GROUP BY 1"
    )
    assert {str(row[0]): row[1] for row in rows} == {"INV": [1, 2, 3, 4, 5], "SB-bakery-inc": [1]}


async def test_what_dies_before_it_is_final_takes_no_number(world: World) -> None:
    await a_january(world)
    dying = world.superuser.transaction()
    await dying.start()
    await world.superuser.execute(
        "SELECT books.number_invoices((SELECT id FROM period WHERE label = $1))", JANUARY
    )
    approving = asyncio.create_task(world.approve(JANUARY))
    # The approval waits for the numbers that the dying one has taken.
    done, _ = await asyncio.wait([approving], timeout=0.3)
    assert not done
    await dying.rollback()
    await approving
    rows = await world.rows(
        "SELECT series, array_agg(place ORDER BY place) FROM invoice GROUP BY 1"
    )
    assert {str(row[0]): row[1] for row in rows} == {"INV": [1], "SB-bakery-inc": [1]}


async def test_an_invoice_is_never_changed(world: World) -> None:
    await a_january(world)
    await world.approve(JANUARY)
    async with nothing_moves(world):
        for change in ("UPDATE invoice SET number = 'X'", "DELETE FROM invoice"):
            with pytest.raises(Exception, match=r"append|never|not allowed|only added"):
                await world.superuser.execute(change)
        assert (await world.approve(JANUARY)).already_final
