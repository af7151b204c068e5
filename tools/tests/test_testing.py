import unittest
from unittest import mock

from devkit import testing
from devkit.selection import Selection


class TestBesideOtherApps(unittest.TestCase):
    def test_the_classes_exist(self):
        chosen = Selection.of(testing.BESIDE_THEM)
        self.assertEqual(chosen.expression, "")
        self.assertGreaterEqual(len(chosen.files), len(testing.BESIDE_THEM))

    def test_in_a_copy_and_only_in_complete_runs(self):
        with (
            mock.patch.object(testing, "databases") as databases,
            mock.patch.object(testing, "complaints", return_value=["a warning"]),
            mock.patch.object(testing.translations, "check", return_value=[]),
            mock.patch.object(testing.Run, "_pytest") as pytest,
            mock.patch.object(testing.Run, "_life_cycle"),
        ):
            for words, fast, expected in (([], False, True), ([], True, False), (["TestRework"], False, False)):
                databases.reset_mock()
                run = testing.Run(Selection.of(words), "cs_x", fast=fast, jobs=1)
                run._plain_phase()
                self.assertEqual(databases.copy.called, expected, words)
                if expected:
                    databases.copy.assert_called_once_with("cs_x", "cs_x_beside")
                    databases.drop.assert_called_once_with("cs_x_beside")
                    self.assertEqual(pytest.call_args.args[0], "cs_x_beside")
                    self.assertIn("a warning", run.complaints)
