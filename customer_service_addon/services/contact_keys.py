"""Keys under which callers and objects are found, whatever way they were typed (I-02)."""

import re

import phonenumbers

NOT_A_DIGIT = re.compile(r"\D+")
NOT_ALPHANUMERIC = re.compile(r"[\W_]+")
TAIL = 8


def phone_e164(number, country_code):
    """Return ``number`` as E.164 (``+8613800138000``) or False when it is no possible number.

    ``country_code``: ISO code that numbers without prefix belong to, or None. ``00`` counts as ``+``.
    """
    text = (number or "").strip()
    if text.startswith("00"):
        text = f"+{text[2:]}"
    try:
        parsed = phonenumbers.parse(text, country_code or None)
    except phonenumbers.NumberParseException:
        return False
    if not phonenumbers.is_possible_number(parsed):
        return False
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def phone_tail(number):
    """Return the last eight digits: they agree with or without prefix. False when there are fewer than seven."""
    digits = NOT_A_DIGIT.sub("", number or "")
    return digits[-TAIL:] if len(digits) >= TAIL - 1 else False


def object_key(reference):
    """Return a serial number, plate or unit without spaces, dashes and case, or False when nothing is left."""
    return NOT_ALPHANUMERIC.sub("", reference or "").upper() or False
