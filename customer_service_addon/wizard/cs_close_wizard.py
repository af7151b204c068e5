from odoo import api, fields, models


class CsCloseWizard(models.TransientModel):
    """Close one or many cases: result, the customer's confirmation and the closing mail (I-05)."""

    _name = "cs.close.wizard"
    _description = "Close Cases"

    case_ids = fields.Many2many("cs.case", string="Cases", required=True)
    resolution = fields.Text(
        "Result", compute="_compute_resolution", store=True, readonly=False, help="Empty: each case keeps its own."
    )
    confirmation = fields.Selection(
        [
            ("phone", "By Phone"),
            ("mail", "By Email"),
            ("person", "In Person"),
            ("portal", "On the Portal"),
            ("none", "Not Obtained"),
        ],
        "Confirmed by the Customer",
        required=True,
        default="phone",
    )
    send_mail = fields.Boolean("Send the Closing Mail", default=True)

    @api.depends("case_ids")
    def _compute_resolution(self):
        for wizard in self:
            wizard.resolution = wizard.case_ids.resolution if len(wizard.case_ids) == 1 else False

    def action_confirm(self):
        """Close every case, or none: one that cannot be closed raises UserError and says why."""
        self.ensure_one()
        cases = self.case_ids
        cases.check_access("write")
        if self.resolution:
            cases.write({"resolution": self.resolution})
        cases.write({"confirmation": self.confirmation})
        cases._move_to("closed")
        cases._queue_closing_notice(wanted=self.send_mail)
