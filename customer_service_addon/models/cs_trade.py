from odoo import fields, models


class CsTrade(models.Model):
    """A trade of the building or repair business; an order of several trades has more time (R-03)."""

    _name = "cs.trade"
    _description = "Trade"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    color = fields.Integer()
    company_id = fields.Many2one("res.company", index=True, help="Empty: for all companies.")
