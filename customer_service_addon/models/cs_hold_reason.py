from odoo import fields, models


class CsHoldReason(models.Model):
    """Why a case waits. Whom it waits for decides what ends the waiting."""

    _name = "cs.hold.reason"
    _description = "Hold Reason"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    waits_for = fields.Selection(
        [
            ("customer", "The Customer"),
            ("parts", "Parts or Goods"),
            ("third_party", "A Third Party"),
            ("internal", "Our Own Company"),
        ],
        required=True,
        default="third_party",
        help="What waits for the customer goes on by itself when he writes.",
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", index=True, help="Empty: for all companies.")
