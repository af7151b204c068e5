import unittest

import polib
from devkit import po_merge


class TestPoMerge(unittest.TestCase):
    def test_merge(self):
        template = polib.POFile()
        template += [polib.POEntry(msgid=text, occurrences=[("a", "1")]) for text in ("New", "Case")]
        existing = polib.POFile()
        existing.metadata = {"Language": "zh_CN"}
        existing += [polib.POEntry(msgid="Case", msgstr="个案"), polib.POEntry(msgid="Gone", msgstr="无")]
        merged = po_merge.merge(template, existing)
        self.assertEqual([(entry.msgid, entry.msgstr) for entry in merged], [("New", ""), ("Case", "个案")])
        self.assertEqual(merged.metadata, {"Language": "zh_CN"})
