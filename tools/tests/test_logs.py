import tempfile
import unittest
from pathlib import Path
from unittest import mock

from devkit import logs

LOG = """\
Running as user 'root' is a security risk.
2026-01-01 08:00:00,000 7 INFO db odoo.modules.loading: WARNING in the text only
2026-01-01 08:00:00,000 7 WARNING db odoo.modules.loading: Running as user 'root' is a security risk
2026-01-01 08:00:00,000 7 WARNING db odoo.models: selection attribute will be ignored
2026-01-01 08:00:00,000 7 ERROR ? odoo.sql_db: bad query: DELETE
Traceback (most recent call last):
"""


class TestLogs(unittest.TestCase):
    def test_complaints(self):
        with tempfile.TemporaryDirectory() as folder, mock.patch.object(logs, "LOGS", Path(folder)):
            Path(folder, "a.log").write_text(LOG)
            self.assertEqual([line[-8:] for line in logs.complaints("a.log")], [" ignored", ": DELETE"])
            self.assertEqual(logs.complaints("none.log"), [])
