from odoo.tests import tagged

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

from .common_compensation import CompensationCommon


@tagged("post_install", "-at_install")
class TestCompensationChina(CompensationCommon):
    """Must show 5: compensations in the books of a company with the Chinese chart of accounts."""

    @classmethod
    @AccountTestInvoicingCommon.setup_country("cn")
    def setUpClass(cls):
        super().setUpClass()

    def test_the_books_are_chinese(self):
        self.assertEqual(self.company.chart_template, "cn")
        self.assertEqual(self.currency.name, "CNY")

    def test_every_kind_posts_balanced_entries(self):
        invoice = self.invoice()
        for kind, about in (("credit", invoice), ("refund", None), ("goodwill", None)):
            with self.subTest(kind=kind):
                move = self.approve(self.compensate(88.88, about, kind=kind))
                self.assert_balanced(move, 88.88)
                self.assertEqual(move.state, "draft")
                move.with_user(self.accountant).action_post()
                self.assertEqual(move.state, "posted")
                self.assertFalse(self.currency.compare_amounts(sum(move.line_ids.mapped("balance")), 0))
        self.assertFalse(self.approve(self.compensate(0, kind="work")), "free work has no document")
        self.assertAlmostEqual(self.complaint.compensation_total, 3 * 88.88)

    def test_paid_partly_paid_foreign_and_included(self):
        """Partial credit to the cent, with the sales taxes of the chart among the lines."""
        self.of_chart = self.company_data["default_tax_sale"]
        self.assertTrue(self.of_chart)
        foreign = self.setup_other_currency("EUR", rates=[("2020-01-01", 0.125)])
        mixed = ((1000, "of_chart"), (333.33, "included"), (99.99, "excluded"))
        for currency, paid in ((self.currency, 0), (self.currency, 500), (self.currency, None), (foreign, 0)):
            with self.subTest(currency=currency.name, paid=paid):
                self.assert_partly_credited(self.invoice(mixed, currency), paid, 77.77)
