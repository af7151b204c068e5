from markupsafe import Markup

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import is_html_empty


class CsComplaint(models.Model):
    """The handling report (客诉处理报告): drawn up, approved, sent to the customer as PDF in his language (C-03).

    There are two versions of it: what the customer reads is a field of its own, the internal one holds everything.
    """

    _name = "cs.complaint"
    _inherit = ["cs.complaint", "cs.approval.document"]

    report_customer = fields.Html("Report to the Customer", sanitize=True, copy=False)
    report_internal = fields.Html("Internal Conclusions", sanitize=True, copy=False)
    report_by_id = fields.Many2one("res.users", "Report Drawn Up By", readonly=True, copy=False)

    def action_report(self):
        """Hand in the report: to its approvers if the level wants them. Raises UserError while it says nothing."""
        self._ensure_can_do("reported")
        for complaint in self:
            complaint._ensure_filled([name for name in ("report_customer",) if complaint._is_empty(name)])
        self._cs_as_server().write({"report_by_id": self.env.uid})
        self._do("reported")
        self.filtered(lambda complaint: "released" in complaint._needed_steps())._request_approval("report")

    def action_reply(self):
        """Answer the customer; where there is a report it goes to him as PDF with the answer."""
        for complaint in self:
            complaint._ensure_can_do("replied")
            if "released" in complaint._needed_steps():
                complaint._ensure_released()
        result = super().action_reply()
        for complaint in self.filtered("reported_at"):
            complaint._send_report()
        return result

    def _ensure_released(self):
        """The report that goes out is the one that was approved. Raises UserError otherwise."""
        if not self._is_approved("report"):
            raise UserError(
                self.env._(
                    "%(complaint)s: the report is not the one that was approved. Have it approved again.",
                    complaint=self.name,
                )
            )

    def _send_report(self):
        """Post the customer's report as an answer on the case; by mail where there is an address."""
        self.ensure_one()
        # sudo: cs.case - answering is the step that was checked
        case_sudo = self.case_id.sudo()
        reader = case_sudo.with_context(lang=case_sudo._customer_lang())
        report = "customer_service_addon.cs_complaint_customer_report"
        content, _kind = self.env["ir.actions.report"].sudo()._render_qweb_pdf(report, self.ids)
        attachment_sudo = (
            self.env["ir.attachment"]
            .sudo()
            .create(
                {
                    "name": reader.env._("Report %(number)s.pdf", number=case_sudo.name),
                    "raw": content,
                    "res_model": "cs.case",
                    "res_id": case_sudo.id,
                }
            )
        )
        case_sudo._post_answer(
            Markup("<p>%s</p>") % reader.env._("Attached you find our report about your complaint."),
            how="mail" if case_sudo.partner_id.email or case_sudo.email_from else "person",
            attachment_ids=attachment_sudo.ids,
        )

    # ------------------------------------------------------------------
    # Approval
    # ------------------------------------------------------------------

    def _approval_values(self, kind):
        self.ensure_one()
        return self._approval_frame(self.env._("%(complaint)s report", complaint=self.name), self.report_by_id)

    def _approval_frame(self, name, authors):
        """Return the values of an approval about the complaint or something of it, written by ``authors``."""
        self.ensure_one()
        # sudo: hr.department - who leads the department is asked, whatever file the user may open
        department_sudo = self.department_id.sudo()
        return {
            "name": name,
            "company_id": self.company_id.id,
            "complaint_id": self.id,
            "level_id": self.level_id.id,
            "department_id": department_sudo.id,
            "department_head_id": department_sudo.manager_id.user_id.id,
            "author_ids": [Command.set(authors.ids)],
        }

    def _approval_content(self, kind):
        self.ensure_one()
        return {"customer": self.report_customer or "", "internal": self.report_internal or ""}

    def _approval_text(self, kind):
        self.ensure_one()
        parts = [self.report_customer, self.report_internal]
        return Markup("<hr/>").join(Markup(part) for part in parts if not is_html_empty(part))

    def _approval_decided(self, approval):
        if approval.state == "approved":
            self._do("released")
            return
        self._take_back("reported")
        self._tell(
            {self: self.report_by_id},
            lambda complaint: complaint.env._("The report is not approved: %(reason)s", reason=approval.reason or ""),
        )
