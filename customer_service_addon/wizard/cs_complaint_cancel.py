from odoo import fields, models


class CsComplaintCancel(models.TransientModel):
    """Ask why complaints are called off; the reason stays in the file."""

    _name = "cs.complaint.cancel"
    _description = "Call Off Complaints"

    complaint_ids = fields.Many2many("cs.complaint", string="Complaints", required=True)
    reason = fields.Char(required=True)

    def action_confirm(self):
        """Call every complaint off, or none: AccessError for files the user may not write."""
        self.ensure_one()
        self.complaint_ids._cancel(self.reason)
