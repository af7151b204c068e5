"""Spreadsheet cells that are safe to open in any office program; no ORM."""

import re

# A spreadsheet program takes a cell that begins with one of these for a formula, also after it was saved as CSV.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
PHONE_NUMBER = re.compile(r"^\+[0-9][0-9 ()./-]*$")
# Signs that a spreadsheet file (XML) cannot hold.
CONTROL_SIGNS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def safe_cell(value):
    """Return ``value`` as it may stand in a spreadsheet.

    Text that would be run as a formula gets a leading apostrophe; international phone numbers stay as they are.
    Whatever is not text is returned unchanged, None and False become "".
    """
    if value is None or value is False:
        return ""
    if not isinstance(value, str):
        return value
    text = CONTROL_SIGNS.sub("", value)
    if text.lstrip(" \n").startswith(FORMULA_STARTS) and not PHONE_NUMBER.match(text):
        return f"'{text}"
    return text
