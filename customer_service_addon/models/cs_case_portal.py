from odoo import models


class CsCase(models.Model):
    _inherit = "cs.case"

    def _compute_access_url(self):
        result = super()._compute_access_url()
        for case in self:
            case.access_url = f"/my/cases/{case.id}"
        return result
