from odoo.fields import Command
from odoo.tests import new_test_user

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

from .common_complaint import GROUP


class CompensationCommon(AccountTestInvoicingCommon):
    """A company with its books, a complaint, and who asks for and approves compensations."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids += cls.env.ref("customer_service_addon.group_cs_manager")
        cls.company = cls.company_data["company"]
        cls.currency = cls.company.currency_id
        cls.agent, cls.manager, cls.other_manager = (
            new_test_user(
                cls.env,
                login=login,
                groups=GROUP % role,
                company_id=cls.company.id,
                company_ids=[Command.set(cls.company.ids)],
            )
            for login, role in (("cp_agent", "agent"), ("cp_manager", "manager"), ("cp_manager_2", "manager"))
        )
        cls.accountant = new_test_user(
            cls.env,
            login="cp_accountant",
            groups="account.group_account_manager",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        cls.team = cls.env["cs.team"].create(
            {
                "name": "Money",
                "company_id": cls.company.id,
                "assignment_method": "manual",
                "member_ids": [Command.create({"user_id": cls.agent.id})],
            }
        )
        case = (
            cls.env["cs.case"]
            .with_user(cls.agent)
            .create(
                {
                    "subject": "Late",
                    "type_id": cls.env.ref("customer_service_addon.cs_case_type_complaint").id,
                    "team_id": cls.team.id,
                    "partner_id": cls.partner_a.id,
                    "user_id": cls.agent.id,
                }
            )
        )
        cls.complaint = case.complaint_ids.with_user(cls.agent)
        cls.included = cls.env["account.tax"].create(
            {
                "name": "Included in the price",
                "amount": 13,
                "price_include_override": "tax_included",
                "company_id": cls.company.id,
            }
        )
        cls.excluded = cls.env["account.tax"].create(
            {"name": "On top of the price", "amount": 6, "company_id": cls.company.id}
        )

    def invoice(self, lines=((1000, "excluded"),), currency=None):
        """Post an invoice of ``lines`` (price, name of the tax)."""
        move = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.partner_a.id,
                "currency_id": (currency or self.currency).id,
                "invoice_date": "2026-05-01",
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Lease",
                            "price_unit": price,
                            "tax_ids": [Command.set(getattr(self, tax).ids if tax else [])],
                        }
                    )
                    for price, tax in lines
                ],
            }
        )
        move.action_post()
        return move

    def compensate(self, amount, invoice=None, kind="credit", **vals):
        return (
            self.env["cs.compensation"]
            .with_user(self.agent)
            .create(
                {
                    "complaint_id": self.complaint.id,
                    "kind": kind,
                    "amount": amount,
                    "invoice_number": invoice.name if invoice else False,
                    "reason": "The car was late",
                    **vals,
                }
            )
        )

    def approve(self, row):
        row.action_submit()
        row.sudo().approval_ids[:1].with_user(self.manager).action_approve()
        return row.sudo().move_id

    def assert_balanced(self, move, amount):
        self.assertEqual(move.move_type, "out_refund")
        self.assertEqual(move.currency_id.compare_amounts(move.amount_total, amount), 0, move.amount_total)
        self.assertAlmostEqual(sum(move.line_ids.mapped("balance")), 0)

    def assert_partly_credited(self, invoice, paid, amount):
        """Pay ``paid`` of the invoice (None: all of it, 0: nothing), then credit ``amount`` of it."""
        if paid != 0:
            self.env["account.payment.register"].with_context(
                active_model="account.move", active_ids=invoice.ids
            ).create({"amount": paid or invoice.amount_total})._create_payments()
        move = self.approve(self.compensate(amount, invoice))
        self.assert_balanced(move, amount)
        move.action_post()
        self.assertEqual(move.state, "posted")
