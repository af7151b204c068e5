from odoo import fields, models


class CsCancelWizard(models.TransientModel):
    """Ask why a case is cancelled. Cancelled is not solved: it counts neither as done nor as late."""

    _name = "cs.cancel.wizard"
    _description = "Cancel Cases"

    case_ids = fields.Many2many("cs.case", string="Cases", required=True)
    reason = fields.Char(required=True)

    def action_confirm(self):
        """Cancel every case, or none: AccessError for cases the user may not write, UserError for open work."""
        self.ensure_one()
        self.case_ids.check_access("write")
        self.case_ids.write({"cancel_reason": self.reason})
        self.case_ids._move_to("cancelled")
