from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    cs_correction_minutes = fields.Integer(
        "Correct the Reception Time Within (Minutes)",
        default=30,
        help="Afterwards only a supervisor may change when a case was received.",
    )
