from odoo import fields, models
from odoo.exceptions import UserError

from ..models.cs_complaint_plan import HOW


class CsPlanAnswer(models.TransientModel):
    """What the customer said about the plan when he did not answer on his page."""

    _name = "cs.plan.answer"
    _description = "Customer's Answer to a Plan"

    plan_id = fields.Many2one("cs.complaint.plan", required=True)
    customer_text = fields.Html(related="plan_id.offered_text")
    accepted = fields.Selection([("yes", "Accepts"), ("no", "Rejects")], "The Customer", required=True)
    how = fields.Selection(lambda self: self._selection_how(), required=True, default="phone")
    reason = fields.Text()

    def _selection_how(self):
        labels = self.env["cs.complaint.plan"]._fields["answered_how"]._description_selection(self.env)
        return [(code, label) for code, label in labels if code not in ("portal", "silence")]

    def action_confirm(self):
        """Record the answer. Raises AccessError for departments, UserError for a rejection without reason."""
        self.ensure_one()
        if self.how not in dict(HOW) or self.how in ("portal", "silence"):
            raise UserError(self.env._("Say how the customer told you."))
        self.plan_id.complaint_id._ensure_can_do("accepted")
        self.plan_id._answer(self.accepted == "yes", self.how, self.reason)
