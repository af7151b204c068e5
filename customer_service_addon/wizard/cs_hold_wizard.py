from odoo import fields, models


class CsHoldWizard(models.TransientModel):
    """Ask why a case waits. Without a reason it does not wait."""

    _name = "cs.hold.wizard"
    _description = "Wait"

    case_ids = fields.Many2many("cs.case", string="Cases", required=True)
    reason_id = fields.Many2one("cs.hold.reason", "Waits For", required=True)
    until = fields.Datetime(help="The owner is reminded then. Empty: open end.")
    note = fields.Char()

    def action_confirm(self):
        """Put every case on hold. Raises AccessError for cases the user may not write."""
        self.ensure_one()
        self.case_ids.check_access("write")
        self.case_ids._hold(self.reason_id, self.until, self.note)
