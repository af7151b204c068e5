import tempfile
import unittest
from pathlib import Path
from unittest import mock

from devkit import base, selection
from devkit.selection import Selection


class TestSelection(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        root = Path(folder.name)
        (root / "cs_x" / "tests").mkdir(parents=True)
        for name in ("__manifest__.py", "tests/test_case.py", "tests/test_demo.py"):
            (root / "cs_x" / name).touch()
        (root / "cs_x" / "tests" / "test_flow.py").write_text("class TestFlow(TransactionCase):\n    pass\n")
        for module in (base, selection):
            patcher = mock.patch.object(module, "ROOT", root)
            patcher.start()
            self.addCleanup(patcher.stop)

    def test_nothing_means_everything(self):
        self.assertFalse(Selection.of([]))
        self.assertEqual(selection.all_demo_files(), ["cs_x/tests/test_demo.py"])

    def test_words(self):
        chosen = Selection.of(["test_case", "test_demo.py::TestDemo", "TestFlow", "closes"], "call and not print")
        self.assertEqual(chosen.plain_files(), ["cs_x/tests/test_case.py", "cs_x/tests/test_flow.py::TestFlow"])
        self.assertEqual(chosen.demo_files(), ["cs_x/tests/test_demo.py::TestDemo"])
        self.assertEqual(chosen.expression, "(call and not print) or closes")

    def test_missing_file(self):
        for word in ("test_gone.py", "cs_x/tests/test_gone.py", "test_gone::TestCase"):
            with self.assertRaises(base.Failure):
                Selection.of([word])
