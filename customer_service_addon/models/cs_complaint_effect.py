from odoo import fields, models
from odoo.exceptions import AccessError, UserError


class CsComplaint(models.Model):
    """The effect is checked by somebody who did not do the work (C-03); see ``cs_complaint_recurrence``."""

    _inherit = "cs.complaint"

    effect_note = fields.Text("What the Check Showed", copy=False)
    effect_by_id = fields.Many2one("res.users", "Checked By", readonly=True, copy=False)

    def action_effect_proven(self):
        """The plan works. Raises AccessError for whoever carried out one of its actions."""
        self._ensure_may_check_effect()
        self._cs_as_server().write({"effect_by_id": self.env.uid})
        self._do("effective")

    def action_effect_missing(self):
        """The plan does not work: its actions are open again, in a round of their own."""
        self._ensure_may_check_effect()
        self._cs_as_server().write({"effect_by_id": self.env.uid})
        for complaint in self:
            # sudo: cs.complaint.action - going back is part of the check
            complaint.sudo().plan_id.action_ids.filtered(lambda action: action.state == "done")._do_again()
            complaint._take_back("executed")

    def _ensure_may_check_effect(self):
        self._ensure_can_do("effective")
        for complaint in self:
            # sudo: cs.complaint.action - only compared with the user himself
            actions_sudo = complaint.sudo().plan_id.action_ids
            if self.env.user in (actions_sudo.done_by_id | actions_sudo.user_id):
                raise AccessError(
                    self.env._(
                        "%(complaint)s: somebody who did not carry the plan out checks its effect.",
                        complaint=complaint.name,
                    )
                )
            if complaint._is_empty("effect_note"):
                raise UserError(
                    self.env._("%(complaint)s: write down what the check showed.", complaint=complaint.name)
                )
