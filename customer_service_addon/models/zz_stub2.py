from odoo import models, fields
class CsHold(models.Model):
    _inherit = "cs.hold"
    stops_clock = fields.Boolean(default=True)
