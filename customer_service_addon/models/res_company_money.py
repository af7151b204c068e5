from odoo import fields, models
from odoo.exceptions import UserError


class ResCompany(models.Model):
    """The accounts that the drafts of repairs use; accounting chooses them."""

    _inherit = "res.company"

    cs_retention_account_id = fields.Many2one(
        "account.account",
        "Retention Account",
        help="Current liability that can be reconciled: retention money of contractors (质量保证金).",
    )
    cs_repair_account_id = fields.Many2one(
        "account.account", "Repair Costs", help="Lines of vendor bills. Empty: as the purchase journal says."
    )
    cs_recovery_account_id = fields.Many2one(
        "account.account", "Recovered Repair Costs", help="Counterpart of deductions and of what is charged on."
    )
    cs_money_journal_id = fields.Many2one(
        "account.journal", "Journal of Deductions", help="Empty: the first miscellaneous journal."
    )
    cs_repair_analytic_id = fields.Many2one(
        "account.analytic.account", "Analytic Account of Own Repairs", help="What the company bears itself (class B)."
    )
    cs_repair_product_id = fields.Many2one(
        "product.product", "Repairs Invoiced", help="Gives account and taxes of class C invoices."
    )

    def _cs_money_journal(self):
        """Return the journal of deductions and releases, as superuser. Raises UserError when there is none."""
        self.ensure_one()
        # sudo: account.journal - only used for drafts that accounting posts
        company_sudo = self.sudo()
        journal = company_sudo.cs_money_journal_id or self.env["account.journal"].sudo().search(
            [("company_id", "=", self.id), ("type", "=", "general")], limit=1
        )
        if not journal:
            raise UserError(self.env._("%(company)s has no miscellaneous journal.", company=self.name))
        return journal
