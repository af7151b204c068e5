from odoo import api, fields, models


class CsHoldWizard(models.TransientModel):
    """Ask why a case waits. Without a reason it does not wait."""

    _name = "cs.hold.wizard"
    _description = "Wait"

    case_ids = fields.Many2many("cs.case", string="Cases", required=True)
    reason_id = fields.Many2one("cs.hold.reason", "Waits For", required=True)
    until = fields.Datetime(
        help="What the reason says happens then, such as reminding the owner. Empty: open end, or the longest time "
        "the reason allows."
    )
    note = fields.Char()
    limit_text = fields.Char("Limit", compute="_compute_limit_text")

    @api.depends("reason_id")
    def _compute_limit_text(self):
        for wizard in self:
            wizard.limit_text = wizard.reason_id and wizard.reason_id._limit_text()

    def action_confirm(self):
        """Put every case on hold.

        Raises AccessError for cases the user may not write, UserError where the reason does not allow so long a pause.
        """
        self.ensure_one()
        self.case_ids.check_access("write")
        self.case_ids._hold(self.reason_id, self.until, self.note)
