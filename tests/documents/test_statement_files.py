"""A statement as PDF, CSV, workbook and JSON: one content, the same totals in each."""

import csv
import io
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import openpyxl
import pytest
from pypdf import PdfReader

from coalition import documents
from coalition.documents.words import TOTALS
from tests.support import World, a_bakery, a_fuel, a_grocer

from .january import JANUARY, NEW_YORK, a_january, document_of


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


async def test_a_statement_is_made_once_and_read_ever_after(world: World) -> None:
    await a_january(world)
    first = await document_of(world, "grocer")
    files = {name: documents.rendered(first, name) for name in documents.FORMATS}
    # What changes afterwards is not what was issued.
    await world.apply(brands=[a_bakery(), a_grocer(name="Harvest Anew"), a_fuel()])
    again = await document_of(world, "grocer")
    assert again == first
    for name, file in files.items():
        assert documents.rendered(again, name) == file, name


async def test_the_pdf_is_tagged_and_says_its_language_and_no_other_time(world: World) -> None:
    await a_january(world)
    pdf = PdfReader(io.BytesIO(documents.rendered(await document_of(world, "grocer"), "pdf")))
    catalogue: Any = pdf.root_object
    assert catalogue["/MarkInfo"]["/Marked"]
    assert catalogue["/Lang"] == "en"
    assert catalogue["/StructTreeRoot"] is not None
    assert pdf.metadata is not None
    assert pdf.metadata.title == "Statement 2026-01/grocer"
    assert f"{pdf.metadata.creation_date:%Y-%m-%dT%H:%M}" == "2026-02-01T05:00"


async def test_a_statement_prints_what_proves_it_and_until_when_it_may_be_disputed(
    world: World,
) -> None:
    await a_january(world)
    document = await document_of(world, "grocer")
    said = json.loads(document.content)
    text = _text_of_pdf(documents.rendered(document, "pdf"))
    for value in (said["hash"], said["ledgerHead"], said["lineFile"]["sha256"],
                  f"Run {said['runId']}", "America/New_York", "until 2026-02-06"):  # fmt: skip
        assert value in text, value


async def test_no_text_of_a_statement_is_run_as_a_formula(world: World) -> None:
    await world.apply(brands=[a_bakery(), a_grocer(name="=1+1"), a_fuel()])
    world.now = datetime(2026, 1, 20, 12, tzinfo=NEW_YORK)
    await world.award("grocer", await world.enrol("Ada"), "100")
    world.now = datetime(2026, 2, 1, tzinfo=NEW_YORK)
    await world.close(JANUARY)
    document = await document_of(world, "grocer")
    rows = csv.reader(io.StringIO(documents.rendered(document, "csv").decode(), newline=""))
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "@", "+"))]
    book = openpyxl.load_workbook(io.BytesIO(documents.rendered(document, "xlsx")))
    cells = [cell for page in book for row in page.iter_rows() for cell in row]
    assert "=1+1" in [cell.value for cell in cells]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert "=1+1" in _text_of_pdf(documents.rendered(document, "pdf"))
