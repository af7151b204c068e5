from odoo import api, fields, models


class CsVisitPurpose(models.Model):
    _inherit = "cs.visit.purpose"

    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")
    expense_limit = fields.Monetary(
        "Expenses per Visit Up To", help="What a visit costs above it is the visitor's own (V-06). 0: no limit."
    )

    _expense_limit_positive = models.Constraint("CHECK(expense_limit >= 0)", "A limit cannot be negative.")

    @api.depends("company_id")
    @api.depends_context("company")
    def _compute_currency_id(self):
        for purpose in self:
            purpose.currency_id = (purpose.company_id or self.env.company).currency_id
