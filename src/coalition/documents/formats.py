"""The formats of a statement, each from the same signed content. Pure."""

import json
from dataclasses import dataclass
from datetime import datetime

from coalition.documents.as_csv import csv_of
from coalition.documents.as_pdf import statement_pdf
from coalition.documents.as_xlsx import xlsx_of
from coalition.documents.sheet import sheet_of
from coalition.documents.statements import StatementDocument


@dataclass(frozen=True, slots=True)
class Format:
    """`extension` is how its address and its file's name end."""

    extension: str
    media_type: str


FORMATS = {
    one.extension: one
    for one in (
        Format("json", "application/json"),
        Format("csv", "text/csv; charset=utf-8"),
        Format("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        Format("pdf", "application/pdf"),
    )
}


def rendered(document: StatementDocument, extension: str) -> bytes:
    """A statement's file in a format of `FORMATS`. The same document gives the same bytes."""
    if extension == "json":
        return document.file
    content = json.loads(document.content)
    if extension == "pdf":
        return statement_pdf(content)
    sheet = sheet_of(content)
    if extension == "csv":
        return csv_of(sheet)
    issued = datetime.fromisoformat(content["issuedAt"])
    return xlsx_of(sheet, issued_at=issued, decimals=content["decimals"])


def file_name(number: str) -> str:
    """A document's number as the name of a file: 2026-01/grocer is 2026-01_grocer."""
    return number.replace("/", "_")
