from odoo import fields, models


class CsCase(models.Model):
    _inherit = "cs.case"

    next_promise_at = fields.Datetime("Next Promise", readonly=True, copy=False, index="btree_not_null")

    def _promise_first_answer(self):
        """Promise the first answer in the time of the case's type (I-05)."""
