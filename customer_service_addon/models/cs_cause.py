from odoo import fields, models


class CsCause(models.Model):
    """Why something went wrong, as a tree to count by (C-11)."""

    _name = "cs.cause"
    _description = "Cause"
    _inherit = ["cs.tree.mixin"]
    _parent_store = True
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    parent_id = fields.Many2one("cs.cause", index=True, ondelete="restrict", check_company=True)
    parent_path = fields.Char(index=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", index=True, help="Empty: for all companies.")
