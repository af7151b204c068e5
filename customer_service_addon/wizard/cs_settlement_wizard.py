from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain


class CsSettlementWizard(models.TransientModel):
    """Settle what was finished in a time: one settlement for each who is paid (R-07)."""

    _name = "cs.settlement.wizard"
    _description = "Settle Repair Orders"

    company_id = fields.Many2one("res.company", required=True, readonly=True, default=lambda self: self.env.company)
    date_from = fields.Date(
        "Finished From",
        required=True,
        default=lambda self: fields.Date.start_of(fields.Date.context_today(self), "month"),
    )
    date_to = fields.Date("Until", required=True, default=fields.Date.context_today)
    team_ids = fields.Many2many("cs.team", string="Teams", help="Empty: of every team.")
    contractor_id = fields.Many2one("res.partner", help="Only what this contractor repaired.")
    cost_class = fields.Selection(lambda self: self.env["cs.rework"]._fields["cost_class"].selection, "Class")
    rework_ids = fields.Many2many(
        "cs.rework", string="Orders", compute="_compute_rework_ids", readonly=False, store=True
    )
    order_count = fields.Integer(compute="_compute_order_count", string="Number of Orders")

    @api.depends("date_from", "date_to", "team_ids", "contractor_id", "cost_class")
    def _compute_rework_ids(self):
        for wizard in self:
            chosen = self.env.context.get("cs_orders")
            wizard.rework_ids = (
                [Command.set(chosen)] if chosen else [Command.set(self.env["cs.rework"].search(wizard._domain()).ids)]
            )

    @api.depends("rework_ids")
    def _compute_order_count(self):
        for wizard in self:
            wizard.order_count = len(wizard.rework_ids)

    def _domain(self):
        domain = Domain(
            [
                ("company_id", "=", self.company_id.id),
                ("state", "=", "closed"),
                ("settlement_id", "=", False),
                ("closed_at", ">=", self.date_from),
                ("closed_at", "<", fields.Date.add(self.date_to, days=1) if self.date_to else False),
            ]
        )
        if self.team_ids:
            domain &= Domain("team_id", "in", self.team_ids.ids)
        if self.contractor_id:
            domain &= Domain("contractor_id", "=", self.contractor_id.id)
        if self.cost_class:
            domain &= Domain("cost_class", "=", self.cost_class)
        return domain

    def action_confirm(self):
        """Draw up one settlement for each who is paid and show them. Raises UserError when there is no order."""
        self.ensure_one()
        orders = self.rework_ids
        orders.check_access("read")
        if not orders:
            raise UserError(self.env._("No order was finished in this time that is not settled yet."))
        by_payee = orders.grouped(lambda order: order._payee())
        settlements = self.env["cs.settlement"].create(
            [
                {
                    "vendor_id": payee.id,
                    "period": f"{self.date_from} – {self.date_to}",
                    "line_ids": [Command.create({"rework_id": order.id}) for order in own],
                }
                for payee, own in by_payee.items()
            ]
        )
        return settlements._form_action()


class CsSettlementObjection(models.TransientModel):
    """What a contractor has against his part, as he said it by phone or on paper."""

    _name = "cs.settlement.objection"
    _description = "Objection to a Settlement"

    notice_id = fields.Many2one("cs.settlement.notice", required=True, ondelete="cascade")
    reason = fields.Text(required=True)

    def action_confirm(self):
        """Record it. Raises AccessError for anybody but customer service."""
        self.ensure_one()
        self.notice_id.settlement_id._ensure_desk()
        self.notice_id._answer("contested", self.reason)
