from odoo import fields, models


class CsAlarmMixin(models.AbstractModel):
    """Records that give people something to do."""

    _name = "cs.alarm.mixin"
    _description = "Gives To-dos"

    def _alarm(self, type_xmlid, recipients, note_of):
        """Give each user of ``recipients`` (``{record: users}``) one activity of the type ``type_xmlid``, due today.

        ``note_of`` is called with the record in the language of the recipient and returns plain text. One batch; the
        inbox counts up, no mail is sent per person.
        """
        activity_type = self.env.ref(type_xmlid)
        model_id = self.env["ir.model"]._get_id(self._name)
        # sudo: mail.activity - an alarm reaches its people, whoever caused it
        self.env["mail.activity"].sudo().with_context(mail_activity_quick_update=True).create(
            [
                {
                    "activity_type_id": activity_type.id,
                    "res_model_id": model_id,
                    "res_id": record.id,
                    "user_id": user.id,
                    "summary": activity_type.with_context(lang=user.lang).summary,
                    "note": note_of(record.with_context(lang=user.lang)),
                    "date_deadline": fields.Date.context_today(self),
                    "automated": True,
                }
                for record, users in recipients.items()
                for user in users.sudo().filtered("active")
            ]
        )


class CsCase(models.Model):
    _name = "cs.case"
    _inherit = ["cs.case", "cs.alarm.mixin"]

    def _superiors(self, with_managers=False):
        """Return the users who are told when something about the case goes wrong: the team leader.

        ``with_managers`` adds the customer service managers of the company; they are also told when the team has
        no leader, so that an alarm never falls silent.
        """
        self.ensure_one()
        # sudo: res.users, res.groups - who leads and manages is no secret of the people concerned
        case_sudo = self.sudo()
        leader_sudo = case_sudo.team_id.user_id.filtered("active")
        if leader_sudo and not with_managers:
            return leader_sudo.with_env(self.env)
        managers_sudo = case_sudo.env.ref("customer_service_addon.group_cs_manager").all_user_ids.filtered(
            lambda user: user.active and not user.share and case_sudo.company_id in user.company_ids
        )
        return (leader_sudo | managers_sudo).with_env(self.env)
