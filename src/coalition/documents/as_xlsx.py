"""A statement as a workbook: numbers as numbers, totals as values, no formulas. Pure."""

import io
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from coalition.documents.sheet import LINE_COLUMNS, STORE_COLUMNS, TAX_COLUMNS, Cell, Sheet

# A workbook's number is a binary float: beyond so many figures it would be another number.
_MOST_FIGURES = 15
_WIDE = 70
_NARROW = 16


def xlsx_of(sheet: Sheet, *, issued_at: datetime, decimals: int) -> bytes:
    """The same content gives the same bytes: no time but the one of the statement is in them."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False}) as book:
        book.set_properties({"title": sheet.facts[0][2], "created": issued_at})
        styles = _Styles(book, decimals)
        _statement(book.add_worksheet("Statement"), sheet, styles)
        _table(book.add_worksheet("Lines"), LINE_COLUMNS, sheet.lines, styles)
        _table(book.add_worksheet("VAT"), TAX_COLUMNS, sheet.taxes, styles)
        if sheet.stores:
            _table(book.add_worksheet("Stores"), STORE_COLUMNS, sheet.stores, styles)
    return file.getvalue()


class _Styles:
    def __init__(self, book: xlsxwriter.Workbook, decimals: int) -> None:
        money = "#,##0" + ("." + "0" * decimals if decimals else "")
        self.bold: Format = book.add_format({"bold": True})
        self.money: Format = book.add_format({"num_format": money})
        self.whole: Format = book.add_format({"num_format": "#,##0"})
        self.exact: Format = book.add_format({"num_format": "0.########"})

    def of(self, column: str, cell: Cell) -> Format | None:
        if column in {"amount", "base", "vat"}:
            return self.money
        if column == "points":
            return self.whole
        return self.exact if isinstance(cell, Decimal) else None


def _statement(page: Worksheet, sheet: Sheet, styles: _Styles) -> None:
    page.set_column(0, 0, 36)
    page.set_column(1, 1, _WIDE)
    place = 0
    for _, words, value in sheet.facts:
        page.write_string(place, 0, words, styles.bold)
        page.write_string(place, 1, value)
        place += 1
    for _, words, total in sheet.totals:
        place += 1
        page.write_string(place, 0, words, styles.bold)
        _write(page, (place, 1), total, styles.money)
    place += bool(sheet.points)
    for _, words, points in sheet.points:
        place += 1
        page.write_string(place, 0, words, styles.bold)
        _write(page, (place, 1), points, styles.whole)


def _table(
    page: Worksheet, columns: Sequence[str], rows: Sequence[Sequence[Cell]], styles: _Styles
) -> None:
    page.freeze_panes(1, 0)
    page.set_column(0, len(columns) - 1, _NARROW)
    for place, column in enumerate(columns):
        page.write_string(0, place, column, styles.bold)
    for row, cells in enumerate(rows, start=1):
        for place, cell in enumerate(cells):
            _write(page, (row, place), cell, styles.of(columns[place], cell))


def _write(page: Worksheet, at: tuple[int, int], cell: Cell, style: Format | None) -> None:
    match cell:
        case None:
            return
        case str():
            page.write_string(*at, cell, style)
        case _ if len(Decimal(cell).normalize().as_tuple().digits) > _MOST_FIGURES:
            page.write_string(*at, f"{cell:f}" if isinstance(cell, Decimal) else str(cell))
        case _:
            page.write_number(*at, float(cell), style)
