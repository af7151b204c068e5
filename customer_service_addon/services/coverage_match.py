"""Which free service period holds for a repair (R-12): comparing what people typed, without a database."""

import re
import unicodedata

_SPACES = re.compile(r"\s+")
_BESIDE_HAN = re.compile(r"\s*([\u4e00-\u9fff])\s*")


def reference_key(text):
    """Return ``text`` (object, contract …) as it is compared: width, case and spaces beside Han signs do not count."""
    key = unicodedata.normalize("NFKC", text or "").casefold().strip()
    return _BESIDE_HAN.sub(r"\1", _SPACES.sub(" ", key))


def _same_kind(left, right):
    return (left.isdigit() and right.isdigit()) or (
        left.isascii() and right.isascii() and left.isalpha() and right.isalpha()
    )


def is_within(prefix, key):
    """Return whether the object ``key`` is ``prefix`` or a part of it; both are keys.

    “building 3” contains “building 3-1202”, not “building 31”: a number or word is never cut in two.
    """
    if not key.startswith(prefix):
        return False
    return not prefix or len(key) == len(prefix) or not _same_kind(prefix[-1], key[len(prefix)])


def prefixes(key):
    """Return every beginning of ``key`` that could be the object of a free service period."""
    return [key[:end] for end in range(1, len(key) + 1) if is_within(key[:end], key)]
