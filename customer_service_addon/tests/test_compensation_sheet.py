from odoo.exceptions import AccessError
from odoo.tests import HttpCase, new_test_user, tagged

from .common_compensation import CompensationCommon
from .test_report import PrintCommon, pdf_text


@tagged("post_install", "-at_install")
class TestCompensationSheet(CompensationCommon):
    """The compensation sheet (赔偿审批单; C-09): what for, how much, who approved it."""

    print_pdf = PrintCommon.print_pdf
    print_html = PrintCommon.print_html

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ir.config_parameter"].set_param("report.url", HttpCase.base_url())

    def test_sheet_as_pdf(self):
        invoice = self.invoice()
        row = self.compensate(50, invoice, reason="The car was late 车辆延误")
        self.approve(row)
        other = self.compensate(7, kind="goodwill")
        text = pdf_text(self.print_pdf("compensation", row))
        for expected in (
            "CompensationSheet",
            row.name,
            invoice.name,
            "车辆延误",
            "50.00",
            self.manager.name,
            other.name,
        ):
            with self.subTest(expected=expected):
                self.assertIn(expected.replace(" ", ""), text)

    def test_not_for_outsiders(self):
        row = self.compensate(50, kind="goodwill")
        outsider = new_test_user(self.env, "cp_portal", "base.group_portal", partner_id=self.partner_a.id)
        with self.assertRaises(AccessError):
            self.print_html("compensation", row, outsider)
