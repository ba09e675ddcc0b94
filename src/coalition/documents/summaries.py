"""The summaries of a period's legal entities, and their files."""

import json
from decimal import Decimal
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from coalition.documents.as_csv import csv_of
from coalition.documents.as_pdf import compiled
from coalition.documents.as_xlsx import xlsx_of
from coalition.documents.invoices import invoices_of_period
from coalition.documents.sheet import Sheet
from coalition.documents.summary import EntitySummary, summary_content
from coalition.documents.words import FACTS, TOTALS
from coalition.ledger import Period
from coalition.partners import Terms
from coalition.settlement import (
    State,
    StatementFilter,
    StatementRecord,
    list_statements,
    positions_of,
)

Json = dict[str, Any]


async def entity_summaries(
    connection: AsyncConnection, terms: Terms, period: Period
) -> list[EntitySummary]:
    """By the entities' codes; none before the period's statements are out. The operator's to
    read: it adds up what its partners see one by one.
    """
    if not State(period.state).is_published:
        return []
    records = reversed(await list_statements(connection, StatementFilter(period_id=period.id)))
    positions = await positions_of(connection, period.id)
    bills: dict[int, list[str]] = {}
    for bill in await invoices_of_period(connection, period.id):
        bills.setdefault(bill.statement_id, []).append(bill.number)
    own: dict[str, list[StatementRecord]] = {}
    for one in records:
        entity = terms.partner(one.partner_id).entity
        if entity is not None:
            own.setdefault(entity.code, []).append(one)
    found = []
    for _, statements in sorted(own.items()):
        brands = {one.partner_id for one in statements}
        entity = terms.partner(statements[0].partner_id).entity
        if entity is not None:
            netted = [one for one in positions if one.partner_id in brands]
            found.append(EntitySummary(entity, period, statements, bills, netted))
    return found


def summary_file(summary: EntitySummary, terms: Terms, extension: str) -> bytes:
    """A summary's file in a format of `FORMATS`."""
    content = summary_content(summary, terms)
    if extension == "json":
        return content
    said: Json = json.loads(content)
    if extension == "pdf":
        totals = [
            [one["currency"], [[words, one["totals"][name]] for name, words in TOTALS.items()]]
            for one in said["currencies"]
        ]
        return compiled("summary", {"content": said, "totals": totals}, summary.issued_at)
    if extension == "csv":
        return csv_of(_sheet(said))
    decimals = max(one["decimals"] for one in said["currencies"])
    return xlsx_of(_sheet(said), issued_at=summary.issued_at, decimals=decimals)


def _sheet(said: Json) -> Sheet:
    """A row per statement and total, under the columns of a statement's lines."""
    names = {"number": said["number"], "programme": said["programme"],
             "legalEntity": said["legalEntity"]["name"], "vatId": said["legalEntity"]["vatId"],
             "period": said["period"]["label"], "timeZone": said["period"]["timeZone"],
             "issuedAt": said["issuedAt"]}  # fmt: skip
    return Sheet(
        facts=tuple((name, FACTS[name], value) for name, value in names.items() if value),
        totals=tuple(
            (f"{one['currency']}.{name}", f"{words}, {one['currency']}",
             Decimal(one["totals"][name]))
            for one in said["currencies"] for name, words in TOTALS.items()
        ),
        taxes=(),
        lines=tuple(
            (place, name, one["number"], None, None, one["brand"], None, None, None,
             Decimal(one["totals"][name]), one["currency"], None, one["hash"])
            for place, one in enumerate(said["statements"], start=1) for name in TOTALS
        ),
    )  # fmt: skip
