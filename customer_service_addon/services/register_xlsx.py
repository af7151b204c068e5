"""The register ledger (台账) as a spreadsheet; plain data in, bytes out."""

import io
from datetime import date, datetime

import xlsxwriter

from .tabular import safe_cell

FIRST_ROW = 3
# Widths of the columns in signs, by what they hold.
WIDTHS = {"number": 8, "datetime": 17, "date": 12, "text": 22}


def ledger_xlsx(title, subtitle, head, rows):
    """Return the XLSX of one ledger.

    ``head``: labels of the columns; ``rows``: lists of str, number, date or naive local datetime.
    Text is written as text and cleaned by :func:`safe_cell`, so nothing typed by a customer becomes a formula.
    """
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(buffer, options) as workbook:
        sheet = workbook.add_worksheet()
        formats = _formats(workbook)
        sheet.write_string(0, 0, safe_cell(title), formats["title"])
        sheet.write_string(1, 0, safe_cell(subtitle))
        for column, label in enumerate(head):
            sheet.write_string(FIRST_ROW - 1, column, safe_cell(label), formats["head"])
            sheet.set_column(column, column, WIDTHS[_kind(row[column] for row in rows)])
        for line, row in enumerate(rows, start=FIRST_ROW):
            for column, value in enumerate(row):
                _write(sheet, line, column, value, formats)
        sheet.freeze_panes(FIRST_ROW, 2)
        sheet.autofilter(FIRST_ROW - 1, 0, max(FIRST_ROW - 1 + len(rows), FIRST_ROW), max(len(head) - 1, 0))
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(FIRST_ROW - 1)
    return buffer.getvalue()


def _formats(workbook):
    return {
        "title": workbook.add_format({"bold": True, "font_size": 14}),
        "head": workbook.add_format({"bold": True, "bg_color": "#E4E8EC", "border": 1, "text_wrap": True}),
        "text": workbook.add_format({"valign": "top", "text_wrap": True}),
        "number": workbook.add_format({"valign": "top"}),
        "date": workbook.add_format({"valign": "top", "num_format": "yyyy-mm-dd"}),
        "datetime": workbook.add_format({"valign": "top", "num_format": "yyyy-mm-dd hh:mm"}),
    }


def _kind(values):
    first = next((value for value in values if value not in ("", None, False)), "")
    if isinstance(first, datetime):
        return "datetime"
    if isinstance(first, date):
        return "date"
    return "number" if isinstance(first, (int, float)) else "text"


def _write(sheet, line, column, value, formats):
    if value in ("", None, False):
        return
    kind = _kind([value])
    if kind == "text":
        sheet.write_string(line, column, safe_cell(value), formats["text"])
    elif kind == "number":
        sheet.write_number(line, column, value, formats["number"])
    else:
        sheet.write_datetime(line, column, value, formats[kind])
