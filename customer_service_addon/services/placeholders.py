"""Plain replacement of ``{{name}}`` in texts that agents write. Nothing is ever evaluated."""

import re

_PLACEHOLDER = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_TAG = re.compile(r"(<[^>]*>)")


def unknown_placeholders(text, known):
    """Return what looks like a placeholder in ``text`` (str) but is none of ``known``, in order of appearance."""
    found = [f"{{{{{name}}}}}" for name in _PLACEHOLDER.findall(text) if name not in known]
    rest = _PLACEHOLDER.sub("", text)
    return found + [brace for brace in ("{{", "}}") if brace in rest]


def fill(text, values):
    """Return ``text`` with every ``{{name}}`` of ``values`` (``{name: str}``) replaced; the others stay.

    For HTML pass escaped values.
    """
    return _PLACEHOLDER.sub(lambda match: values.get(match.group(1), match.group(0)), text)


def generalise(text, values):
    """Return HTML ``text`` in which the ``values`` (``{name: escaped str}``) are placeholders again.

    Only text is looked at, never tags. Longer values go first, so that a full name is not taken apart; a value that
    is a part of a longer Latin word or number is left alone.
    """
    names = {}
    for name, value in values.items():
        if len(value) > 1:
            names.setdefault(value, name)
    if not names:
        return text
    options = "|".join(re.escape(value) for value in sorted(names, key=len, reverse=True))
    pattern = re.compile(rf"(?<![A-Za-z0-9])(?:{options})(?![A-Za-z0-9])")
    parts = _TAG.split(text)
    parts[::2] = [pattern.sub(lambda match: f"{{{{{names[match.group(0)]}}}}}", part) for part in parts[::2]]
    return "".join(parts)
