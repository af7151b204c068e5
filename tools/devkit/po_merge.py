"""Runs inside the Python environment: python po_merge.py TEMPLATE EXISTING TARGET

Write TARGET with the terms of TEMPLATE, in its order, and the translations of EXISTING for them.
"""

import sys
from pathlib import Path

import polib


def merge(template, existing):
    """Give every entry of ``template`` its translation of ``existing``, and take over the header."""
    known = {(entry.msgctxt, entry.msgid): entry for entry in existing}
    for entry in template:
        found = known.get((entry.msgctxt, entry.msgid))
        if found:
            entry.msgstr, entry.msgstr_plural, entry.tcomment = found.msgstr, found.msgstr_plural, found.tcomment
            entry.flags += [flag for flag in found.flags if flag not in entry.flags]
    template.header, template.metadata = existing.header, existing.metadata
    return template


def main(template, existing, target):
    known = polib.pofile(existing) if Path(existing).exists() else polib.pofile(template)
    if not Path(existing).exists():
        known.metadata.update({"Language": Path(target).stem, "Plural-Forms": "nplurals=1; plural=0;"})
    merge(polib.pofile(template), known).save(target)


if __name__ == "__main__":
    main(*sys.argv[1:])
