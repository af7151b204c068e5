from odoo import models

ACTIVITY = "customer_service_addon.mail_activity_type_cs_approval"


class CsApproval(models.Model):
    """Who has to decide gets a to-do, and loses it when it is decided."""

    _name = "cs.approval"
    _inherit = ["cs.approval", "cs.alarm.mixin"]

    def _tell_deciders(self):
        self._alarm(
            ACTIVITY,
            {approval: approval._deciders() for approval in self},
            lambda approval: approval.env._("%(approval)s waits for your decision.", approval=approval.name),
        )

    def _done_asking(self):
        # sudo: mail.activity - the question is over for all who were asked
        self.sudo().activity_ids.filtered(lambda activity: activity.activity_type_id == self.env.ref(ACTIVITY)).unlink()

    def _take_back(self):
        result = super()._take_back()
        self._done_asking()
        return result
