from odoo import api, fields, models
from odoo.exceptions import UserError


class CsReworkEnd(models.TransientModel):
    _inherit = "cs.rework.end"

    declined = fields.Boolean(
        "The Contractor Declined", help="It counts as his answer and the next contractor in rank is asked."
    )

    def action_confirm(self):
        """Send the orders there with the reason; what a contractor declined goes to the next in rank."""
        self.ensure_one()
        if not self.declined:
            return super().action_confirm()
        self.rework_ids._ensure_desk()
        if not (self.reason or "").strip():
            raise UserError(self.env._("Say why; those who look at it later want to know."))
        for order in self.rework_ids:
            if order.state != "dispatched" or order.executor != "contractor":
                raise UserError(self.env._("%(order)s does not wait for a contractor's answer.", order=order.name))
        self.rework_ids._lose_contractor("declined", self.reason.strip())
        return None


class CsReworkExtend(models.TransientModel):
    """More time for an order: until when and why; the customer is asked (R-03)."""

    _name = "cs.rework.extend"
    _description = "Ask for More Time"

    rework_id = fields.Many2one("cs.rework", required=True, ondelete="cascade")
    deadline = fields.Datetime("Due Now", compute="_compute_deadline")
    new_date = fields.Date(required=True)
    reason = fields.Text(required=True, help="The customer reads it.")

    @api.depends("rework_id")
    def _compute_deadline(self):
        for dialog in self:
            dialog.deadline = dialog.rework_id and dialog.rework_id._work_deadline()

    def action_confirm(self):
        """Ask the customer. Raises UserError for a date that is not later than the deadline."""
        self.ensure_one()
        self.rework_id._request_extension(self.new_date, self.reason)


class CsReworkConsent(models.TransientModel):
    """What the customer wrote about more time."""

    _name = "cs.rework.consent"
    _description = "Customer's Answer to More Time"

    extension_id = fields.Many2one("cs.rework.extension", required=True, ondelete="cascade")
    agreed = fields.Selection([("yes", "Agrees"), ("no", "Does Not Agree")], "The Customer", required=True)
    who = fields.Char("Who Answered", required=True)
    note = fields.Char("In His Words")

    def action_confirm(self):
        """Record it. Raises AccessError for whoever is not of customer service."""
        self.ensure_one()
        self.extension_id.rework_id._ensure_desk()
        self.extension_id._answer(self.agreed == "yes", "mail", self.who, self.note)
