from contextlib import nullcontext

from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user

from .common_compensation import GROUP, CompensationCommon


class MoneyCommon(CompensationCommon):
    """A company with its books, a repair team billed by a property company, two contractors and retention money."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        Account = cls.env["account.account"]
        cls.retention_account, cls.recovery_account, cls.repair_account = Account.create(
            [
                {
                    "code": code,
                    "name": name,
                    "account_type": kind,
                    "reconcile": kind == "liability_current",
                    "company_ids": [Command.set(cls.company.ids)],
                }
                for code, name, kind in (
                    ("299001", "Retention Money", "liability_current"),
                    ("699001", "Recovered Repairs", "expense"),
                    ("699002", "Repairs", "expense"),
                )
            ]
        )
        cls.plan = cls.env["account.analytic.plan"].create({"name": "Repairs"})
        cls.analytic = cls.env["account.analytic.account"].create({"name": "Own Repairs", "plan_id": cls.plan.id})
        cls.company.write(
            {
                "cs_retention_account_id": cls.retention_account.id,
                "cs_recovery_account_id": cls.recovery_account.id,
                "cs_repair_account_id": cls.repair_account.id,
                "cs_repair_analytic_id": cls.analytic.id,
            }
        )
        cls.property_company, cls.builder, cls.roofer = cls.env["res.partner"].create(
            [{"name": name, "is_company": True} for name in ("Estate Care", "Builder Ltd", "Roofer Ltd")]
        )
        cls.team.write({"vendor_id": cls.property_company.id})
        cls.team.member_ids = [Command.create({"user_id": cls.manager.id})]
        cls.technician = new_test_user(
            cls.env,
            login="money_technician",
            groups=GROUP % "technician",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        cls.worker = (
            cls.env["hr.employee"]
            .sudo()
            .create({"name": "Worker", "user_id": cls.technician.id, "company_id": cls.company.id, "hourly_cost": 60.0})
        )
        cls.retention = cls.open_retention(cls.builder)
        cls.trade = cls.env.ref("customer_service_addon.cs_trade_plumbing")

    @classmethod
    def open_retention(cls, partner, **vals):
        return cls.env["cs.retention"].create(
            {
                "name": "Riverside Garden",
                "partner_id": partner.id,
                "company_id": cls.company.id,
                "account_id": cls.retention_account.id,
                "currency_id": cls.currency.id,
                "percent": 5,
                **vals,
            }
        )

    def withhold(self, gross, retention=None):
        """Post a vendor bill of ``gross`` and withhold the percentage; return the bill."""
        retention = retention or self.retention
        bill = self.env["account.move"].create(
            {
                "move_type": "in_invoice",
                "partner_id": retention.partner_id.id,
                "currency_id": retention.currency_id.id,
                "invoice_date": "2026-05-01",
                "cs_retention_id": retention.id,
                "invoice_line_ids": [
                    Command.create({"name": "Building", "price_unit": gross, "tax_ids": [Command.clear()]})
                ],
            }
        )
        bill.action_cs_withhold()
        bill.action_post()
        return bill

    def entry(self, kind, amount, retention=None, user=None, **vals):
        """Prepare an entry of retention money by the dialog; return the draft."""
        retention = retention or self.retention
        known = self.env["account.move"].search([])
        dialog = self.env["cs.retention.entry"].with_user(user or self.manager)
        dialog.create(
            {
                "retention_id": retention.id,
                "kind": kind,
                "amount": amount,
                "reason": f"By hand: {kind}",
                "counterpart_id": self.recovery_account.id,
                **vals,
            }
        ).action_confirm()
        return self.env["account.move"].search([("id", "not in", known.ids)])

    def finished_order(self, cost, cost_class="b", estimate=0.0, **vals):
        """An order of the own team that is inspected; it cost ``cost`` material."""
        case = (
            self.env["cs.case"]
            .with_user(self.agent)
            .create(
                {
                    "subject": "Water on the ceiling",
                    "type_id": self.complaint.case_id.type_id.id,
                    "team_id": self.team.id,
                    "partner_id": self.partner_a.id,
                    "user_id": self.agent.id,
                }
            )
        )
        case.action_open_rework()
        order = case.rework_ids
        order.write(
            {
                "cost_class": cost_class,
                "trade_ids": [Command.set(self.trade.ids)],
                "task": "<p>Repair it</p>",
                "technician_ids": [Command.set(self.worker.ids)],
                "line_ids": [
                    Command.create(
                        {"name": "Pipe", "quantity": 1, "unit_cost": cost, "estimated_amount": estimate or cost}
                    )
                ],
                **vals,
            }
        )
        if cost_class == "c":
            order._sign("price", "customer", "Ann Owner", "typed")
        order.action_dispatch()
        if order.executor == "contractor":
            order.action_accept()
        order.action_start()
        order.work_note = "<p>Done</p>"
        order.action_finish()
        self.env["cs.rework.inspect"].with_user(self.agent).create(
            {"rework_ids": [Command.set(order.ids)], "result": "accepted"}
        ).action_confirm()
        return order

    def assert_amounts(self, retention=None, **expected):
        """Compare displayed amounts with ``expected`` and with the sums of the posted journal items."""
        retention = (retention or self.retention).with_user(self.manager)
        retention.invalidate_recordset()
        self.assertEqual({name: retention[name] for name in expected}, expected)
        items = self.env["account.move.line"].search(
            [("cs_retention_id", "=", retention.id), ("parent_state", "=", "posted")]
        )
        self.assertAlmostEqual(retention.balance, -sum(items.mapped("amount_currency")), 2)
        ledger = self.env["account.move.line"].search(
            [("account_id", "=", retention.account_id.id), ("parent_state", "=", "posted")]
        )
        self.assertEqual(ledger.filtered("cs_retention_id"), ledger, "the account holds nothing else")
        for move in ledger.move_id:
            self.assertAlmostEqual(sum(move.line_ids.mapped("balance")), 0, 2)

    def open_class_a(self, estimate, retention=None):
        """An order at the contractor's cost that the own team is at work on."""
        retention = retention or self.retention
        case = (
            self.env["cs.case"]
            .with_user(self.agent)
            .create(
                {
                    "subject": "Cracked wall",
                    "type_id": self.complaint.case_id.type_id.id,
                    "team_id": self.team.id,
                    "partner_id": self.partner_a.id,
                    "user_id": self.agent.id,
                }
            )
        )
        case.action_open_rework()
        order = case.rework_ids
        order.write(
            {
                "cost_class": "a",
                "contractor_id": retention.partner_id.id,
                "trade_ids": [Command.set(self.trade.ids)],
                "task": "<p>Plaster</p>",
                "technician_ids": [Command.set(self.worker.ids)],
                "line_ids": [
                    Command.create(
                        {"name": "Plaster", "trade_id": self.trade.id, "quantity": 0, "estimated_amount": estimate}
                    )
                ],
            }
        )
        order.retention_id = retention
        order.action_dispatch()
        return order

    def finish(self, order, cost):
        """Let the order come to ``cost`` and be accepted."""
        order.action_start()
        order.line_ids[:1].write({"quantity": 1, "unit_cost": cost})
        order.work_note = "<p>Done</p>"
        order.action_finish()
        self.env["cs.rework.inspect"].with_user(self.agent).create(
            {"rework_ids": [Command.set(order.ids)], "result": "accepted"}
        ).action_confirm()

    def draw_up(self, orders):
        """Settle ``orders`` by the dialog; return the settlements."""
        known = self.env["cs.settlement"].search([])
        self.env["cs.settlement.wizard"].with_user(self.agent).create(
            {"rework_ids": [Command.set(orders.ids)]}
        ).action_confirm()
        return self.env["cs.settlement"].search([("id", "not in", known.ids)]).with_user(self.agent)

    def settle(self, orders):
        """Take ``orders`` from the final account to the drafts of their settlement."""
        settlement = self.draw_up(orders)
        settlement.action_submit()
        self.decide(settlement, "settlement")
        settlement.sudo().notice_ids.filtered("can_answer").with_user(self.agent).action_record_confirmed()
        self.decide(settlement, "certificate")
        self.prepare()
        return settlement

    def decide(self, settlement, kind, user=None):
        approval = settlement.sudo().approval_ids.filtered(lambda row: row.kind == kind and row.state == "draft")
        approval.with_user(user or self.manager).action_approve()

    def prepare(self):
        self.run_job("ir_cron_cs_settlement")

    def run_job(self, name):
        """Run a scheduled action; tests in a browser are in the mode it needs anyway."""
        self.env.flush_all()
        with nullcontext() if isinstance(self, HttpCase) else self.enter_registry_test_mode():
            self.env.ref(f"customer_service_addon.{name}").method_direct_trigger()
        self.env.invalidate_all()
