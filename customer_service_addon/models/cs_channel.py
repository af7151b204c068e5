from odoo import fields, models


class CsChannel(models.Model):
    """The way a customer reached us (I-01)."""

    _name = "cs.channel"
    _description = "Intake Channel"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(help="Technical code, for example “phone”, “mail”, “portal”, “visit”.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    taker_owns = fields.Boolean(
        "Whoever Takes It Owns It",
        default=True,
        help="First-contact responsibility (I-03): the person who registers the case keeps it until it is handed "
        "over. Otherwise the case is assigned by the team's rule.",
    )
    acknowledge = fields.Boolean(
        "Acknowledge by Mail",
        default=True,
        help="The customer gets number, owner, next step and date by mail, also when he called (I-05).",
    )
    is_visit = fields.Boolean("Visitors", help="The case shows reception class, host, times and minutes (I-10).")

    _code_uniq = models.UniqueIndex("(code) WHERE code IS NOT NULL", "This channel code is already in use.")
