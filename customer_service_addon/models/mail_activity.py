from odoo import models


class MailActivity(models.Model):
    _inherit = "mail.activity"

    def _action_done(self, feedback=False, attachment_ids=None):
        """Doing the to-do of an alarm acknowledges the alarm, if its assignee or a superior does it."""
        # sudo: cs.sla.notice - agents may find the alarm behind their own to-do
        notices_sudo = self.env["cs.sla.notice"].sudo().search([("activity_id", "in", self.ids)])
        alarms = notices_sudo.alarm_id.with_env(self.env)
        alarms.filtered(lambda alarm: alarm._may_acknowledge())._acknowledge(activities=self)
        return super()._action_done(feedback=feedback, attachment_ids=attachment_ids)
