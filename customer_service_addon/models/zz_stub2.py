from odoo import fields, models


class CsHold(models.Model):
    _inherit = "cs.hold"
    stops_clock = fields.Boolean(default=True)
