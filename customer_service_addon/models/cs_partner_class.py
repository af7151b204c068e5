from odoo import fields, models

RHYTHM_UNITS = [("day", "Days"), ("week", "Weeks"), ("month", "Months"), ("year", "Years")]


class CsPartnerClass(models.Model):
    """How important a customer is (F-03): owner, intending, prospective; target, general, key; A, B, C, D."""

    _name = "cs.partner.class"
    _description = "Customer Class"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(help="A short mark such as A, shown in the call queue.")
    sequence = fields.Integer(default=10, help="The most important class stands first and is called first.")
    active = fields.Boolean(default=True)
    color = fields.Integer()
    company_id = fields.Many2one("res.company", index=True, help="Empty: for all companies.")
    rhythm_number = fields.Integer(
        "Visited Every", help="How often its customers are visited regularly (V-01). 0: only for a reason."
    )
    rhythm_unit = fields.Selection(RHYTHM_UNITS, required=True, default="month")
    description = fields.Text(translate=True, help="Who belongs to this class.")

    _rhythm_positive = models.Constraint("CHECK(rhythm_number >= 0)", "A rhythm cannot be negative.")
