from odoo import fields, models


class CsCase(models.Model):
    _inherit = "cs.case"

    merged_into_id = fields.Many2one("cs.case", readonly=True, copy=False, index="btree_not_null")
    merged_case_ids = fields.One2many("cs.case", "merged_into_id", "Merged Cases")
    origin_id = fields.Many2one("cs.case", "Earlier Case", readonly=True, copy=False, index="btree_not_null")
    origin_kind = fields.Selection(
        [("follow_up", "Follows Up"), ("mention", "Mentions"), ("duplicate", "Duplicate Of")],
        "Link",
        readonly=True,
        copy=False,
    )
    follow_up_ids = fields.One2many("cs.case", "origin_id", "Later Cases")
