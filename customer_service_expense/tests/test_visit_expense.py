from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

GROUP = "customer_service_addon.group_cs_%s"
APPROVER = "hr_expense.group_hr_expense_team_approver"


@tagged("post_install", "-at_install")
class TestVisitExpense(AccountTestInvoicingCommon):
    """V-06: receipts, somebody else's approval, a limit, the excess the visitor's own; registered customers only."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids += cls.env.ref("customer_service_addon.group_cs_manager")
        cls.env.user.group_ids += cls.env.ref("hr_expense.group_hr_expense_manager")
        cls.company = cls.company_data["company"]
        roles = {"visitor": GROUP % "agent", "leader": f"{GROUP % 'supervisor'},{APPROVER}"}
        for role, groups in roles.items():
            user = new_test_user(
                cls.env,
                login=f"ve_{role}",
                groups=groups,
                company_id=cls.company.id,
                company_ids=[Command.set(cls.company.ids)],
            )
            setattr(cls, role, user)
        cls.employee = (
            cls.env["hr.employee"]
            .sudo()
            .create({"name": "Visitor", "user_id": cls.visitor.id, "company_id": cls.company.id})
        )
        cls.team = cls.env["cs.team"].create(
            {
                "name": "Callers",
                "company_id": cls.company.id,
                "user_id": cls.leader.id,
                "member_ids": [Command.create({"user_id": cls.visitor.id})],
            }
        )
        cls.purpose = cls.env["cs.visit.purpose"].create(
            {"name": "Key Customers", "method": "onsite", "expense_limit": 500.0}
        )
        cls.product = cls.env["product.product"].create(
            {"name": "Travel", "can_be_expensed": True, "standard_price": 0.0, "type": "service"}
        )
        cls.partner_a.cs_registered_on = "2026-01-05"
        cls.visit = cls.new_visit()

    @classmethod
    def new_visit(cls, partner=None):
        values = {
            "partner_id": (partner or cls.partner_a).id,
            "purpose_id": cls.purpose.id,
            "team_id": cls.team.id,
            "user_id": cls.visitor.id,
            "company_id": cls.company.id,
        }
        return cls.env["cs.return.visit"].sudo()._cs_as_server().create([values]).with_env(cls.env)

    def expense(self, amount, visit=None, receipt=True, **values):
        """Enter an expense of the visit as the visitor."""
        visit = self.visit if visit is None else visit
        expense = (
            self.env["hr.expense"]
            .with_user(self.visitor)
            .create(
                {
                    "name": "Taxi",
                    "employee_id": self.employee.id,
                    "product_id": self.product.id,
                    "total_amount_currency": amount,
                    "tax_ids": False,
                    "company_id": self.company.id,
                    "cs_visit_id": visit.id,
                    **values,
                }
            )
        )
        if receipt:
            self.env["ir.attachment"].create(
                {"name": "receipt.txt", "raw": b"Taxi", "res_model": "hr.expense", "res_id": expense.id}
            )
            expense.invalidate_recordset()
        return expense

    def test_the_excess_is_the_visitors_own(self):
        first, second = self.expense(300.0), self.expense(350.0)
        self.assertEqual(second.cs_limit_left, 500.0)
        first.action_submit()
        self.assertEqual((first.total_amount, first.cs_own_amount), (300.0, 0.0))
        self.assertEqual(second.cs_limit_left, 200.0)
        second.action_submit()
        self.assertEqual((second.total_amount, second.cs_own_amount, second.cs_receipt_amount), (200.0, 150.0, 350.0))
        visit = self.visit.with_user(self.visitor)
        self.assertEqual((visit.expense_claimed, visit.expense_own, visit.expense_count), (500.0, 150.0, 2))
        third = self.expense(10.0)
        with self.assertRaises(UserError):
            third.action_submit()
        self.assertEqual((third.state, third.total_amount), ("draft", 10.0))

    def test_exactly_the_limit_is_paid(self):
        expense = self.expense(500.0)
        expense.action_submit()
        self.assertEqual((expense.total_amount, expense.cs_own_amount), (500.0, 0.0))
        other = self.expense(500.01, visit=self.new_visit())
        other.action_submit()
        self.assertEqual(other.company_currency_id.compare_amounts(other.cs_own_amount, 0.01), 0)

    def test_no_limit_pays_everything(self):
        self.purpose.expense_limit = 0.0
        expense = self.expense(9000.0)
        expense.action_submit()
        self.assertEqual((expense.total_amount, expense.cs_own_amount), (9000.0, 0.0))

    def test_somebody_else_approves(self):
        expense = self.expense(100.0)
        expense.action_submit()
        self.assertEqual((expense.state, expense.manager_id), ("submitted", self.leader))
        with self.assertRaises(UserError):
            expense.action_approve()
        expense.with_user(self.leader).action_approve()
        self.assertEqual(expense.state, "approved")

    def test_a_receipt_is_needed(self):
        expense = self.expense(100.0, receipt=False)
        with self.assertRaises(UserError):
            expense.action_submit()
        self.assertEqual(expense.state, "draft")

    def test_only_registered_customers(self):
        stranger = self.new_visit(self.partner_b)
        with self.assertRaises(ValidationError):
            self.expense(10.0, visit=stranger)
        with self.assertRaises(UserError):
            stranger.with_user(self.visitor).action_add_expense()
        self.partner_b.commercial_partner_id.cs_registered_on = "2026-02-01"
        self.assertTrue(self.expense(10.0, visit=stranger))

    def test_rpc_goes_round_nothing(self):
        """Handing in by write is cut as well; the own cost is nobody's to write; more is not put in afterwards."""
        expense = self.expense(800.0)
        with self.assertRaises(AccessError):
            expense.write({"cs_own_amount": 0.0})
        expense.write({"approval_state": "submitted"})
        self.assertEqual((expense.total_amount, expense.cs_own_amount), (500.0, 300.0))
        with self.assertRaises(ValidationError):
            expense.sudo().write({"total_amount_currency": 800.0})
        with self.assertRaises(UserError):
            expense.sudo().write({"cs_visit_id": self.new_visit().id})

    def test_back_in_draft_the_receipt_counts(self):
        expense = self.expense(800.0)
        expense.action_submit()
        self.assertEqual(expense.total_amount, 500.0)
        expense.action_reset()
        self.assertEqual((expense.state, expense.total_amount, expense.cs_own_amount), ("draft", 800.0, 0.0))
        self.assertEqual(self.visit.expense_claimed, 0.0)

    def test_a_foreign_currency_stays_within_the_limit(self):
        currency = self.setup_other_currency("HRK", rates=[("1900-01-01", 3.0)])
        expense = self.expense(2000.0, currency_id=currency.id)
        self.assertEqual(expense.company_currency_id.round(expense.total_amount), 666.67)
        expense.action_submit()
        self.assertLessEqual(expense.total_amount, 500.0)
        self.assertGreater(expense.total_amount, 499.9)
        self.assertAlmostEqual(expense.total_amount + expense.cs_own_amount, expense.cs_receipt_amount, 2)

    def test_an_expense_without_visit_is_as_ever(self):
        self.employee.expense_manager_id = self.leader
        expense = self.expense(9000.0, receipt=False, cs_visit_id=False)
        expense.action_submit()
        self.assertEqual(expense.total_amount, 9000.0)
