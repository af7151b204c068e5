from odoo import api, fields, models
from odoo.exceptions import UserError

# What was handed in and not refused counts towards the limit.
CLAIMED = ("submitted", "approved", "posted", "in_payment", "paid")


class CsReturnVisit(models.Model):
    """What a visit cost (V-06)."""

    _inherit = "cs.return.visit"

    company_currency_id = fields.Many2one(related="company_id.currency_id")
    expense_ids = fields.One2many("hr.expense", "cs_visit_id", "Expenses", copy=False)
    expense_count = fields.Integer("Number of Expenses", compute="_compute_expenses")
    expense_limit = fields.Monetary(related="purpose_id.expense_limit", currency_field="company_currency_id")
    expense_claimed = fields.Monetary(
        "Claimed",
        currency_field="company_currency_id",
        compute="_compute_expenses",
        help="Handed in and not refused, in the currency of the company.",
    )
    expense_own = fields.Monetary(
        "Visitors' Own Cost",
        currency_field="company_currency_id",
        compute="_compute_expenses",
        help="What was above the limit.",
    )
    # Written with every claim, so that two of them at the same time meet and one is tried again.
    expense_stamp = fields.Datetime(readonly=True, copy=False)

    _cs_server_fields = frozenset({"expense_ids", "expense_stamp"})

    @api.depends("expense_ids.total_amount", "expense_ids.state", "expense_ids.cs_own_amount")
    def _compute_expenses(self):
        for visit in self:
            # sudo: hr.expense - the sums are said to whoever reads the visit, the receipts are not shown
            expenses_sudo = visit.sudo().expense_ids
            claimed_sudo = expenses_sudo.filtered(lambda expense: expense.state in CLAIMED)
            visit.expense_count = len(expenses_sudo)
            visit.expense_claimed = sum(claimed_sudo.mapped("total_amount"))
            visit.expense_own = sum(claimed_sudo.mapped("cs_own_amount"))

    def action_add_expense(self):
        """Open a new expense of the visit. Raises UserError for a customer who is not registered (V-06)."""
        self.ensure_one()
        self.check_access("read")
        if not self.sudo().commercial_partner_id.cs_registered_on:
            raise UserError(
                self.env._(
                    "%(customer)s is not a registered customer; no expenses are paid for him (V-06). Register him in "
                    "his file first.",
                    customer=self.commercial_partner_id.display_name,
                )
            )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Expense of the Visit"),
            "res_model": "hr.expense",
            "view_mode": "form",
            "context": {"default_cs_visit_id": self.id, "default_name": self.display_name},
        }

    def action_view_expenses(self):
        """Open the expenses of the visit that the reader may see."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("hr_expense.hr_expense_actions_my_all")
        return action | {"domain": [("cs_visit_id", "=", self.id)], "context": {"default_cs_visit_id": self.id}}
