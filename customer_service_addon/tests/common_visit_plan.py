from odoo.fields import Command

from .common_visit import CsVisitCommon


class CsVisitPlanCommon(CsVisitCommon):
    """Plans of visits, customers of three classes, and a company that can post invoices."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.key_class, cls.small_class = cls.env["cs.partner.class"].create(
            [
                {"name": "Key", "code": "K", "sequence": 1, "rhythm_number": 1, "rhythm_unit": "month"},
                {"name": "Small", "code": "S", "sequence": 9},
            ]
        )
        cls.buyer = cls.make_customer("Buyer Ltd", cs_class_id=cls.key_class.id)

    @classmethod
    def make_customer(cls, name, **values):
        return cls.env["res.partner"].create(
            {"name": name, "is_company": True, "phone": "+86 21 5555 0000", "email": "a@buyer.example", **values}
        )

    @classmethod
    def make_plan(cls, trigger, start=True, **values):
        """Create a plan as a supervisor does, from 1 May 2026 on, and start it."""
        plan = (
            cls.env["cs.visit.plan"]
            .with_user(cls.supervisor)
            .create(
                {
                    "name": f"Plan {trigger}",
                    "trigger": trigger,
                    "purpose_id": cls.purpose.id,
                    "start_on": "2026-05-01",
                    "user_ids": [Command.set(cls.caller.ids)],
                    **values,
                }
            )
        )
        if start:
            plan.action_start()
        return plan

    def run_plans(self, **arguments):
        """Run the job."""
        self.run_job("cs.visit.plan", "_cron_plan", **arguments)

    def visits(self, plan):
        return self.env["cs.return.visit"].search([("plan_id", "=", plan.id)], order="due_from, id")

    def preview(self, plan):
        """Return ``{customer: outcome}`` of the plan's preview."""
        plan.with_user(self.supervisor).action_preview()
        rows = self.env["cs.visit.candidate"].search([("plan_id", "=", plan.id), ("is_preview", "=", True)])
        return {row.partner_id: row.outcome for row in rows}

    def close_case(self, **values):
        case = self.make_case(**values)
        self.finish_cases(case)
        return case

    def finish_cases(self, cases):
        for case in cases:
            case.sudo()._cs_as_server().write({"first_answered_at": case.received_at, "confirmation": "phone"})
        cases.sudo().action_close()

    # ------------------------------------------------------------------
    # Invoices
    # ------------------------------------------------------------------

    @classmethod
    def open_books(cls):
        """What the company needs to post invoices."""
        cls.receivable, cls.income = cls.env["account.account"].create(
            [
                {
                    "code": code,
                    "name": name,
                    "account_type": kind,
                    "reconcile": kind == "asset_receivable",
                    "company_ids": [Command.set(cls.company.ids)],
                }
                for code, name, kind in (
                    ("119901", "Customers", "asset_receivable"),
                    ("499901", "Sales", "income"),
                )
            ]
        )
        cls.sales_journal = cls.env["account.journal"].create(
            {
                "name": "Visits: Sales",
                "code": "CSVS",
                "type": "sale",
                "company_id": cls.company.id,
                "default_account_id": cls.income.id,
            }
        )

    def post_invoice(self, partner, day, due=None, **values):
        partner.commercial_partner_id.property_account_receivable_id = self.receivable
        partner.property_account_receivable_id = self.receivable
        move = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": partner.id,
                "journal_id": self.sales_journal.id,
                "invoice_date": day,
                "invoice_date_due": due or day,
                "invoice_payment_term_id": False,
                "invoice_line_ids": [
                    Command.create({"name": "Goods", "price_unit": 100, "account_id": self.income.id, "tax_ids": False})
                ],
                **values,
            }
        )
        move.action_post()
        return move
