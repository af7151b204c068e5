from odoo import api, models
from odoo.tools import email_normalize


class CsCase(models.Model):
    _inherit = "cs.case"

    @api.depends("email_from")
    def _compute_email_normalized(self):
        for case in self:
            case.email_normalized = email_normalize(case.email_from or "", strict=False) or False

    def _complete_customer(self, vals_list):
        """Contact data of each intake from its customer, and the other way round (I-02)."""
