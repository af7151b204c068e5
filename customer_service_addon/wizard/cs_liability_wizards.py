from odoo import api, fields, models
from odoo.exceptions import UserError


class CsSurveyCancel(models.TransientModel):
    """Why a survey is called off."""

    _name = "cs.survey.cancel"
    _description = "Call Off Surveys"

    survey_ids = fields.Many2many("cs.site.survey", required=True, string="Surveys")
    reason = fields.Char(required=True)

    def action_confirm(self):
        """Call them off with the reason."""
        self.ensure_one()
        self.survey_ids._cancel(self.reason)


class CsLiabilityEnd(models.TransientModel):
    """Why a liability goes back, stands although it was contested, or is void."""

    _name = "cs.liability.end"
    _description = "Send Back, Confirm or Declare Void"

    liability_id = fields.Many2one("cs.liability", required=True)
    target = fields.Selection(
        [("draft", "Back to Be Examined"), ("final", "The Decision Stands"), ("cancelled", "Void")], required=True
    )
    reason = fields.Char(required=True)
    replace = fields.Boolean("Examine Again", help="A new liability with the same shares takes its place.")

    def action_confirm(self):
        """Do it with the reason; show the liability in the place of a void one."""
        self.ensure_one()
        if self.target == "cancelled":
            replacement = self.liability_id._void(self.reason, self.replace)
            return replacement._form_action() if replacement else None
        if self.target == "draft":
            return self.liability_id._send_back(self.reason)
        return self.liability_id._confirm(self.reason)


class CsLiabilityAnswer(models.TransientModel):
    """What a contractor said about his share when he did not answer on his page."""

    _name = "cs.liability.answer"
    _description = "Answer of a Contractor"

    notice_id = fields.Many2one("cs.liability.notice", required=True)
    answer = fields.Selection(
        [("accepted", "Accepts"), ("contested", "Contests")], "The Contractor", required=True, default="accepted"
    )
    reason = fields.Text()
    is_late = fields.Boolean(compute="_compute_is_late")
    late_reason = fields.Char("Admitted Because", help="The time to contest is over; a supervisor may admit it (R-01).")

    @api.depends("notice_id")
    def _compute_is_late(self):
        for dialog in self:
            dialog.is_late = bool(dialog.notice_id) and dialog.notice_id._is_late()

    def action_confirm(self):
        """Record the answer; after the time a contest is the supervisor's to admit.

        Raises AccessError for anybody else then, UserError without the reasons.
        """
        self.ensure_one()
        notice = self.notice_id
        notice.liability_id._ensure_desk()
        if not notice._is_late():
            notice._answer(self.answer, self.reason)
            return None
        if self.answer != "contested":
            raise UserError(self.env._("The time to contest is over: there is nothing to accept any more."))
        replacement = notice._contest_late(self.reason, self.late_reason)
        return replacement._form_action() if replacement else None
