from odoo import models


class CsReturnVisit(models.Model):
    """The talk: customer, history and script on one screen."""

    _inherit = "cs.return.visit"

    def action_call(self):
        """Open the call screen with this visit."""
        self.ensure_one()
        return {"type": "ir.actions.client", "tag": "cs_visit_call", "context": {"visit_id": self.id}}
