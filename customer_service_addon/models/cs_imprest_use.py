from odoo import api, fields, models
from odoo.exceptions import UserError


class CsImprestUse(models.Model):
    """What was paid from an imprest fund for a repair order, with its receipt (R-09)."""

    _name = "cs.imprest.use"
    _description = "Use of an Imprest Fund"
    _inherit = ["cs.imprest.entry"]
    _order = "date desc, id desc"

    rework_id = fields.Many2one("cs.rework", "Repair Order", required=True, index=True, ondelete="restrict")
    purpose = fields.Char(required=True, help="What was bought or paid.")
    receipt = fields.Binary(attachment=True)
    receipt_name = fields.Char("File of the Receipt")

    @api.constrains("fund_id", "rework_id")
    def _check_order(self):
        for use in self:
            # sudo: cs.rework - compared only
            if use.rework_id.sudo().company_id != use.fund_id.company_id:
                raise UserError(self.env._("%s: the order belongs to another company than the fund.", use.name))

    @api.model_create_multi
    def create(self, vals_list):
        uses = super().create(vals_list)
        uses.rework_id.check_access("read")
        return uses

    def write(self, vals):
        result = super().write(vals)
        if "rework_id" in vals and not self._cs_is_server():
            self.rework_id.check_access("read")
        return result

    def _number_of(self):
        return "rework_id", "P"

    def _ensure_complete(self):
        # sudo: ir.attachment - the receipt is the use's own
        if not self.sudo().receipt:
            raise UserError(self.env._("%s: attach the receipt.", self.name))
        return super()._ensure_complete()

    def _ensure_fits(self):
        """Nothing is paid that is not in the fund, less what is set aside for other uses."""
        balances, reserved = self.fund_id._balances(), self.fund_id._reserved(without=self)
        for fund, uses in self.grouped("fund_id").items():
            left = balances.get(fund, 0.0) - reserved.get(fund, 0.0)
            if fund.currency_id.compare_amounts(sum(uses.mapped("amount")), left) > 0:
                raise UserError(
                    self.env._(
                        "%(fund)s has %(left)s left that is not set aside. Ask for a top-up first.",
                        fund=fund.name,
                        left=fund.currency_id.format(left),
                    )
                )

    def _cash_amount(self):
        return -self.amount

    def _counter_account(self):
        return self.fund_id.expense_account_id

    def _move_label(self):
        return f"{self.name} {self.purpose}"


class CsImprestTopup(models.Model):
    """The request to fill an imprest fund up to its limit (R-09)."""

    _name = "cs.imprest.topup"
    _description = "Top-up of an Imprest Fund"
    _inherit = ["cs.imprest.entry"]
    _order = "date desc, id desc"

    amount = fields.Monetary(compute="_compute_amount", store=True, readonly=False, precompute=True)

    @api.depends("fund_id")
    def _compute_amount(self):
        """Propose what is missing up to the limit."""
        room = self.fund_id._room()
        for topup in self:
            topup.amount = max(room.get(topup.fund_id._origin, 0.0), 0.0)

    def _ensure_fits(self):
        room = self.fund_id._room(without=self)
        for fund, topups in self.grouped("fund_id").items():
            if fund.currency_id.compare_amounts(sum(topups.mapped("amount")), room[fund]) > 0:
                raise UserError(
                    self.env._(
                        "%(fund)s takes %(room)s more up to its limit of %(limit)s.",
                        fund=fund.name,
                        room=fund.currency_id.format(max(room[fund], 0.0)),
                        limit=fund.currency_id.format(fund.limit),
                    )
                )

    def _cash_amount(self):
        return self.amount

    def _counter_account(self):
        return self.fund_id.source_account_id


class CsImprest(models.Model):
    _inherit = "cs.imprest"

    def _room(self, without=None):
        """Return ``{fund: limit less what is in it and what is on its way}``, the top-ups ``without`` left out."""
        domain = [
            ("fund_id", "in", self.ids),
            ("state", "in", ("submitted", "approved", "prepared")),
            ("id", "not in", without.ids if without else []),
        ]
        # sudo: cs.imprest.topup - the sum only
        groups = self.env["cs.imprest.topup"].sudo()._read_group(domain, ["fund_id"], ["amount:sum"])
        coming = {fund.id: amount or 0.0 for fund, amount in groups}
        return {
            fund: fund.currency_id.round(fund.limit - balance - coming.get(fund.id, 0.0))
            for fund, balance in self._balances().items()
        }


class CsRework(models.Model):
    _inherit = "cs.rework"

    imprest_use_ids = fields.One2many("cs.imprest.use", "rework_id", "Paid from Imprest")

    def action_pay_from_imprest(self):
        """Open a new use of a fund for the order."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Pay from Imprest"),
            "res_model": "cs.imprest.use",
            "view_mode": "form",
            "context": {"default_rework_id": self.id},
        }
