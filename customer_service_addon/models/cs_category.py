from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CsTreeMixin(models.AbstractModel):
    """Names of a tree from the root down: the model has ``name``, ``parent_id`` and ``complete_name``."""

    _name = "cs.tree.mixin"
    _description = "Tree of Names"
    _rec_name = "complete_name"
    _order = "complete_name"

    complete_name = fields.Char(compute="_compute_complete_name", recursive=True, store=True)

    @api.depends("name", "parent_id.complete_name")
    def _compute_complete_name(self):
        for node in self:
            parent = node.parent_id
            node.complete_name = f"{parent.complete_name} / {node.name}" if parent else node.name

    @api.constrains("parent_id")
    def _check_no_cycle(self):
        if self._has_cycle():
            raise ValidationError(
                self.env._("“%(name)s” cannot lie under itself. Choose another parent.", name=self[:1].name)
            )


class CsCategory(models.Model):
    """Subject matter of a case, as a tree (C-02: categories by industry)."""

    _name = "cs.category"
    _description = "Case Category"
    _inherit = ["cs.tree.mixin"]
    _parent_store = True
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    parent_id = fields.Many2one("cs.category", index=True, ondelete="cascade", check_company=True)
    parent_path = fields.Char(index=True)
    child_ids = fields.One2many("cs.category", "parent_id", "Subcategories")
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", index=True, help="Empty: for all companies.")
    type_ids = fields.Many2many("cs.case.type", string="Case Types", help="Empty: offered for all types.")
    team_id = fields.Many2one("cs.team", "Default Team", check_company=True, index="btree_not_null")
    department_id = fields.Many2one(
        "hr.department", "Responsible Department", check_company=True, index="btree_not_null"
    )
