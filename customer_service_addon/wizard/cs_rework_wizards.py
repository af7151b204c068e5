from odoo import fields, models


class CsReworkInspect(models.TransientModel):
    """What the inspection found: accepted, partly done or not accepted (R-05)."""

    _name = "cs.rework.inspect"
    _description = "Inspect Repair Orders"

    rework_ids = fields.Many2many("cs.rework", required=True, string="Repair Orders")
    result = fields.Selection(
        [("accepted", "Accepted"), ("partly", "Partly Done"), ("rejected", "Not Accepted")],
        required=True,
        default="accepted",
    )
    note = fields.Text("What Was Found")
    remainder = fields.Text("What Is Left to Do", help="It becomes an order of its own.")

    def action_confirm(self):
        """Record it. Raises UserError without a note for what was not accepted."""
        self.ensure_one()
        self.rework_ids._inspect(self.result, self.note, self.remainder)


class CsReworkEnd(models.TransientModel):
    """Why an order goes back or is called off."""

    _name = "cs.rework.end"
    _description = "Withdraw or Call Off Repair Orders"

    rework_ids = fields.Many2many("cs.rework", required=True, string="Repair Orders")
    target = fields.Selection([("draft", "Back to Be Dispatched"), ("cancelled", "Called Off")], required=True)
    reason = fields.Char(required=True)

    def action_confirm(self):
        """Send the orders there with the reason."""
        self.ensure_one()
        self.rework_ids._end(self.target, self.reason)
