from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged

from .common_money import MoneyCommon


@tagged("post_install", "-at_install")
class TestUiMoney(MoneyCommon, HttpCase):
    """Must show 1: A with objection and deduction; C with quote, signature, invoice and payment, in a real browser."""

    browser_size = "1366x768"

    def order_url(self, order):
        return f"/odoo/cs-repairs/{order.id}"

    def test_class_a_with_objection_and_deduction(self):
        self.builder.email = "office@builder.example"
        contractor = new_test_user(self.env, login="ui_builder", groups="base.group_portal")
        contractor.partner_id.parent_id = self.builder
        self.withhold(10_000)
        order = self.open_class_a(estimate=400)
        self.finish(order, 300)
        self.start_tour("/odoo", "cs_settlement_draw_up_tour", login=self.agent.login)
        settlement = order.sudo().settlement_id
        self.start_tour("/odoo", "cs_settlement_approval_tour", login=self.manager.login)
        self.start_tour(self.notice_url(settlement), "cs_settlement_object_tour", login=contractor.login)
        self.assertRecordValues(settlement, [{"state": "draft", "back_reason": "Builder Ltd: Too many hours"}])
        settlement.line_ids.write({"settled_amount": 250, "note": "Two hours less"})
        settlement.with_user(self.agent).action_submit()
        self.start_tour("/odoo", "cs_settlement_approval_tour", login=self.manager.login)
        self.start_tour(self.notice_url(settlement), "cs_settlement_confirm_tour", login=contractor.login)
        self.start_tour("/odoo", "cs_settlement_approval_tour", login=self.other_manager.login)
        self.prepare()
        for move in settlement.move_ids:
            move.invoice_date = move.invoice_date or "2026-06-01"
            move.action_post()
        self.assert_amounts(balance=250.0, deducted=250.0, pledged=0.0)
        self.assertEqual(settlement.state, "done")

    def test_class_c_with_quote_signature_invoice_and_payment(self):
        owner = new_test_user(self.env, login="ui_owner", groups="base.group_portal", name="Ann Owner")
        owner.partner_id.parent_id = self.partner_a
        order = self.open_class_a(estimate=80)
        order.sudo()._cs_as_server().write({"state": "draft"})
        order.write({"cost_class": "c", "agreed_amount": 300, "contractor_id": False})
        order.sudo().case_id.partner_id = owner.partner_id
        self.start_tour(self.order_url(order), "cs_quote_send_tour", login=self.agent.login)
        self.start_tour(f"/my/cases/{order.case_id.id}", "cs_quote_sign_tour", login=owner.login)
        self.start_tour(self.order_url(order), "cs_quote_dispatch_tour", login=self.agent.login)
        self.assertEqual(order.sudo().signature_ids.mapped("how"), ["portal"])
        self.finish(order, 80)
        self.start_tour(self.order_url(order), "cs_quote_invoice_tour", login=self.agent.login)
        invoice = order.sudo().invoice_id
        self.assertEqual((invoice.amount_total, invoice.partner_id), (300, self.partner_a))
        invoice.action_post()
        self.env["account.payment.register"].with_context(active_model="account.move", active_ids=invoice.ids).create(
            {}
        )._create_payments()
        order.invalidate_recordset()
        self.assertIn("Paid", order.invoice_note)

    def test_the_price_is_signed_at_the_desk(self):
        order = self.open_class_a(estimate=80)
        order.sudo()._cs_as_server().write({"state": "draft"})
        order.write({"cost_class": "c", "agreed_amount": 300, "contractor_id": False, "line_ids": [Command.clear()]})
        self.start_tour(self.order_url(order), "cs_quote_desk_tour", login=self.agent.login)
        self.assertEqual(order.sudo().signature_ids.mapped("how"), ["typed"])

    def notice_url(self, settlement):
        self.env.invalidate_all()
        notice = settlement.sudo().notice_ids.filtered("is_current")
        return f"/my/settlements/{notice.id}"
