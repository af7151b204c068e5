import base64

from odoo import fields, models
from odoo.exceptions import UserError

from ..services.pdf_stamp import StampError, stamp

OPINION = "customer_service_addon.mail_template_cs_appeal_opinion"


class CsAppeal(models.Model):
    """The report is confirmed, or withdrawn with the authorised signatory's approval; then the customer is asked."""

    _inherit = "cs.appeal"

    def action_confirm_report(self):
        """The report stands (C-05). Raises UserError without a reason."""
        self._ensure_can_rule()
        self._cs_as_server().write({"ruling": "confirmed", "ruled_by_id": self.env.uid})
        self._settle("unjustified")

    def action_withdraw_report(self):
        """Propose to withdraw the report; it is void when the authorised signatory has agreed (C-05)."""
        self._ensure_can_rule()
        self._cs_as_server().write({"ruled_by_id": self.env.uid})
        self._request_approval("withdrawal")

    def _ensure_can_rule(self):
        for appeal in self:
            appeal.complaint_id._ensure_can_do("ruled")
            appeal._ensure_filled("ruling_note")
            if appeal._is_asked("withdrawal"):
                raise UserError(
                    self.env._(
                        "%(complaint)s waits for the authorised signatory. Change the reason to take it back.",
                        complaint=appeal.complaint_id.name,
                    )
                )

    def _withdrawal_decided(self, approval):
        """Void with the signatory's approval, else back to whoever proposed it; called in sudo."""
        if approval.state != "approved":
            self.complaint_id._tell(
                {self.complaint_id: self.ruled_by_id},
                lambda complaint: complaint.env._(
                    "The withdrawal of the report is not approved: %(reason)s", reason=approval.reason or ""
                ),
            )
            return
        self._cs_as_server().write(
            {
                "ruling": "withdrawn",
                "signatory_id": approval.decided_by_id.id,
                "voided_at": fields.Datetime.now(),
                **self._stamped_values(),
            }
        )
        self._settle("justified")

    def _settle(self, finding):
        # sudo: cs.complaint - the step was checked, and the outcome is the finding from now on
        complaints_sudo = self.sudo().complaint_id
        complaints_sudo._cs_as_server().write({"finding": finding})
        complaints_sudo._do("ruled")

    def _stamped_values(self):
        """Return the copy of the contested report with the void mark; what cannot be stamped is left as it is."""
        self.ensure_one()
        if not self.report_file:
            return {}
        label = self.env._("VOID")
        day = fields.Date.to_string(fields.Date.context_today(self))
        try:
            content = stamp(base64.b64decode(self.report_file), f"{label} {day}")
        except StampError as error:
            self.complaint_id._message_log(
                body=self.env._("The report could not be stamped void: %(reason)s", reason=str(error))
            )
            return {}
        return {
            "void_file": base64.b64encode(content),
            "void_file_name": f"{self.report_number or self.complaint_id.name}-{label}.pdf",
        }

    # ------------------------------------------------------------------
    # The customer's opinion
    # ------------------------------------------------------------------

    def _ask_customer(self):
        """Ask in writing what the customer thinks of the outcome; who has no address is called (C-05)."""
        # sudo: cs.appeal, cs.case - asking belongs to the answer, which was checked
        appeals_sudo = self.sudo()._cs_as_server()
        appeals_sudo.write(
            {
                "asked_at": fields.Datetime.now(),
                "customer_opinion": False,
                "customer_opinion_text": False,
                "customer_opinion_at": False,
            }
        )
        appeals_sudo.complaint_id.case_id._mail_customers(OPINION)

    def action_record_content(self):
        """The customer said that he accepts the outcome; customer service records it."""
        self.complaint_id._ensure_desk()
        self._record_opinion("content")

    def action_record_not_content(self):
        """The customer said that he does not accept it; his words belong into the conversation of the case."""
        self.complaint_id._ensure_desk()
        self._record_opinion("not")

    def _record_opinion(self, opinion, text=""):
        """Keep what the customer thinks of the outcome. Raises UserError before he was asked and a second time."""
        self.check_access("write")
        for appeal in self:
            if not appeal.asked_at or appeal.customer_opinion:
                raise UserError(
                    self.env._(
                        "%(complaint)s: the customer was not asked yet, or has said it already.",
                        complaint=appeal.complaint_id.name,
                    )
                )
        self._cs_as_server().write(
            {
                "customer_opinion": opinion,
                "customer_opinion_text": text,
                "customer_opinion_at": fields.Datetime.now(),
            }
        )
        if opinion == "not":
            # sudo: cs.complaint - the follower hears of it, whoever recorded it
            complaints_sudo = self.sudo().complaint_id
            complaints_sudo._tell(
                {complaint: complaint.user_id for complaint in complaints_sudo},
                lambda complaint: complaint.env._(
                    "The customer does not accept the outcome of the appeal. %(text)s", text=text
                ),
            )

    def _anonymise(self, placeholder):
        """Take the customer's words and papers out of the appeals (sudo, checked by the caller)."""
        for name in ("reasons", "grounds", "opinion", "ruling_note", "customer_opinion_text"):
            self.filtered(name)._cs_as_server().write({name: placeholder})
        self._cs_as_server().write({"report_file": False, "void_file": False})
        self.approval_ids._cs_as_server().write({"snapshot": placeholder})


class CsComplaint(models.Model):
    _inherit = "cs.complaint"

    def action_reply(self):
        """A withdrawn report is replaced before the customer is answered; then he is asked for his opinion (C-05)."""
        # sudo: cs.appeal - the form of a file the user answers
        appeals_sudo = self.sudo().appeal_ids
        for appeal_sudo in appeals_sudo.filtered(lambda appeal: appeal.ruling == "withdrawn"):
            appeal_sudo._ensure_filled("replacement_number", "change_mark")
        result = super().action_reply()
        appeals_sudo.filtered("ruling")._ask_customer()
        return result


class CsCase(models.Model):
    _inherit = "cs.case"

    def _appeal_to_judge(self):
        """Return the appeal (sudo) whose outcome the customer is asked about; empty when there is none."""
        self.ensure_one()
        # sudo: cs.appeal - only its outcome is shown
        return self.sudo().complaint_ids.appeal_ids.filtered(
            lambda appeal: appeal.asked_at and not appeal.customer_opinion
        )[:1]

    def _judge_on_portal(self, opinion, text=""):
        """The customer says on his page what he thinks of the outcome; the caller has checked that it is he."""
        appeal_sudo = self._appeal_to_judge()
        if not appeal_sudo or opinion not in ("content", "not"):
            raise UserError(self.env._("There is nothing to answer any more."))
        text = (text or "").strip()
        if opinion == "not" and not text:
            raise UserError(self.env._("Please say why you do not accept the outcome."))
        appeal_sudo._record_opinion(opinion, text)
