import contextlib
import io
import tempfile
import unittest
from pathlib import Path

from devkit import outcome
from devkit.outcome import Phase


class TestOutcome(unittest.TestCase):
    def _verdict(self, phases, complaints=()):
        text = io.StringIO()
        with contextlib.redirect_stdout(text):
            code = outcome.verdict(phases, complaints, 75)
        return code, text.getvalue().splitlines()

    def test_green(self):
        code, lines = self._verdict([Phase(0, passed=7), Phase(0, passed=2)])
        self.assertEqual(code, 0)
        self.assertEqual(lines[-1], "9 passed, 0 failed")
        self.assertEqual(lines[-2].strip("= "), "9 passed in 75.00s (0:01:15)")

    def test_red(self):
        for phases, complaints in (
            ([Phase(1, passed=7, failed=1)], ()),
            ([Phase(1, passed=7, errors=1)], ()),
            ([Phase(0, passed=7, skipped=1)], ()),
            ([Phase(0, passed=7), Phase(5)], ()),
            ([Phase(0, passed=7)], ["a warning in the log"]),
            ([Phase(-9)], ()),
            ([Phase(3, passed=7)], ()),
            ([], ()),
        ):
            with self.subTest(phases=phases):
                self.assertEqual(self._verdict(phases, complaints)[0], 1)

    def test_report(self):
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder, "report.json")
            self.assertEqual(outcome.read(report, -11).code, -11)
            report.write_text('{"passed": 5, "failed": 2, "errors": 1, "skipped": 1}')
            self.assertEqual(outcome.read(report, 1), Phase(1, 5, 2, 1, 1))
