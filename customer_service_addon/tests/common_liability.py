import base64
from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import new_test_user

from .test_portal import PNG
from .test_rework import CsReworkCommon

DRAWN = base64.b64encode(PNG)


class CsLiabilityCommon(CsReworkCommon):
    """Two contractors with a portal user each; the agent draws up, supervisor and manager decide."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write({"cs_survey_contractor_from": 500, "cs_contest_amount": 3, "cs_contest_unit": "wd"})
        cls.contractor.write({"email": "office@solidroofs.example", "lang": "en_US"})
        cls.rival = cls.env["res.partner"].create(
            {"name": "Dry Walls Ltd", "is_company": True, "email": "office@drywalls.example"}
        )
        cls.portal_solid, cls.portal_rival = (
            new_test_user(cls.env, login=login, groups="base.group_portal", name=name)
            for login, name in (("cs_solid", "Sam Solid"), ("cs_rival", "Rita Rival"))
        )
        cls.portal_solid.partner_id.parent_id = cls.contractor
        cls.portal_rival.partner_id.parent_id = cls.rival

    # ------------------------------------------------------------------
    # Surveys
    # ------------------------------------------------------------------

    def plan_survey(self, order, planned_at="2026-06-02 01:00:00"):
        """Plan a survey for Tuesday 9:00 in Shanghai, as the agent."""
        order.action_plan_survey()
        survey = order.survey_ids.sorted("id")[-1:]
        survey.planned_at = planned_at
        return survey

    def party(self, survey, role):
        return survey.party_ids.filtered(lambda party: party.role == role)

    def attend(self, survey, *present):
        """The parties in the roles ``present`` come, the others are not needed."""
        for party in survey.party_ids:
            party.presence = "present" if party.role in present else "not_needed"

    def hold_survey(self, order, *present, **vals):
        """A survey of ``order`` that was held with ``present``, findings and trades written down."""
        survey = self.plan_survey(order)
        self.attend(survey, *(present or ("desk", "customer")))
        self.at("2026-06-02 02:00:00")
        survey.action_hold()
        survey.write({"findings": "<p>The seal leaks</p>", **vals})
        return survey

    def sign_survey(self, survey, role, name, user=None, how="typed", image=False):
        dialog = self.env["cs.sign"].with_user(user or self.agent)
        dialog.create(
            {
                "res_model": survey._name,
                "res_id": survey.id,
                "topic": "survey",
                "role": role,
                "signer_name": name,
                "how": how,
                "image": image,
            }
        ).action_confirm()

    # ------------------------------------------------------------------
    # Liability
    # ------------------------------------------------------------------

    def examine(self, order, *shares, **vals):
        """Draw up the liability of ``order`` as the agent; ``shares``: (party, partner, percent)."""
        order.action_open_liability()
        liability = order.liability_ids.filtered(lambda row: row.state == "draft")
        liability.write(
            {
                "ground": "<p>The seal was never mounted</p>",
                "share_ids": [
                    Command.create({"party": party, "partner_id": partner and partner.id, "percent": percent})
                    for party, partner, percent in shares
                ],
                **vals,
            }
        )
        return liability

    def decide(self, order, *shares, **vals):
        """Have it proposed by the agent and decided by the supervisor."""
        liability = self.examine(order, *shares, **vals)
        liability.action_propose()
        liability.with_user(self.supervisor).action_decide()
        return liability

    def contractors(self, **vals):
        """A decision about both contractors: 60 and 40 percent."""
        shares = ("contractor", self.contractor, 60), ("contractor", self.rival, 40)
        return self.decide(self.own_order(), *shares, **vals)

    def notice_of(self, liability, partner):
        return liability.notice_ids.filtered(lambda row: row.partner_id == partner and row.is_current)

    def deliver(self, liability, error=None):
        """The mail queue sends the notices, or fails with ``error``."""
        messages = liability.sudo().notice_ids.filtered("is_current").mail_message_id
        mails = self.env["mail.mail"].sudo().search([("mail_message_id", "in", messages.ids)])
        servers = self.registry["ir.mail_server"]
        sent = {"side_effect": error} if error else {"return_value": "<sent@company.example>"}
        with (
            patch.object(servers, "_disable_send", lambda server: False),
            patch.object(servers, "_connect__", lambda *args, **kwargs: None),
            patch.object(servers, "send_email", **sent),
        ):
            mails.send()

    def end_liability(self, liability, target, reason="Looked at again", user=None, **vals):
        dialog = self.env["cs.liability.end"].with_user(user or self.supervisor)
        return dialog.create(
            {"liability_id": liability.id, "target": target, "reason": reason, **vals}
        ).action_confirm()

    def record_answer(self, notice, answer, user=None, **vals):
        dialog = self.env["cs.liability.answer"].with_user(user or self.agent)
        return dialog.create({"notice_id": notice.id, "answer": answer, **vals}).action_confirm()

    def silence(self):
        self.run_job("cs.liability.notice", "_cron_silence")

    def todos(self, liability):
        kind = self.env.ref("customer_service_addon.mail_activity_type_cs_liability")
        return liability.sudo().activity_ids.filtered(lambda todo: todo.activity_type_id == kind)
