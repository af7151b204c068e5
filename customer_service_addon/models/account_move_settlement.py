from odoo import api, fields, models

from .cs_settlement_documents import ROLES


class AccountMove(models.Model):
    """The documents of a settlement, and what accounting does with them."""

    _inherit = "account.move"

    cs_settlement_id = fields.Many2one(
        "cs.settlement", "Settlement", readonly=True, copy=False, index="btree_not_null", ondelete="restrict"
    )
    cs_settlement_role = fields.Selection(ROLES, "Settles", readonly=True, copy=False)
    cs_amount = fields.Monetary(
        "Settled Amount",
        compute="_compute_cs_amount",
        currency_field="company_currency_id",
        help="What the document settles, in the currency of the company.",
    )

    @api.depends("line_ids.balance", "cs_settlement_role", "amount_total_signed")
    def _compute_cs_amount(self):
        for move in self:
            if move.cs_settlement_role == "deduction":
                move.cs_amount = sum(move.line_ids.filtered("cs_retention_id").mapped("balance"))
            else:
                move.cs_amount = abs(move.amount_total_signed)

    def _post(self, soft=True):
        posted = super()._post(soft)
        posted._cs_follow_settlements()
        return posted

    def button_draft(self):
        result = super().button_draft()
        self._cs_follow_settlements()
        return result

    def button_cancel(self):
        result = super().button_cancel()
        self._cs_follow_settlements()
        return result

    def unlink(self):
        # sudo: cs.settlement - accounting may have no right there
        settlements_sudo = self.sudo().cs_settlement_id
        result = super().unlink()
        settlements_sudo.invalidate_recordset(["move_ids"])
        settlements_sudo._follow_documents()
        return result

    def action_cs_settlement(self):
        """Open the settlement of the document."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "cs.settlement",
            "res_id": self.cs_settlement_id.id,
            "view_mode": "form",
        }

    def _cs_follow_settlements(self):
        # sudo: cs.settlement - accounting may have no right there
        (self | self.reversed_entry_id).sudo().cs_settlement_id._follow_documents()
