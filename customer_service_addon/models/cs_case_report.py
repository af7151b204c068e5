from odoo import fields, models

ASK_REASON = "customer_service_addon.mail_activity_type_cs_unfinished"


class ResCompany(models.Model):
    _inherit = "res.company"

    def _cs_tz(self):
        """Return the name of the time zone the company's days, weeks and prints are counted in."""
        self.ensure_one()
        return self.resource_calendar_id.tz or self.partner_id.tz or "UTC"


class CsTeam(models.Model):
    _inherit = "cs.team"

    def _cs_tz(self):
        """Return the name of the time zone of the team's working hours, else of its company."""
        self.ensure_one()
        # sudo: resource.calendar - the time zone of a print is not a secret, and customers print too
        return self.sudo()._cs_calendar().tz or self.company_id._cs_tz()


class CsCase(models.Model):
    _inherit = "cs.case"

    def _cs_tz(self):
        """Return the name of the time zone in which the case is printed: its team's, else its company's."""
        self.ensure_one()
        # sudo: cs.team - a customer who prints his own case cannot read teams
        case_sudo = self.sudo()
        return case_sudo.team_id._cs_tz() if case_sudo.team_id else case_sudo.company_id._cs_tz()

    def _cs_customer_lang(self):
        """Return the language code the customer reads, else the one of the user."""
        self.ensure_one()
        # sudo: res.partner - the language of a print depends on the customer whoever prints
        return self.partner_id.sudo().lang or self.env.lang or "en_US"

    def _get_report_base_filename(self):
        """File name of a printed case without its ending: the number (I-02)."""
        self.ensure_one()
        return self.name

    def write(self, vals):
        result = super().write(vals)
        if vals.get("unfinished_reason"):
            self.activity_feedback([ASK_REASON])
        return result

    def _ask_for_reason(self):
        """Ask the owners of ``self`` for the reason that the weekly register prints, one activity per case (I-08)."""
        activity_type = self.env.ref(ASK_REASON)
        # sudo: mail.activity - who was asked before does not depend on who runs the job
        asked = (
            self.env["mail.activity"]
            .sudo()
            .search(
                [
                    ("res_model", "=", self._name),
                    ("res_id", "in", self.ids),
                    ("activity_type_id", "=", activity_type.id),
                ]
            )
        )
        waiting = self.filtered("user_id").filtered(lambda case: case.id not in asked.mapped("res_id"))
        # Created at once and without a mail each: the owners find them in their lists.
        self.env["mail.activity"].with_context(mail_activity_quick_update=True).create(
            [
                {
                    "activity_type_id": activity_type.id,
                    "summary": self.env._("Why is this case not finished?"),
                    "automated": True,
                    "user_id": case.user_id.id,
                    "res_model_id": self.env["ir.model"]._get_id(self._name),
                    "res_id": case.id,
                    "date_deadline": fields.Date.context_today(self),
                }
                for case in waiting
            ]
        )
