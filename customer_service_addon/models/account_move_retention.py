from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command

from .cs_retention import RETENTION_KINDS


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    cs_retention_id = fields.Many2one(
        "cs.retention",
        "Retention Money",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('account_id', '=', account_id)]",
    )
    cs_retention_kind = fields.Selection(
        RETENTION_KINDS,
        "Retention Because",
        compute="_compute_cs_retention_kind",
        store=True,
        readonly=False,
        precompute=True,
    )

    @api.depends("cs_retention_id")
    def _compute_cs_retention_kind(self):
        """What is entered by hand without saying why: a credit withholds, a debit deducts."""
        for line in self:
            if not line.cs_retention_id:
                line.cs_retention_kind = False
            elif not line.cs_retention_kind:
                line.cs_retention_kind = "deducted" if line.amount_currency > 0 else "withheld"

    @api.constrains("cs_retention_id", "account_id", "currency_id", "partner_id")
    def _check_cs_retention(self):
        for line in self.filtered("cs_retention_id"):
            # sudo: cs.retention - accounting may have no right there
            retention_sudo = line.cs_retention_id.sudo()
            contractor = retention_sudo.partner_id.commercial_partner_id
            if line.account_id != retention_sudo.account_id or line.company_id != retention_sudo.company_id:
                raise ValidationError(
                    self.env._(
                        "%(retention)s is kept on %(account)s. Use this account.",
                        retention=retention_sudo.display_name,
                        account=retention_sudo.account_id.display_name,
                    )
                )
            if line.currency_id != retention_sudo.currency_id or line.partner_id.commercial_partner_id != contractor:
                raise ValidationError(
                    self.env._(
                        "%(retention)s is %(contractor)s's, in %(currency)s. Use contractor and currency of the "
                        "retention money.",
                        retention=retention_sudo.display_name,
                        contractor=contractor.name,
                        currency=retention_sudo.currency_id.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("cs_retention_id") and not vals.get("cs_retention_kind"):
                # Left empty in the form it is sent as nothing; then the amount says what it is.
                vals.pop("cs_retention_kind", None)
        return super().create(vals_list)

    def write(self, vals):
        if not {"cs_retention_id", "cs_retention_kind"}.intersection(vals):
            return super().write(vals)
        retentions = self.cs_retention_id
        result = super().write(vals)
        self.filtered(lambda line: line.cs_retention_id and not line.cs_retention_kind)._compute_cs_retention_kind()
        (retentions | self.cs_retention_id)._ensure_covered()
        return result


class AccountMove(models.Model):
    _inherit = "account.move"

    cs_retention_id = fields.Many2one(
        "cs.retention",
        "Withhold For",
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="The retention money from which its percentage of this bill is withheld (R-08).",
    )

    def _post(self, soft=True):
        posted = super()._post(soft)
        posted._cs_ensure_retention()
        return posted

    def button_draft(self):
        result = super().button_draft()
        self._cs_ensure_retention()
        return result

    def button_cancel(self):
        result = super().button_cancel()
        self._cs_ensure_retention()
        return result

    def _cs_ensure_retention(self):
        # sudo: account.move.line - whoever posts; the check reads sums
        self.sudo().line_ids.cs_retention_id._ensure_covered()

    def action_cs_withhold(self):
        """Withhold the percentage of each draft vendor bill for its retention money; done again it is corrected.

        Raises UserError for other documents, AccessError for whoever writes no bills. VAT stays on the whole amount.
        """
        self.check_access("write")
        if not self.env.su and not self.env.user.has_group("account.group_account_invoice"):
            raise AccessError(self.env._("Accounting withholds retention money."))
        for bill in self:
            # sudo: cs.retention - accounting chose it on the bill
            retention_sudo = bill.cs_retention_id.sudo()
            if bill.move_type != "in_invoice" or bill.state != "draft" or not retention_sudo:
                raise UserError(
                    self.env._("Choose the retention money on a vendor bill that is a draft, then withhold from it.")
                )
            bill._cs_withhold(retention_sudo)

    def _cs_withhold(self, retention):
        former = self.invoice_line_ids.filtered(lambda line: line.cs_retention_kind == "withheld")
        self.write({"invoice_line_ids": [Command.delete(line.id) for line in former]})
        amount = self.currency_id.round(self.amount_total * retention.percent / 100)
        if self.currency_id.is_zero(amount):
            raise UserError(
                self.env._("%(retention)s withholds nothing. Set its percentage.", retention=retention.display_name)
            )
        line = {
            "name": self.env._("Retention money %(percent)g %%", percent=retention.percent),
            "quantity": 1,
            "price_unit": -amount,
            "account_id": retention.account_id.id,
            "tax_ids": [Command.clear()],
            "cs_retention_id": retention.id,
            "cs_retention_kind": "withheld",
        }
        self.write({"invoice_line_ids": [Command.create(line)]})
