from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import float_round

from .cs_return_visit import CLAIMED

APPROVER = "hr_expense.group_hr_expense_team_approver"


class HrExpense(models.Model):
    """An expense of a return visit: receipt, approval, limit, and the excess as the visitor's own cost (V-06)."""

    _name = "hr.expense"
    _inherit = ["hr.expense", "cs.guard.mixin"]

    cs_visit_id = fields.Many2one(
        "cs.return.visit",
        "Return Visit",
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
        domain="[('state', '!=', 'cancelled')]",
        groups="customer_service_addon.group_cs_agent,hr_expense.group_hr_expense_team_approver",
    )
    cs_receipt_amount = fields.Monetary(
        "Amount of the Receipt",
        currency_field="company_currency_id",
        readonly=True,
        copy=False,
        help="What the receipt says, where not all of it is paid back.",
    )
    cs_receipt_currency_amount = fields.Monetary("Amount of the Receipt in Its Currency", readonly=True, copy=False)
    cs_own_amount = fields.Monetary(
        "Own Cost",
        currency_field="company_currency_id",
        readonly=True,
        copy=False,
        help="What was above the limit of the visit: the visitor bears it himself.",
    )
    cs_limit_left = fields.Monetary(
        "Left Within the Limit", currency_field="company_currency_id", compute="_compute_cs_limit_left"
    )
    cs_has_limit = fields.Boolean(compute="_compute_cs_limit_left")

    _cs_server_fields = frozenset({"cs_receipt_amount", "cs_receipt_currency_amount", "cs_own_amount"})

    @api.depends("cs_visit_id.expense_limit", "cs_visit_id.expense_ids.total_amount", "cs_visit_id.expense_ids.state")
    def _compute_cs_limit_left(self):
        for expense in self:
            # sudo: cs.return.visit - the figure of the procedure, whoever may open the visit
            visit_sudo = expense.sudo().cs_visit_id
            expense.cs_has_limit = bool(visit_sudo.expense_limit)
            expense.cs_limit_left = expense._cs_left() if expense.cs_has_limit else 0.0

    @api.constrains("cs_visit_id")
    def _check_cs_registered(self):
        for expense in self:
            # sudo: res.partner - only whether the customer is registered
            visit_sudo = expense.sudo().cs_visit_id
            if visit_sudo and not visit_sudo.commercial_partner_id.cs_registered_on:
                raise ValidationError(
                    self.env._(
                        "%(customer)s is not a registered customer; no expenses are paid for him (V-06).",
                        customer=visit_sudo.commercial_partner_id.display_name,
                    )
                )
            if visit_sudo.state == "cancelled":
                raise ValidationError(
                    self.env._("%(visit)s was called off and has no expenses.", visit=visit_sudo.name)
                )

    @api.constrains("cs_visit_id", "total_amount", "approval_state")
    def _check_cs_limit(self):
        """Whatever was changed after the hand-in, all claims of a visit stay within its limit."""
        for visit_sudo in self.sudo().cs_visit_id.filtered("expense_limit"):
            claimed = sum(
                visit_sudo.expense_ids.filtered(lambda expense: expense.state in CLAIMED).mapped("total_amount")
            )
            if visit_sudo.company_currency_id.compare_amounts(claimed, visit_sudo.expense_limit) > 0:
                raise ValidationError(
                    self.env._(
                        "The expenses of %(visit)s are above its limit of %(limit)s.",
                        visit=visit_sudo.name,
                        limit=visit_sudo.company_currency_id.format(visit_sudo.expense_limit),
                    )
                )

    def write(self, vals):
        """Hand-in cuts to the limit, back in draft the whole receipt counts; by button or RPC alike."""
        claims = vals.get("approval_state") in ("submitted", "approved")
        if claims:
            self.filtered(lambda expense: expense.state == "draft")._cs_claim()
        returned = (
            self.filtered("cs_own_amount") if "approval_state" in vals and not vals["approval_state"] else self[:0]
        )
        if "cs_visit_id" in vals and any(expense.state != "draft" for expense in self):
            raise UserError(self.env._("The visit of an expense that was handed in cannot be changed."))
        result = super().write(vals)
        returned._cs_give_back()
        return result

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------

    def _can_be_autovalidated(self):
        """Somebody else approves what a visit cost."""
        return not self.sudo().cs_visit_id and super()._can_be_autovalidated()

    def _get_default_responsible_for_approval(self):
        leader_sudo = self.sudo().cs_visit_id.team_id.user_id - self.sudo().employee_id.user_id
        if leader_sudo and leader_sudo.has_group(APPROVER):
            return leader_sudo.sudo(False)
        return super()._get_default_responsible_for_approval()

    def _cs_left(self):
        """Return what the limit of the visit leaves for this expense, in the currency of the company."""
        self.ensure_one()
        visit_sudo = self.sudo().cs_visit_id
        others_sudo = (visit_sudo.expense_ids - self.sudo()).filtered(lambda expense: expense.state in CLAIMED)
        return max(visit_sudo.expense_limit - sum(others_sudo.mapped("total_amount")), 0.0)

    def _cs_claim(self):
        """Check the receipts and take off what is above the limit of the visit.

        Raises UserError without a receipt, or where nothing is left within the limit.
        """
        of_visits = self.filtered(lambda expense: expense.sudo().cs_visit_id)
        # sudo: cs.return.visit - two claims at the same time meet in this row
        of_visits.sudo().cs_visit_id._cs_as_server().write({"expense_stamp": fields.Datetime.now()})
        for expense in of_visits:
            if not expense.nb_attachment:
                raise UserError(self.env._("%(expense)s: attach the receipt first (V-06).", expense=expense.name))
            if expense.sudo().cs_visit_id.expense_limit:
                expense._cs_cut(expense._cs_left())

    def _cs_cut(self, left):
        """Have the expense claim at most ``left`` (currency of the company); the rest is the visitor's own."""
        self.ensure_one()
        currency, total = self.company_currency_id, self.total_amount
        if currency.compare_amounts(total, left) <= 0:
            return
        claimed = float_round(
            self.total_amount_currency * left / total,
            precision_rounding=self.currency_id.rounding,
            rounding_method="DOWN",
        )
        if currency.is_zero(left) or self.currency_id.is_zero(claimed):
            raise UserError(
                self.env._(
                    "%(expense)s: the limit of %(visit)s is used up, all of it is the visitor's own cost (V-06).",
                    expense=self.name,
                    visit=self.sudo().cs_visit_id.name,
                )
            )
        # sudo: hr.expense - the procedure takes off what is above the limit, whoever hands it in
        expense_sudo, receipt = self.sudo()._cs_as_server(), self.total_amount_currency
        expense_sudo._cs_set_totals(claimed, min(left, currency.round(total * claimed / receipt)))
        expense_sudo.write(
            {
                "cs_receipt_amount": total,
                "cs_receipt_currency_amount": receipt,
                "cs_own_amount": total - expense_sudo.total_amount,
            }
        )

    def _cs_give_back(self):
        """Back in draft: the receipt counts in full again."""
        for expense in self:
            # sudo: hr.expense - who resets an expense was checked by Expenses
            expense_sudo = expense.sudo()._cs_as_server()
            expense_sudo._cs_set_totals(expense_sudo.cs_receipt_currency_amount, expense_sudo.cs_receipt_amount)
            expense_sudo.write({"cs_receipt_amount": 0.0, "cs_receipt_currency_amount": 0.0, "cs_own_amount": 0.0})

    def _cs_set_totals(self, amount_currency, amount):
        """Write both totals: with the first alone Odoo keeps the other and changes the rate."""
        self.write({"total_amount_currency": amount_currency})
        self.write({"total_amount": amount})
