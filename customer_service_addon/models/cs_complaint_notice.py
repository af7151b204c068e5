from odoo import models

TODO = "customer_service_addon.mail_activity_type_cs_complaint"


class CsComplaint(models.Model):
    """Who is told of a complaint, and what he has to do."""

    _name = "cs.complaint"
    _inherit = ["cs.complaint", "cs.alarm.mixin"]

    def _tell(self, recipients, note_of):
        """Give each user of ``recipients`` (``{complaint: users}``) a to-do; who is shut out gets none."""
        # sudo: cs.complaint - who is shut out is compared only
        allowed = {complaint: users - complaint.sudo().shut_out_user_ids for complaint, users in recipients.items()}
        self._alarm(TODO, allowed, note_of)

    def _tell_of_level(self):
        """Those whom the level names hear of the complaint at once; of a major one the managers as well (C-06)."""
        told = {
            complaint: complaint.level_id.sudo().told_user_ids
            | (complaint.case_id.sudo()._superiors(with_managers=True) if complaint.is_major else self.env["res.users"])
            for complaint in self
        }
        self._tell(
            {complaint: users for complaint, users in told.items() if users},
            lambda complaint: complaint.env._(
                "Complaint of level %(level)s: %(subject)s",
                level=complaint.level_id.display_name,
                subject=complaint.subject or "",
            ),
        )
