"""Several brands of one legal entity: a summary whose sums are those of their statements."""

import csv
import io
import json
from collections import Counter
from datetime import datetime
from decimal import Decimal

import openpyxl
from pypdf import PdfReader

from coalition.documents.words import TOTALS
from tests.support import World, a_bakery, a_florist, a_fuel, a_grocer, nothing_moves
from tests.support.edge import edge_of

from .january import JANUARY, NEW_YORK

_SUMMARIES = """{ settlementPeriod(label: "2026-01") { summaries { code name statements
  totals { currency issued { amount } redeemed { amount } net { amount } vatIssued { amount }
    vatRedeemed { amount } payable { amount } }
  documents { kind url sha256 } } } }"""


async def _a_month_of_an_entity(world: World) -> dict[str, str]:
    """The grocer, the fuel stations and (in euro) the florist belong to Harvest."""
    own = {"legal_entity": "harvest", "vat_mode": "standard", "vat_rate": "0.21"}
    applied = await world.apply(
        brands=[a_grocer(**own), a_fuel(**own), a_florist(**own), a_bakery()]
    )
    world.now = datetime(2026, 1, 20, 12, tzinfo=NEW_YORK)
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "333.33")
    await world.award("fuel", ada, "77.77")
    await world.award("florist", ada, "59.90")
    await world.redeem("fuel", ada, 37)
    await world.redeem("florist", ada, 101)
    await world.redeem("bakery", ada, 13)
    world.now = datetime(2026, 2, 1, tzinfo=NEW_YORK)
    await world.close(JANUARY)
    return dict(applied.new_secrets)


async def test_a_summary_has_the_sums_of_its_statements_in_every_file(world: World) -> None:
    secrets = await _a_month_of_an_entity(world)
    await world.approve(JANUARY)
    statements = await world.statements(JANUARY)
    sums: Counter[tuple[str, str]] = Counter()
    for brand in ("grocer", "fuel", "florist"):
        one = statements[brand]
        for name in ("issued", "redeemed", "net", "vat_issued", "vat_redeemed", "payable"):
            sums[one.net.currency, name] += getattr(one, name).minor
    async with edge_of(world, secrets) as edge:
        (bakery, harvest) = (await edge.ask("operator", _SUMMARIES))["summaries"]
        assert (bakery["code"], harvest["code"]) == ("bakery-inc", "harvest")
        assert harvest["statements"] == ["2026-01/grocer", "2026-01/fuel", "2026-01/florist"]
        said = {
            (one["currency"], name): Decimal(one[there]["amount"]) * 100
            for one in harvest["totals"]
            for name, there in (
                ("issued", "issued"), ("redeemed", "redeemed"), ("net", "net"),
                ("vat_issued", "vatIssued"), ("vat_redeemed", "vatRedeemed"),
                ("payable", "payable"),
            )
        }  # fmt: skip
        assert said == sums
        bearer = {"Authorization": f"Bearer {await edge.token('operator')}"}
        answers = [await edge.http.get(one["url"], headers=bearer) for one in harvest["documents"]]
        assert {one.status_code for one in answers} == {200}
        as_json, as_csv, as_xlsx, as_pdf = (one.content for one in answers)
        # The same bytes again.
        again = await edge.http.get(harvest["documents"][3]["url"], headers=bearer)
        assert again.content == as_pdf
    content = json.loads(as_json)
    totals = {one["currency"]: one["totals"] for one in content["currencies"]}
    assert Decimal(totals["USD"]["payable"]) * 100 == sums["USD", "payable"]
    assert [one["settled"] for one in content["netting"]] == [
        str(statements[one].payable.amount) for one in ("florist", "grocer", "fuel")
    ]
    assert content["statements"][0]["invoices"] == ["INV-000001"]
    rows = list(csv.DictReader(io.StringIO(as_csv.decode(), newline="")))
    in_csv = {row["kind"]: row["amount"] for row in rows if row["record"] == "total"}
    book = openpyxl.load_workbook(io.BytesIO(as_xlsx))["Statement"]
    in_book = {row[0].value: row[1].value for row in book.iter_rows()}
    pdf = PdfReader(io.BytesIO(as_pdf))
    assert pdf.root_object["/StructTreeRoot"] is not None
    text = " ".join(" ".join(page.extract_text() for page in pdf.pages).split())
    text = text.replace("\N{MINUS SIGN}", "-")
    for currency, of_currency in totals.items():
        for name, words in TOTALS.items():
            assert in_csv[f"{currency}.{name}"] == of_currency[name]
            assert in_book[f"{words}, {currency}"] == float(of_currency[name])
            assert f"{words} {of_currency[name]} {currency}" in text


async def test_a_summary_is_the_operators(world: World) -> None:
    """A brand's token is that brand's: what its sisters come to is not told."""
    secrets = await _a_month_of_an_entity(world)
    async with edge_of(world, secrets) as edge, nothing_moves(world):
        (_, harvest) = (await edge.ask("operator", _SUMMARIES))["summaries"]
        refused = (await edge.post("grocer-till", _SUMMARIES)).json()
        assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"
        answers = []
        bearer = {"Authorization": f"Bearer {await edge.token('grocer-till')}"}
        for url in (harvest["documents"][0]["url"], "/summaries/smy_x.json"):
            answer = await edge.http.get(url, headers=bearer)
            (error,) = answer.json()["errors"]
            del error["extensions"]["requestId"]
            answers.append((answer.status_code, error))
        assert answers[0] == answers[1]
        assert answers[0][0] == 404


async def test_an_open_period_has_no_summary(world: World) -> None:
    applied = await world.apply()
    world.now = datetime(2026, 1, 20, 12, tzinfo=NEW_YORK)
    await world.award("grocer", await world.enrol("Ada"), "10")
    async with edge_of(world, applied.new_secrets) as edge:
        assert (await edge.ask("operator", _SUMMARIES))["summaries"] == []
