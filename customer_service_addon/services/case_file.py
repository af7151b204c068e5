"""Read the file of cases to import; plain bytes in, rows of text and dates out, no ORM."""

import csv
import io
import zipfile
from datetime import date, datetime
from xml.etree.ElementTree import ParseError

import openpyxl

COLUMNS = (
    "number",
    "subject",
    "type",
    "stage",
    "customer_name",
    "email",
    "phone",
    "team",
    "owner",
    "channel",
    "object",
    "order",
    "description",
    "received_at",
    "answered_at",
    "solved_at",
    "closed_at",
    "resolution",
    "confirmation",
)
DATE_COLUMNS = ("received_at", "answered_at", "solved_at", "closed_at")
DATE_FORMATS = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y/%m/%d",
)
DELIMITERS = ",;\t"


class CaseFileError(Exception):
    """The file as a whole cannot be read: "unreadable", "empty", "columns" (with the names in ``detail``) or "long"."""

    def __init__(self, reason, detail=""):
        super().__init__(reason)
        self.reason = reason
        self.detail = detail


def read_case_rows(content, limit):
    """Return ``[(line number, {column: str or datetime})]`` of a CSV or XLSX file (bytes); empty lines are left out.

    CSV may be UTF-8 with or without byte order mark, or GBK. Raises CaseFileError, also for more than ``limit`` rows.
    """
    lines = _xlsx_lines(content) if zipfile.is_zipfile(io.BytesIO(content)) else _csv_lines(content)
    _number, head = next(lines, (0, ()))
    names = [str(cell or "").strip().lower().replace(" ", "_") for cell in head]
    if not any(names):
        raise CaseFileError("empty")
    if unknown := sorted({name for name in names if name and (name not in COLUMNS or names.count(name) > 1)}):
        raise CaseFileError("columns", ", ".join(unknown))
    rows = []
    for line, cells in lines:
        row = {name: _clean(cell) for name, cell in zip(names, cells, strict=False) if name}
        if any(row.values()):
            rows.append((line, row))
        if len(rows) > limit:
            raise CaseFileError("long")
    if not rows:
        raise CaseFileError("empty")
    return rows


def parse_moment(value):
    """Return a cell as naive local datetime, None when it is empty; raises ValueError when it is no date."""
    if not value:
        return None
    if isinstance(value, datetime):
        return value.replace(microsecond=0, tzinfo=None)
    for pattern in DATE_FORMATS:
        try:
            return datetime.strptime(value, pattern)
        except ValueError:
            continue
    raise ValueError(value)


def _csv_lines(content):
    text = _decode(content)
    first = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for cells in reader:
            yield reader.line_num, cells
    except csv.Error as error:
        raise CaseFileError("unreadable") from error


def _decode(content):
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise CaseFileError("unreadable")


def _xlsx_lines(content):
    try:
        workbook = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        yield from enumerate(workbook.worksheets[0].iter_rows(values_only=True), start=1)
    except (KeyError, ValueError, IndexError, OSError, ParseError, zipfile.BadZipFile) as error:
        raise CaseFileError("unreadable") from error


def _clean(cell):
    """Text without blanks around it; dates stay dates, whole numbers lose the ``.0`` a spreadsheet gives them."""
    if isinstance(cell, datetime):
        return cell
    if isinstance(cell, date):
        return datetime(cell.year, cell.month, cell.day)
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return "" if cell is None else str(cell).strip()
