from odoo import fields, models


class CsCase(models.Model):
    _inherit = "cs.case"

    silence_notice_at = fields.Datetime("Closing Announced", readonly=True, copy=False)
