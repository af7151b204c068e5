from odoo.tests import tagged

from odoo.addons.customer_service_addon.tests.common_visit_plan import CsVisitPlanCommon


@tagged("post_install", "-at_install")
class TestVisitPlanSale(CsVisitPlanCommon):
    """V-01: who ordered of late, invoiced or not, is not asked why he does not order."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.open_books()

    def setUp(self):
        super().setUp()
        self.plan = self.make_plan("inactivity", inactive_days=7)
        self.post_invoice(self.buyer, "2026-05-10")

    def order(self, day, state="sale"):
        order = self.env["sale.order"].create({"partner_id": self.buyer.id, "company_id": self.company.id})
        order.write({"state": state, "date_order": f"{day} 04:00:00"})
        return order

    def test_a_confirmed_order_counts(self):
        self.order("2026-05-30")
        self.run_plans()
        self.assertFalse(self.visits(self.plan))

    def test_a_quotation_and_an_old_order_do_not(self):
        self.order("2026-05-30", state="draft")
        self.order("2026-05-30", state="cancel")
        self.order("2026-05-12")
        self.run_plans()
        self.assertEqual(self.visits(self.plan).partner_id, self.buyer)
        self.assertEqual(self.visits(self.plan).event_key, "inactive:2026-05-12")

    def test_orders_of_another_company_do_not_count(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        order = self.env["sale.order"].with_company(other).create({"partner_id": self.buyer.id})
        order.write({"state": "sale", "date_order": "2026-05-30 04:00:00"})
        self.run_plans()
        self.assertEqual(self.visits(self.plan).partner_id, self.buyer)
