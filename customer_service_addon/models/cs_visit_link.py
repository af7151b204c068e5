from odoo import models


class CsReturnVisit(models.Model):
    """The questionnaire as a link that the customer answers himself."""

    _inherit = "cs.return.visit"

    def action_send_link(self):
        """Send the customers the questionnaire."""
        self._ensure_desk()
