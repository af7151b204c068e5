from odoo import api, models
from odoo.exceptions import UserError


class CsComplaintForm(models.AbstractModel):
    """What the forms of a complaint say about its appeal (C-05)."""

    _inherit = "cs.complaint.form"

    @api.model
    def _appeal(self, complaint, tz):
        names = ("report_number", "report_date", "sample_ref", "test_item", "tester_ids")
        wide = ("reasons", "grounds", "late_reason")
        return (complaint.env._("Appeal"), self._appeal_rows(complaint, names, tz, wide=wide))

    @api.model
    def _appeal_review(self, complaint, tz):
        wide = ("records_reviewed", "instruments_reviewed", "process_reviewed", "opinion")
        names = ("participant_ids", "opinion_by_id", "needs_retest")
        return (complaint.env._("Review and First Opinion"), self._appeal_rows(complaint, names, tz, wide=wide))

    @api.model
    def _appeal_outcome(self, complaint, tz):
        names = ("ruling", "ruled_by_id", "signatory_id", "voided_at", "replacement_number", "change_mark")
        return (complaint.env._("Outcome"), self._appeal_rows(complaint, names, tz, wide=("ruling_note",)))

    @api.model
    def _appeal_rows(self, complaint, names, tz, wide=()):
        """Return the filled rows of the appeal; none where there is no appeal."""
        appeal = complaint.appeal_ids[:1]
        return self._cs_rows(appeal, names, tz, wide=wide) if appeal else []

    @api.model
    def _retests(self, complaint, tz):
        names = ("code", "employee_id", "sample", "task", "result", "done_at")
        rows = complaint.appeal_ids.retest_ids
        return self._cs_table(complaint.env._("Re-tests"), rows, names, tz)


class CsAppealForm(models.AbstractModel):
    """Base of the forms printed from an appeal; the customer gets them."""

    _name = "cs.appeal.form"
    _inherit = "cs.complaint.customer.form"
    _description = "Printed Appeal Form"

    _cs_doc_model = "cs.appeal"

    @api.model
    def _cs_forms(self, appeals):
        return super()._cs_forms(appeals.complaint_id)


class AppealForm(models.AbstractModel):
    """Appeal form (抱怨申诉登记表): who appeals, against which report, reasons and grounds (C-05)."""

    _name = "report.customer_service_addon.report_cs_appeal"
    _inherit = "cs.appeal.form"
    _description = "Appeal Form"

    @api.model
    def _cs_title(self, case):
        return case.env._("Appeal Form")

    @api.model
    def _complaint_sections(self, complaint, case, tz):
        names = ("report_number", "report_date", "sample_ref", "test_item")
        return [
            self._cs_customer_section(case, tz),
            (complaint.env._("Contested Report"), self._appeal_rows(complaint, names, tz)),
            (complaint.env._("Appeal"), self._appeal_rows(complaint, (), tz, wide=("reasons", "grounds"))),
            (complaint.env._("Expectation"), self._cs_rows(case, ("received_at",), tz, wide=("expectation",))),
        ]

    @api.model
    def _cs_signatures(self, case):
        return [case.env._("Customer"), case.env._("Taken by")]


class AppealVoid(models.AbstractModel):
    """Notice of withdrawal (检测报告作废通知): which report is void and what takes its place (C-05)."""

    _name = "report.customer_service_addon.report_cs_appeal_void"
    _inherit = "cs.appeal.form"
    _description = "Notice of Withdrawal"

    @api.model
    def _cs_ensure_may_print(self, documents):
        """Nothing is declared void on paper that the signatory has not withdrawn."""
        result = super()._cs_ensure_may_print(documents)
        for appeal in documents:
            if appeal.ruling != "withdrawn":
                raise UserError(
                    self.env._(
                        "%(report)s is not withdrawn; there is nothing to announce.", report=appeal.report_number
                    )
                )
        return result

    @api.model
    def _cs_title(self, case):
        return case.env._("Notice of Withdrawal of a Report")

    @api.model
    def _complaint_sections(self, complaint, case, tz):
        names = ("report_number", "report_date", "sample_ref", "voided_at", "replacement_number", "change_mark")
        return [
            self._cs_customer_section(case, tz),
            (complaint.env._("Withdrawn Report"), self._appeal_rows(complaint, names, tz, wide=("signatory_id",))),
        ]

    @api.model
    def _cs_signatures(self, case):
        return [case.env._("Authorised signatory")]


class AppealOpinion(models.AbstractModel):
    """The customer's opinion on the outcome (投诉处理结果客户反馈登记表), asked in writing (C-05)."""

    _name = "report.customer_service_addon.report_cs_appeal_opinion"
    _inherit = "cs.appeal.form"
    _description = "Customer's Opinion on the Outcome"

    @api.model
    def _cs_title(self, case):
        return case.env._("Customer's Opinion on the Outcome")

    @api.model
    def _complaint_sections(self, complaint, case, tz):
        outcome = ("report_number", "ruling", "replacement_number", "change_mark")
        opinion = ("customer_opinion", "customer_opinion_at")
        text = ("customer_opinion_text",)
        return [
            self._cs_customer_section(case, tz),
            (complaint.env._("Outcome"), self._appeal_rows(complaint, outcome, tz)),
            (complaint.env._("Opinion"), self._appeal_rows(complaint, opinion, tz, wide=text)),
        ]

    @api.model
    def _cs_signatures(self, case):
        return [case.env._("Customer")]
