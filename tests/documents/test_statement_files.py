"""A statement as PDF, CSV, workbook and JSON: one content, the same totals in each."""

import csv
import io
import json
import re
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
    text = "\n".join(page.extract_text() for page in pages).replace("\N{MINUS SIGN}", "-")
    # Thousands are set apart there.
    return text.replace("\N{NARROW NO-BREAK SPACE}", "")


# What is bought, of which currency, at which prices; three minor units have three decimals.
CURRENCIES = {
    "JPY": ("1234567", "1.2500", "0.9000"),
    "USD": ("1234567.89", "0.0100", "0.0080"),
    "KWD": ("987654.321", "0.0031", "0.0023"),
}


@pytest.mark.parametrize("currency", CURRENCIES)
async def test_all_four_files_of_a_statement_have_the_same_totals(
    world: World, currency: str
) -> None:
    bought, issue, redeem = CURRENCIES[currency]
    own = {"currency": currency, "issue_price": issue, "redeem_price": redeem}
    await world.apply(
        brands=[a_grocer(**own, vat_mode="standard", vat_rate="0.055"), a_bakery(**own)]
    )
    world.now = datetime(2026, 1, 20, 12, tzinfo=NEW_YORK)
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, bought)
    await world.redeem("grocer", ada, 1517)
    await world.redeem("bakery", ada, 77)
    world.now = datetime(2026, 2, 1, 0, 0, 0, 58_982, tzinfo=NEW_YORK)
    await world.close(JANUARY)
    for brand in ("grocer", "bakery"):
        record = (await world.statements(JANUARY))[brand]
        files = await _files(world, brand)
        totals = json.loads(files["json"])["statement"]["totals"]
        assert (totals["net"], totals["payable"]) == (
            str(record.net.amount), str(record.payable.amount),
        )  # fmt: skip
        assert len(totals["net"].partition(".")[2]) == {"JPY": 0, "USD": 2, "KWD": 3}[currency]
        assert _totals_of_csv(files["csv"]) == totals
        assert _totals_of_workbook(files["xlsx"]) == {
            name: float(value) for name, value in totals.items()
        }
        text = " ".join(_text_of_pdf(files["pdf"]).split())
        for name, words in TOTALS.items():
            assert f"{words} {totals[name]} {currency}" in text, name


async def _files(world: World, brand: str) -> Mapping[str, bytes]:
    document = await document_of(world, brand)
    return {name: documents.rendered(document, name) for name in documents.FORMATS}


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
                  f"Run {said['runId']}", "America/New_York", "To be disputed by 2026-02-06",
                  "2026-02-01 05:00:00 UTC",
                  ):  # fmt: skip
        assert value in " ".join(text.split()), value


HOSTILE = [
    "=1+1", "+1", "-1+1", "@SUM(1)", "\t=1", '=HYPERLINK("http://x")', 'a,b\nc;"d"',
    "#emph[x] *b* $x^2$ `r` <l> // c", "= Head", '#import "/etc/passwd"', "#(1 / 0)", r"\u{41} \ x",
    "שלום", "مقهى", "寿司屋", "🍣", "a\u202eb", "bell\u0007", "</w:t><script>",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_of_a_statement_is_more_than_text(text: str) -> None:
    """Neither a formula, nor markup, nor a turn of what stands beside it."""
    content = _a_content()
    content["partner"]["name"] = content["programme"] = text
    content["lines"][0]["description"] = content["lines"][0]["promotion"] = text
    content["stores"][0]["store"] = content["paymentReference"] = text
    document = documents.StatementDocument(json.dumps(content).encode(), "..")
    rows = list(csv.reader(io.StringIO(documents.rendered(document, "csv").decode(), newline="")))
    cells = [cell for row in rows for cell in row]
    assert sum(text in cell for cell in cells) >= 5
    assert not [one for one in cells if re.match(r"[=+\-@\t\r]", one)
                and not re.fullmatch(r"-[\d.]+", one)]  # fmt: skip
    book = openpyxl.load_workbook(io.BytesIO(documents.rendered(document, "xlsx")))
    written = [cell for page in book for row in page.iter_rows() for cell in row]
    assert not [cell for cell in written if cell.data_type == "f"]
    # A workbook spells what XML cannot hold (ECMA-376, 22.4.2.4).
    assert text.replace("\u0007", "_x0007_") in [cell.value for cell in written]
    page = " ".join(_text_of_pdf(documents.rendered(document, "pdf")).split())
    shown = " ".join(text.translate({0x202E: "\ufffd", 7: "\ufffd"}).split())
    if text in {"寿司屋", "🍣"}:
        assert "\ufffd" * len(text) in page
        assert "Letters that these fonts lack are shown as" in page
    else:
        assert shown in page
    assert "Payable 4.79 USD" in page


def _a_content() -> dict[str, Any]:
    """A statement's content, of which only the form matters here."""
    line = {
        "line": 1, "kind": "ISSUANCE", "description": "Points issued", "points": "479",
        "price": "0.01", "share": "1", "amount": "4.79", "entries": 1,
        "agreementFrom": "2025-01-01T05:00:00Z", "originalPeriod": None, "promotion": None,
        "redeemer": None, "adjustment": None, "sha256": "00",
    }  # fmt: skip
    sums = dict.fromkeys(TOTALS, "0.00") | {"issued": "4.79", "net": "4.79", "payable": "4.79"}
    return {
        "number": "2026-01/grocer", "version": 1, "replaces": None, "programme": "Market Street",
        "language": "en", "operator": None,
        "partner": {"code": "grocer", "name": "Harvest Grocer", "legalEntity": None},
        "period": {"label": "2026-01", "calendar": "monthly@UTC", "timeZone": "UTC",
                   "startsAt": "2026-01-01T00:00:00Z", "endsAt": "2026-02-01T00:00:00Z"},
        "issuedAt": "2026-02-01T00:00:00Z", "disputeUntil": "2026-02-06", "runId": 1,
        "ledgerHead": None, "currency": "USD", "decimals": 2, "lines": [line], "taxes": [],
        "totals": sums, "balance": {"before": "0.00", "after": "4.79"}, "points": None,
        "stores": [{"line": 1, "store": "12", "entries": 1, "points": "479", "amount": "4.79"}],
        "netting": {"currency": None, "fxSource": None, "fxDate": None},
        "paymentReference": "2026-01/grocer", "hash": "00",
        "lineFile": {"rows": 1, "sha256": "00"},
    }  # fmt: skip
