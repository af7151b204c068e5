import base64
import io

from openpyxl import load_workbook

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common_complaint import CsComplaintCommon
from .test_report import PrintCommon, pdf_text


@tagged("post_install", "-at_install")
class TestComplaintLedger(PrintCommon, CsComplaintCommon):
    """The complaint ledger (客户投诉台账; C-03), printed and as spreadsheet, within the rights of its reader."""

    def setUp(self):
        super().setUp()
        self.complaint = self.open_complaint(subject="刹车异响 brakes")
        self.triage(self.complaint)
        self.other = self.open_complaint(subject="Late bus")

    def _ledger(self, user=None, **vals):
        wizard = self.env["cs.register.wizard"].with_user(user or self.agent)
        values = {"kind": "complaints", "date_from": "2026-05-01", "date_to": "2026-06-30", **vals}
        return wizard.create(values)

    def _rows(self, ledger):
        ledger.action_export()
        sheet = load_workbook(io.BytesIO(base64.b64decode(ledger.file))).active
        return [[cell.value for cell in row] for row in sheet.iter_rows(min_row=3)]

    def test_spreadsheet_holds_the_file(self):
        head, *rows = self._rows(self._ledger())
        self.assertEqual(len(rows), 2)
        first = dict(zip(head, rows[0], strict=True))
        self.assertEqual(first["Number"], self.complaint.name)
        self.assertEqual(first["Subject"], "刹车异响 brakes")
        self.assertEqual(first["Leading Department"], "Workshop")
        self.assertEqual(first["Level"], self.level.display_name)

    def test_grouped_by_level(self):
        printed = self._ledger(group_by="type")._printed()
        self.assertEqual(sum(len(rows) for _label, rows in printed["groups"]), 2)
        self.assertIn(self.level.display_name, [label for label, _rows in printed["groups"]])

    def test_printed_ledger_as_pdf(self):
        text = pdf_text(self.print_pdf("register_ledger", self._ledger()))
        for expected in ("ComplaintLedger", self.complaint.name, "刹车异响", "Workshop"):
            with self.subTest(expected=expected):
                self.assertIn(expected, text)

    def test_the_selection_of_the_list_comes_along(self):
        context = {"active_model": "cs.complaint", "active_ids": self.other.ids}
        ledger = self.env["cs.register.wizard"].with_user(self.agent).with_context(**context).create({})
        self.assertEqual((ledger.kind, ledger.row_count, ledger.complaint_ids), ("complaints", 1, self.other))

    def test_it_holds_only_what_the_reader_may_see(self):
        """C-07: not even a row."""
        self.complaint.person_ids = [Command.create({"employee_id": self.tech_employee.id})]
        self.env.flush_all()
        self.assertEqual(self._ledger(self.technician).row_count, 1)
        with self.assertRaisesRegex(UserError, "Nothing matches"):
            self._ledger(self.other_agent).action_print()
