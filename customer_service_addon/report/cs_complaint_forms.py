from odoo import api, models


class CsComplaintForm(models.AbstractModel):
    """Base of the forms printed from complaints; steps the level leaves out are left out on paper, too."""

    _name = "cs.complaint.form"
    _inherit = "cs.case.form"
    _description = "Printed Complaint Form"

    _cs_doc_model = "cs.complaint"

    @api.model
    def _cs_forms(self, complaints):
        return [self._complaint_form(complaint) for complaint in complaints]

    @api.model
    def _complaint_form(self, complaint):
        # sudo: cs.case - the form names the case of a file the user may read
        case_sudo = complaint.sudo().case_id
        lang = self._cs_lang(case_sudo)
        complaint, case_sudo = complaint.with_context(lang=lang), case_sudo.with_context(lang=lang)
        tz = case_sudo._cs_tz()
        return {
            "case": complaint,
            "lang": lang,
            "title": self._cs_title(complaint),
            "qr": self._cs_code_image("QR", complaint.name),
            "barcode": self._cs_code_image("Code128", complaint.name),
            "sections": [section for section in self._complaint_sections(complaint, case_sudo, tz) if section[1]],
            "tables": [table for table in self._complaint_tables(complaint, tz) if table["rows"]],
            "messages": [],
            "signatures": self._cs_signatures(complaint),
            "tz": tz,
        }

    @api.model
    def _complaint_sections(self, complaint, case, tz):
        return []

    @api.model
    def _complaint_tables(self, complaint, tz):
        return []

    @api.model
    def _registration(self, complaint, case, tz):
        rows = self._cs_rows(complaint, ("received_at", "level_id", "category_id", "user_id"), tz)
        return (complaint.env._("Registration"), rows)

    @api.model
    def _matter(self, complaint, case, tz):
        return (
            complaint.env._("Matter"),
            self._cs_rows(case, ("requested_date",), tz, wide=("subject", "description", "expectation")),
        )

    @api.model
    def _verification(self, complaint, tz):
        rows = self._cs_rows(complaint, ("finding", "verified_at"), tz, wide=("course", "result", "evidence"))
        return (complaint.env._("Verification"), rows if "verified" in complaint._needed_steps() else [])

    @api.model
    def _cause(self, complaint, tz):
        names = ("why_chain", "occurrence_cause", "escape_cause")
        rows = self._cs_rows(complaint, ("cause_id", "analysed_at"), tz, wide=names)
        return (complaint.env._("Cause"), rows if "analysed" in complaint._needed_steps() else [])

    @api.model
    def _liability(self, complaint, tz):
        decided = complaint.liability_ids.filtered("decided_at")
        names = ("party", "party_name", "share", "ground", "decided_by_id", "decided_at")
        return self._cs_table(complaint.env._("Liability"), decided, names, tz)

    @api.model
    def _actions(self, complaint, tz):
        actions = complaint.action_ids.filtered(lambda action: action.state != "dropped")
        names = ("kind", "name", "employee_id", "due_on", "state", "done_at")
        return self._cs_table(complaint.env._("Actions"), actions, names, tz)

    @api.model
    def _departments(self, complaint, tz):
        names = ("department_id", "user_id", "told_at", "signed_at", "signed_by_id")
        return self._cs_table(complaint.env._("Departments"), complaint.department_line_ids, names, tz)


class ComplaintAcceptance(models.AbstractModel):
    """Complaint acceptance form (投诉受理登记表): department, type, level, facts, expectation, date wanted (C-03)."""

    _name = "report.customer_service_addon.report_cs_complaint_acceptance"
    _inherit = "cs.complaint.form"
    _description = "Complaint Acceptance Form"

    @api.model
    def _cs_title(self, case):
        return case.env._("Complaint Acceptance Form")

    @api.model
    def _complaint_sections(self, complaint, case, tz):
        triage = ("is_valid", "company_responsible", "scope", "triaged_at")
        return [
            self._registration(complaint, case, tz),
            self._cs_customer_section(case, tz),
            self._cs_object_section(case, tz),
            self._matter(complaint, case, tz),
            self._appeal(complaint, tz),
            (complaint.env._("Triage"), self._cs_rows(complaint, triage, tz, wide=("triage_note",))),
        ]

    @api.model
    def _complaint_tables(self, complaint, tz):
        return [self._departments(complaint, tz)]

    @api.model
    def _cs_signatures(self, case):
        return [case.env._("Taken by"), case.env._("Department"), case.env._("Management")]


class ComplaintVerification(models.AbstractModel):
    """Verification report (客户投诉核实报告): course of events, result, people concerned (C-03)."""

    _name = "report.customer_service_addon.report_cs_complaint_verification"
    _inherit = "cs.complaint.form"
    _description = "Complaint Verification Report"

    @api.model
    def _cs_title(self, case):
        return case.env._("Complaint Verification Report")

    @api.model
    def _complaint_sections(self, complaint, case, tz):
        return [
            self._registration(complaint, case, tz),
            self._matter(complaint, case, tz),
            self._verification(complaint, tz),
        ]

    @api.model
    def _complaint_tables(self, complaint, tz):
        return [self._departments(complaint, tz)]

    @api.model
    def _cs_signatures(self, case):
        return [case.env._("Verified by"), case.env._("Head of the department"), case.env._("Customer service")]


class ComplaintCapa(models.AbstractModel):
    """Corrective and preventive action report (纠正和预防措施报告): cause, actions, effect (C-03)."""

    _name = "report.customer_service_addon.report_cs_complaint_capa"
    _inherit = "cs.complaint.form"
    _description = "Corrective and Preventive Action Report"

    @api.model
    def _cs_title(self, case):
        return case.env._("Corrective and Preventive Action Report")

    @api.model
    def _complaint_sections(self, complaint, case, tz):
        effect = self._cs_rows(complaint, ("effect_by_id", "effective_at"), tz, wide=("effect_note",))
        return [
            self._registration(complaint, case, tz),
            self._matter(complaint, case, tz),
            self._cause(complaint, tz),
            (complaint.env._("Effect"), effect if "effective" in complaint._needed_steps() else []),
        ]

    @api.model
    def _complaint_tables(self, complaint, tz):
        return [self._actions(complaint, tz)]

    @api.model
    def _cs_signatures(self, case):
        return [case.env._("Responsible"), case.env._("Approved by"), case.env._("Effect checked by")]


class ComplaintHandling(models.AbstractModel):
    """Handling report (客诉处理报告), the internal version: the whole file from the complaint to its effect (C-03)."""

    _name = "report.customer_service_addon.report_cs_complaint_handling"
    _inherit = "cs.complaint.form"
    _description = "Complaint Handling Report (Internal)"

    @api.model
    def _cs_title(self, case):
        return case.env._("Complaint Handling Report (Internal)")

    @api.model
    def _complaint_sections(self, complaint, case, tz):
        env = complaint.env
        triage = ("is_valid", "company_responsible", "scope", "triaged_at")
        effect = self._cs_rows(complaint, ("effect_by_id", "effective_at"), tz, wide=("effect_note",))
        conclusions = ("explanation", "report_customer", "report_internal")
        return [
            self._registration(complaint, case, tz),
            self._cs_customer_section(case, tz),
            self._matter(complaint, case, tz),
            self._appeal(complaint, tz),
            (env._("Triage"), self._cs_rows(complaint, triage, tz, wide=("triage_note",))),
            self._verification(complaint, tz),
            self._appeal_review(complaint, tz),
            self._appeal_outcome(complaint, tz),
            self._cause(complaint, tz),
            (env._("Effect"), effect if "effective" in complaint._needed_steps() else []),
            (env._("Conclusions"), self._cs_rows(complaint, ("replied_at", "closed_at"), tz, wide=conclusions)),
            (env._("Return Visit"), self._cs_rows(complaint, ("visited_at",), tz, wide=("visit_note",))),
        ]

    @api.model
    def _complaint_tables(self, complaint, tz):
        names = ("name", "author_id", "submitted_at", "state", "answered_how", "answered_at", "answer_reason")
        plans = self._cs_table(complaint.env._("Plans"), complaint.plan_ids.sorted("version"), names, tz)
        names = ("name", "plan_id", "state", "answered_at", "answer_reason")
        solutions = self._cs_table(complaint.env._("Solutions"), complaint.plan_ids.solution_ids, names, tz)
        answers = [self._departments(complaint, tz), self._retests(complaint, tz), plans, solutions]
        return [*answers, self._actions(complaint, tz), self._liability(complaint, tz)]

    @api.model
    def _cs_signatures(self, case):
        return [case.env._("Customer service"), case.env._("Management")]


class CsComplaintCustomerForm(models.AbstractModel):
    """Base of the forms the customer gets: in his language, under the number of his case."""

    _name = "cs.complaint.customer.form"
    _inherit = "cs.complaint.form"
    _description = "Printed Form for the Customer"

    @api.model
    def _cs_lang(self, case):
        return case._customer_lang()

    @api.model
    def _complaint_form(self, complaint):
        # sudo: cs.case - the customer knows his case by its own number, not by that of the file
        form = super()._complaint_form(complaint)
        case_sudo = complaint.sudo().case_id.with_context(lang=form["lang"])
        codes = {"qr": self._cs_code_image("QR", case_sudo.name), "barcode": False}
        return {**form, **codes, "case": case_sudo}


class ComplaintCustomer(models.AbstractModel):
    """Handling report for the customer: only what was written for him, in his language (C-03)."""

    _name = "report.customer_service_addon.report_cs_complaint_customer"
    _inherit = "cs.complaint.customer.form"
    _description = "Complaint Handling Report for the Customer"

    @api.model
    def _cs_title(self, case):
        return case.env._("Report on Your Complaint")

    @api.model
    def _complaint_sections(self, complaint, case, tz):
        env = complaint.env
        # sudo: cs.complaint.plan - only its text for the customer is printed
        plan_sudo = complaint.sudo().plan_ids.filtered(lambda plan: plan.state in ("approved", "accepted"))[:1]
        return [
            (env._("Your Complaint"), self._cs_rows(case, ("received_at",), tz, wide=("subject", "expectation"))),
            (env._("What We Do"), self._cs_rows(plan_sudo, (), tz, wide=("offered_text",)) if plan_sudo else []),
            (env._("Result"), self._cs_rows(complaint, (), tz, wide=("report_customer", "explanation"))),
        ]

    @api.model
    def _complaint_tables(self, complaint, tz):
        return []
