from odoo import api, models


class CompensationSheet(models.AbstractModel):
    """Compensation sheet (赔偿/补偿审批单): what for, how much, who approved it, what was booked (C-09)."""

    _name = "report.customer_service_addon.report_cs_compensation"
    _inherit = "cs.case.form"
    _description = "Compensation Sheet"

    _cs_doc_model = "cs.compensation"

    @api.model
    def _cs_forms(self, compensations):
        return [self._compensation_form(row) for row in compensations.with_context(lang=self._cs_lang(None))]

    @api.model
    def _compensation_form(self, compensation):
        # sudo: cs.case - the sheet names the case of a compensation the user may read
        case_sudo = compensation.sudo().complaint_id.case_id
        tz = case_sudo._cs_tz()
        sections = [
            self._matter(compensation, case_sudo, tz),
            self._cs_customer_section(case_sudo, tz),
            self._amounts(compensation, tz),
        ]
        return {
            "case": compensation,
            "lang": compensation.env.lang,
            "title": self._cs_title(compensation),
            "qr": self._cs_code_image("QR", compensation.name),
            "barcode": self._cs_code_image("Code128", compensation.name),
            "sections": [section for section in sections if section[1]],
            "tables": [
                table for table in (self._approvals(compensation, tz), self._others(compensation, tz)) if table["rows"]
            ],
            "messages": [],
            "signatures": self._cs_signatures(compensation),
            "tz": tz,
        }

    @api.model
    def _cs_title(self, case):
        return case.env._("Compensation Sheet")

    @api.model
    def _cs_signatures(self, case):
        return [
            case.env._("Applied for by"),
            case.env._("Approved by"),
            case.env._("Accounting"),
            case.env._("Customer"),
        ]

    @api.model
    def _matter(self, compensation, case, tz):
        complaint_sudo = compensation.sudo().complaint_id
        rows = self._cs_rows(complaint_sudo, ("name", "level_id", "received_at", "finding"), tz)
        return (compensation.env._("Complaint"), [*rows, *self._cs_rows(case, (), tz, wide=("subject",))])

    @api.model
    def _amounts(self, compensation, tz):
        names = ("kind", "state", "invoice_number", "amount", "amount_company", "author_id", "payment_note")
        return (compensation.env._("Compensation"), self._cs_rows(compensation, names, tz, wide=("reason",)))

    @api.model
    def _approvals(self, compensation, tz):
        # sudo: cs.approval - who decided belongs on the sheet, whoever prints it
        names = ("name", "amount", "requested_by_id", "requested_at", "state", "decided_by_id", "decided_at", "reason")
        return self._cs_table(compensation.env._("Approvals"), compensation.sudo().approval_ids, names, tz)

    @api.model
    def _others(self, compensation, tz):
        """The other compensations of the complaint, so that the approver sees the sum."""
        # sudo: cs.compensation - those of a complaint the user may read
        others = compensation.sudo().complaint_id.compensation_ids - compensation
        names = ("name", "kind", "amount", "amount_company", "state")
        return self._cs_table(compensation.env._("Other Compensations of the Complaint"), others, names, tz)
