from odoo import api, fields, models
from odoo.exceptions import AccessError

ACCOUNTING_FIELDS = (
    "cs_retention_account_id",
    "cs_repair_account_id",
    "cs_recovery_account_id",
    "cs_money_journal_id",
    "cs_repair_analytic_id",
    "cs_repair_product_id",
)


class CsMoneySettings(models.TransientModel):
    """The accounts of repairs, for accountants who administer nothing else (R-07, R-08)."""

    _name = "cs.money.settings"
    _description = "Accounts of Repairs"

    company_id = fields.Many2one("res.company", required=True, readonly=True, default=lambda self: self.env.company)
    cs_retention_account_id = fields.Many2one(
        "account.account",
        "Retention Account",
        domain="[('account_type', '=', 'liability_current'), ('reconcile', '=', True),"
        " ('company_ids', 'parent_of', company_id)]",
        help="Current liability that can be reconciled: retention money of contractors (质量保证金).",
    )
    cs_repair_account_id = fields.Many2one(
        "account.account",
        "Repair Costs",
        domain="[('company_ids', 'parent_of', company_id)]",
        help="Lines of vendor bills. Empty: as the purchase journal says.",
    )
    cs_recovery_account_id = fields.Many2one(
        "account.account",
        "Recovered Repair Costs",
        domain="[('company_ids', 'parent_of', company_id)]",
        help="Counterpart of deductions and of what is charged on.",
    )
    cs_money_journal_id = fields.Many2one(
        "account.journal",
        "Journal of Deductions",
        domain="[('type', '=', 'general'), ('company_id', '=', company_id)]",
        help="Empty: the first miscellaneous journal.",
    )
    cs_repair_analytic_id = fields.Many2one(
        "account.analytic.account", "Analytic Account of Own Repairs", help="What the company bears itself (class B)."
    )
    cs_repair_product_id = fields.Many2one(
        "product.product", "Repairs Invoiced", help="Gives account and taxes of class C invoices."
    )

    @api.model
    def default_get(self, fields):
        """Return the accounts of the current company."""
        self._ensure_accountant()
        values = super().default_get(fields)
        # sudo: res.company - accountants may not read every column of a company
        company_sudo = self.env.company.sudo()
        return values | {name: company_sudo[name].id for name in ACCOUNTING_FIELDS if name in fields}

    def action_save(self):
        """Write the accounts to the company. Raises AccessError for anybody but accounting's advisers there."""
        self.ensure_one()
        self._ensure_accountant()
        if self.company_id not in self.env.companies:
            raise AccessError(self.env._("Switch to %(company)s to change its settings.", company=self.company_id.name))
        # sudo: res.company - an accountant may write these fields of the own company and no other
        self.company_id.sudo().write({name: self[name].id for name in ACCOUNTING_FIELDS})
        return {"type": "ir.actions.act_window_close"}

    @api.model
    def _ensure_accountant(self):
        if not self.env.su and not self.env.user.has_group("account.group_account_manager"):
            raise AccessError(self.env._("Accounting chooses the accounts of repairs."))
