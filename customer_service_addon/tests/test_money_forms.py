from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged

from .common_money import MoneyCommon
from .test_report import REPORT, pdf_text


@tagged("post_install", "-at_install")
class TestMoneyForms(MoneyCommon, HttpCase):
    """Final account (决算书), settlement statement (结算书) and retention statement on paper (R-07, R-08)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ir.config_parameter"].sudo().set_param("report.url", HttpCase.base_url())

    def setUp(self):
        super().setUp()
        self.withhold(10_000)
        self.order = self.open_class_a(estimate=400)
        self.finish(self.order, 300)

    def print_pdf(self, report, record, user=None):
        reports = self.env["ir.actions.report"].with_user(user or self.agent).with_context(force_report_rendering=True)
        return reports._render_qweb_pdf(REPORT % report, record.ids)[0]

    def text(self, report, record, user=None):
        return pdf_text(self.print_pdf(report, record, user))

    def test_final_account(self):
        settlement = self.draw_up(self.order)
        text = self.text("final_account", settlement)
        for part in ("FinalAccountofRepairs", settlement.name, "EstateCare", self.order.name, "Plumbing", "300.00"):
            self.assertIn(part, text)

    def test_settlement_statement(self):
        settlement = self.settle(self.order)
        text = self.text("settlement", settlement)
        for part in ("SettlementStatement", "BuilderLtd", "Accepted", "Draftataccounting", "Certifiedby", "Approved"):
            self.assertIn(part, text)

    def test_retention_statement(self):
        self.entry("deduct", 120).action_post()
        text = self.text("retention", self.retention, self.accountant)
        for part in ("StatementofRetentionMoney", "500.00", "380.00", self.order.name, "Withheld"):
            self.assertIn(part, text)

    def test_not_for_others(self):
        settlement = self.draw_up(self.order)
        with self.assertRaises(AccessError):
            self.print_pdf("settlement", settlement, self.technician)
