from odoo import api, fields, models
from odoo.exceptions import AccessError


class CsComplaint(models.Model):
    """The person complained about does not handle the complaint and does not see it (C-07)."""

    _inherit = "cs.complaint"

    def _shut_out(self):
        """Take the people complained about off everything of these files: followers, owners, handlers and clocks."""
        if not self:
            return
        self.flush_recordset(["shut_out_user_ids"])
        # sudo: cs.complaint, cs.case - whoever names the person may lack rights to what has to be taken from him
        complaints_sudo = self.sudo()
        cases_sudo = complaints_sudo.case_id
        for complaint in complaints_sudo:
            complaint.message_unsubscribe(complaint.shut_out_user_ids.partner_id.ids)
            if complaint.user_id in complaint.shut_out_user_ids:
                complaint.user_id = complaint._other_follower()
        cases_sudo._leave_to_others()
        engine = self.env["cs.sla.engine"]
        for records in (complaints_sudo, cases_sudo, complaints_sudo.department_line_ids):
            if records:
                engine._shut_out(records)

    def _other_follower(self):
        """Return who follows the complaint instead: the owner of the case, the team leader, else a manager."""
        self.ensure_one()
        people = self.case_id.user_id | self.case_id._superiors(with_managers=True)
        return (people - self.shut_out_user_ids).filtered("active")[:1]

    def _cs_refuse_outsiders(self, partner_ids, addresses=None):
        result = super()._cs_refuse_outsiders(partner_ids, addresses)
        # sudo: cs.complaint - the names are given away to nobody, only compared
        shut_out_sudo = self.sudo().shut_out_user_ids.partner_id
        if shut_out_sudo.filtered(lambda partner: partner.id in (partner_ids or [])):
            raise AccessError(self.env._("The complaint is about this person, who is told nothing of it (C-07)."))
        return result

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        recipients = super()._notify_get_recipients(message, msg_vals, **kwargs)
        shut_out = set(self.sudo().shut_out_user_ids.partner_id.ids)
        return [recipient for recipient in recipients if recipient["id"] not in shut_out]


class CsCase(models.Model):
    _inherit = "cs.case"

    shut_out_user_ids = fields.Many2many(
        "res.users",
        "cs_case_shut_out_rel",
        "case_id",
        "user_id",
        "Hidden From",
        compute="_compute_shut_out_user_ids",
        store=True,
        copy=False,
        help="A complaint under this case is about these people (C-07).",
    )

    @api.depends("complaint_ids.person_ids.user_id", "complaint_ids.person_ids.hide_case")
    def _compute_shut_out_user_ids(self):
        for case in self:
            case.shut_out_user_ids = case.complaint_ids.person_ids.filtered("hide_case").user_id

    def _leave_to_others(self):
        """Give cases whose owner is shut out to somebody else of the team, and drop him as follower (sudo)."""
        for case in self:
            shut_out = case.shut_out_user_ids
            case.message_unsubscribe(shut_out.partner_id.ids)
            if case.user_id in shut_out:
                [(user, reason)] = case.team_id._assign([case._demand()], without=shut_out)
                case._cs_as_server().write({"user_id": user.id, "assign_reason": reason})

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        recipients = super()._notify_get_recipients(message, msg_vals, **kwargs)
        # sudo: cs.case - who is shut out is compared only
        shut_out = set(self.sudo().shut_out_user_ids.partner_id.ids)
        return [recipient for recipient in recipients if recipient["id"] not in shut_out]
