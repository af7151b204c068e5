from odoo import api, fields, models


class CsSlaCorrection(models.TransientModel):
    """Set right when a milestone of a case was reached; the clocks are judged again and keep the reason."""

    _name = "cs.sla.correction"
    _description = "Correct a Date"

    case_id = fields.Many2one("cs.case", required=True, readonly=True, ondelete="cascade")
    code = fields.Selection("_selection_code", "Date", required=True)
    moment = fields.Datetime("Really", required=True)
    reason = fields.Char(required=True)

    @api.model
    def _selection_code(self):
        return [("start", self.env._("Received")), *self.env["cs.case"]._sla_milestone_labels()]

    @api.onchange("code")
    def _onchange_code(self):
        if self.code:
            self.moment = self.case_id._sla_moment(False if self.code == "start" else self.code)

    def action_confirm(self):
        """Correct the date. Raises AccessError for agents, UserError for a moment that cannot be."""
        self.ensure_one()
        self.case_id._sla_correct(None if self.code == "start" else self.code, self.moment, self.reason)
