"""A statement as CSV (RFC 4180): one table, whose first column says what a row is. Pure."""

import csv
import io
from decimal import Decimal

from coalition.documents.sheet import LINE_COLUMNS, Cell, Sheet
from coalition.kit.text import safe_cell


def csv_of(sheet: Sheet) -> bytes:
    """Rows of lines, stores, taxes, totals, points and facts. A text that a spreadsheet would run
    begins with an apostrophe.
    """
    text = io.StringIO()
    writer = csv.writer(text)

    def row(*cells: Cell) -> None:
        padded = [*cells, *[None] * (len(LINE_COLUMNS) + 1 - len(cells))]
        writer.writerow(map(_spelled, padded))

    row("record", *LINE_COLUMNS)
    for line in sheet.lines:
        row("line", *line)
    for place, store, entries, points, amount, currency in sheet.stores:
        row("store", place, None, store, None, None, None, points, None, None, amount, currency,
            entries)  # fmt: skip
    for document, mode, rate, base, vat, currency in sheet.taxes:
        # The base stands under "points", the rate under "price": both are what is multiplied.
        row("tax", None, document, mode, None, None, None, base, rate, None, vat, currency)
    for name, words, total in sheet.totals:
        row("total", None, name, words, None, None, None, None, None, None, total)
    for name, words, points in sheet.points:
        row("points", None, name, words, None, None, None, points)
    for name, words, value in sheet.facts:
        row("fact", None, name, f"{words}: {value}")
    return text.getvalue().encode()


def _spelled(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case Decimal():
            return f"{cell:f}"
        case int():
            return str(cell)
        case str():
            return safe_cell(cell)
