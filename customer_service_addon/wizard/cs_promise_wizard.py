from odoo import fields, models


class CsPromiseWizard(models.TransientModel):
    """Record a date told to the customer; an earlier one that is still open is renewed by it (I-05)."""

    _name = "cs.promise.wizard"
    _description = "Promise a Date"

    case_ids = fields.Many2many("cs.case", string="Cases", required=True)
    due_at = fields.Datetime("Promised For", required=True)
    origin = fields.Selection(
        [("phone", "By Phone"), ("mail", "By Email"), ("portal", "On the Portal"), ("person", "In Person")],
        "How the Customer Was Told",
        required=True,
        default="phone",
    )
    text = fields.Char("What Was Promised")

    def action_confirm(self):
        """Record the promise on every case. Raises AccessError for cases the user may not write."""
        self.ensure_one()
        self.case_ids.check_access("write")
        self.case_ids._promise(self.due_at, self.origin, self.text or "")
