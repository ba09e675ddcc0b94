"""A statement as PDF, CSV, workbook and JSON: one content, the same totals in each."""

import csv
import io
import json
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from pypdf import PdfReader

from coalition import documents
from coalition.access import load_keys
from coalition.documents.words import TOTALS
from tests.support import World, a_bakery, a_fuel, a_grocer

JANUARY = "2026-01"
NEW_YORK = ZoneInfo("America/New_York")


async def a_january(world: World) -> None:
    await world.apply(brands=[a_bakery(), a_grocer(), a_fuel()])
    world.now = datetime(2026, 1, 20, 12, tzinfo=NEW_YORK)
    ada = await world.enrol("Ada")
    award = await world.award("grocer", ada, "500")
    await world.award("grocer", ada, "120.50")
    spent = await world.redeem("bakery", ada, 310)
    await world.refund("bakery", spent, 60)
    await world.bring_back("grocer", award.place, "50")
    world.now = datetime(2026, 2, 1, tzinfo=NEW_YORK)
    await world.close(JANUARY)


async def document_of(world: World, brand: str) -> documents.StatementDocument:
    record = (await world.statements(JANUARY))[brand]
    keys = await load_keys(world.database)
    return (await documents.statement_documents(world.office, keys, [record]))[record.id]


def _totals_of_csv(file: bytes) -> Mapping[str, str]:
    rows = csv.DictReader(io.StringIO(file.decode(), newline=""))
    return {row["kind"]: row["amount"] for row in rows if row["record"] == "total"}


def _totals_of_workbook(file: bytes) -> Mapping[str, float]:
    page = openpyxl.load_workbook(io.BytesIO(file))["Statement"]
    found = {row[0].value: row[1].value for row in page.iter_rows()}
    return {name: found[words] for name, words in TOTALS.items()}


def _text_of_pdf(file: bytes) -> str:
    pages = PdfReader(io.BytesIO(file)).pages
    return "\n".join(page.extract_text() for page in pages).replace("\N{MINUS SIGN}", "-")


@pytest.mark.parametrize("brand", ["grocer", "bakery", "fuel"])
async def test_all_four_files_of_a_statement_have_the_same_totals(world: World, brand: str) -> None:
    await a_january(world)
    document = await document_of(world, brand)
    files = {name: documents.rendered(document, name) for name in documents.FORMATS}
    record = (await world.statements(JANUARY))[brand]
    totals = json.loads(files["json"])["statement"]["totals"]
    assert totals["net"] == str(record.net.amount)
    assert _totals_of_csv(files["csv"]) == totals
    assert _totals_of_workbook(files["xlsx"]) == {
        name: float(value) for name, value in totals.items()
    }
    text = _text_of_pdf(files["pdf"])
    for name, words in TOTALS.items():
        assert f"{words} {totals[name]} USD" in " ".join(text.split()), name
