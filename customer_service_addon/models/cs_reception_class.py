from odoo import fields, models


class CsReceptionClass(models.Model):
    """How a visitor is received (I-10): A important guests, B business, C others."""

    _name = "cs.reception.class"
    _description = "Reception Class"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", index=True, help="Empty: for all companies.")
    room = fields.Char(translate=True, help="Where visitors of this class are received.")
    rules = fields.Text(translate=True, help="What the guard, the front desk and the host do.")
