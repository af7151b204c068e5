from odoo import fields, models
from odoo.exceptions import UserError


class CsApprovalReject(models.TransientModel):
    """Ask why something is not approved; the reason goes back to who asked."""

    _name = "cs.approval.reject"
    _description = "Reject an Approval"

    approval_id = fields.Many2one("cs.approval", required=True)
    reason = fields.Text(required=True)

    def action_confirm(self):
        """Reject. Raises AccessError for who is not asked, UserError without a reason."""
        self.ensure_one()
        approval = self.approval_id
        approval._ensure_may_decide()
        if not (self.reason or "").strip():
            raise UserError(self.env._("Give your reason; who asked has to know what to change."))
        approval._refuse(self.reason.strip())
