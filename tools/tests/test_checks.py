import unittest

from devkit import checks


class TestChecks(unittest.TestCase):
    def test_untranslated_terms(self):
        text = (
            'msgid ""\nmsgstr ""\n"Language: zh_CN\\n"\n\n'
            '#: a\nmsgid "Case"\nmsgstr "个案"\n\n'
            '#: b\nmsgid "Open"\nmsgstr ""\n\n'
            '#, fuzzy\nmsgid "Team"\nmsgstr "团队"\n\n'
            '#: c\nmsgid ""\n"A long "\n"term"\nmsgstr ""\n"很长"\n\n'
            '#: d\nmsgid ""\n"Two "\n"lines"\nmsgstr ""\n\n'
            '#~ msgid "Gone"\n#~ msgstr ""\n'
        )
        self.assertEqual(checks.untranslated_terms(text), ["Open", "Team", "Two lines"])

    def test_long_parts(self):
        body = "    pass\n" * checks.LONGEST_METHOD
        self.assertEqual(checks.long_parts("a.py", "def short():\n    pass\n"), [])
        self.assertEqual(len(checks.long_parts("a.py", f"class A:\n  def long(self):\n{body}")), 1)
        self.assertEqual(len(checks.long_parts("a.py", "pass\n" * (checks.LONGEST_FILE + 1))), 1)

    def test_old_idioms(self):
        for line in (
            '<tree string="x">',
            'view_mode="tree,form"',
            "[('view', 'tree')]",
            "<field states='draft'/>",
            "self.env.cr.commit()",
        ):
            self.assertTrue(checks.OLD_IDIOMS.search(line), line)
        for line in (
            "Categories form a tree, for example",
            "_read_group(domain)",
            "def roster(states=())",
            'type="jsonrpc"',
        ):
            self.assertFalse(checks.OLD_IDIOMS.search(line), line)
