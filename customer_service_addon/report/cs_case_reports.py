from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools import html2plaintext

CONVERSATION_EXCERPT = 600


class CsCaseForm(models.AbstractModel):
    """Base of the forms printed from cases; each form says its title, sections, tables and signatures."""

    _name = "cs.case.form"
    _inherit = "cs.print.mixin"
    _description = "Printed Case Form"

    @api.model
    def _get_report_values(self, docids, data=None):
        """Return what the templates print for the cases ``docids``.

        Raises AccessError when the user may not read one of them, or when an internal form is asked for by
        somebody from outside (the portal prints with system rights, so the question is the user, not the rights).
        """
        cases = self.env["cs.case"].browse(docids).exists()
        self._cs_ensure_may_print(cases)
        return {
            "doc_ids": docids,
            "doc_model": "cs.case",
            "docs": cases,
            "forms": [self._cs_form(case.with_context(lang=self._cs_lang(case))) for case in cases],
        }

    @api.model
    def _cs_ensure_may_print(self, cases):
        if not self.env.user._is_internal():
            raise AccessError(self.env._("This form is for the company's own use. Print the case from its page."))
        cases.check_access("read")

    @api.model
    def _cs_form(self, case):
        tz = case._cs_tz()
        return {
            "case": case,
            "lang": self._cs_lang(case),
            "title": self._cs_title(case),
            "qr": self._cs_code_image("QR", self._cs_qr_text(case)),
            "barcode": self._cs_code_image("Code128", case.name),
            "sections": [section for section in self._cs_sections(case, tz) if section[1]],
            "tables": [table for table in self._cs_tables(case, tz) if table["rows"]],
            "messages": self._cs_messages(case, tz),
            "signatures": self._cs_signatures(case),
            "tz": tz,
        }

    @api.model
    def _cs_lang(self, case):
        """Language of the print; the user's, unless the form goes to the customer."""
        return self.env.lang or "en_US"

    @api.model
    def _cs_qr_text(self, case):
        return case.name

    @api.model
    def _cs_tables(self, case, tz):
        return []

    @api.model
    def _cs_messages(self, case, tz):
        return []

    @api.model
    def _cs_signatures(self, case):
        return []

    @api.model
    def _cs_customer_section(self, case, tz):
        return (
            case.env._("Customer"),
            self._cs_rows(case, ("partner_name", "phone", "partner_id", "email_from"), tz),
        )

    @api.model
    def _cs_object_section(self, case, tz):
        return (
            case.env._("Object"),
            self._cs_rows(case, ("object_ref", "product_id", "order_ref", "phase"), tz),
        )


class AcceptanceForm(models.AbstractModel):
    """Case acceptance form (来电来访登记/受理单): signed at intake, in the customer's language (I-02, I-04, I-05)."""

    _name = "report.customer_service_addon.report_cs_case_acceptance"
    _inherit = "cs.case.form"
    _description = "Case Acceptance Form"

    @api.model
    def _cs_lang(self, case):
        return case._cs_customer_lang()

    @api.model
    def _cs_title(self, case):
        return case.env._("Case Acceptance Form")

    @api.model
    def _cs_sections(self, case, tz):
        env = case.env
        return [
            (
                env._("Registration"),
                self._cs_rows(case, ("received_at", "channel_id", "type_id", "category_id", "priority"), tz),
            ),
            self._cs_customer_section(case, tz),
            self._cs_object_section(case, tz),
            (env._("Matter"), self._cs_rows(case, (), tz, wide=("subject", "description", "expectation"))),
            (
                env._("Handling"),
                self._cs_rows(
                    case,
                    ("requested_date", "next_promise_at", "first_contact_id", "user_id", "team_id", "department_id"),
                    tz,
                ),
            ),
        ]

    @api.model
    def _cs_signatures(self, case):
        return [case.env._("Customer"), case.env._("Taken by"), case.env._("Handed over to")]


class CaseSheet(models.AbstractModel):
    """The whole case on paper, for the company's own file."""

    _name = "report.customer_service_addon.report_cs_case_sheet"
    _inherit = "cs.case.form"
    _description = "Case Sheet"

    _cs_milestones = (
        "received_at",
        "registered_at",
        "acknowledged_at",
        "accepted_at",
        "first_answered_at",
        "last_answer_at",
        "last_customer_at",
        "solved_at",
        "confirmed_at",
        "closed_at",
        "cancelled_at",
        "reopened_at",
    )

    @api.model
    def _cs_title(self, case):
        return case.env._("Case Sheet (Internal)")

    @api.model
    def _cs_sections(self, case, tz):
        env = case.env
        return [
            (
                env._("Registration"),
                self._cs_rows(case, ("stage_id", "channel_id", "type_id", "category_id", "priority", "origin_id"), tz),
            ),
            self._cs_customer_section(case, tz),
            self._cs_object_section(case, tz),
            (
                env._("Matter"),
                self._cs_rows(case, ("requested_date",), tz, wide=("subject", "description", "expectation")),
            ),
            (
                env._("Handling"),
                self._cs_rows(
                    case,
                    ("team_id", "department_id", "user_id", "first_contact_id", "pending_user_id", "next_promise_at"),
                    tz,
                    wide=("assign_reason", "unfinished_reason"),
                ),
            ),
            (
                env._("Incident"),
                self._cs_rows(case, ("incident_place",), tz, wide=("incident_report",)) if case.is_incident else [],
            ),
            (
                env._("Result"),
                self._cs_rows(
                    case,
                    ("verdict", "confirmation", "praised_employee_id", "reopen_count", "merged_into_id"),
                    tz,
                    wide=("resolution", "verdict_reason", "cancel_reason"),
                ),
            ),
            (env._("Milestones"), self._cs_rows(case, self._cs_milestones, tz)),
        ]

    @api.model
    def _cs_messages(self, case, tz):
        """The conversation in short: who wrote what when; long messages are cut and say so by “…”."""
        messages = []
        for message in case.website_message_ids.sorted("id"):
            text = html2plaintext(message.body or "").strip()
            if not text:
                continue
            if len(text) > CONVERSATION_EXCERPT:
                text = text[:CONVERSATION_EXCERPT].rstrip() + " …"
            messages.append(
                {
                    "date": self._cs_moment(case.env, message.date, tz),
                    "author": message.sudo().author_id.name or message.email_from or "",
                    "internal": message.is_internal or message.subtype_id.internal,
                    "body": self._cs_lines(text),
                }
            )
        return messages


class CustomerSheet(models.AbstractModel):
    """The case as its customer may see it, in his language; the portal prints it."""

    _name = "report.customer_service_addon.report_cs_case_customer"
    _inherit = "cs.case.form"
    _description = "Case Sheet for the Customer"

    @api.model
    def _cs_ensure_may_print(self, cases):
        cases.check_access("read")

    @api.model
    def _cs_form(self, case):
        # sudo: cs.case - its reader was checked, and the form names every field that its customer gets to see
        return super()._cs_form(case.sudo())

    @api.model
    def _cs_lang(self, case):
        return case._cs_customer_lang()

    @api.model
    def _cs_title(self, case):
        return case.env._("Case Sheet")

    @api.model
    def _cs_qr_text(self, case):
        return f"{case.get_base_url()}{case.access_url}"

    @api.model
    def _cs_sections(self, case, tz):
        env = case.env
        return [
            (
                env._("Registration"),
                self._cs_rows(case, ("received_at", "type_id", "stage_id", "user_id", "next_promise_at"), tz),
            ),
            self._cs_customer_section(case, tz),
            self._cs_object_section(case, tz),
            (
                env._("Your Request"),
                self._cs_rows(case, ("requested_date",), tz, wide=("subject", "description", "expectation")),
            ),
            (
                env._("Result"),
                self._cs_rows(
                    case, ("solved_at", "closed_at", "confirmation", "verdict"), tz, wide=("resolution", "verdict_reason")
                ),
            ),
        ]

    @api.model
    def _cs_messages(self, case, tz):
        """What was written to and by the customer, in full; nothing internal, whoever prints."""
        messages = case.website_message_ids.filtered(
            lambda message: message.subtype_id and not message.subtype_id.internal and not message.is_internal
        )
        return [
            {
                "date": self._cs_moment(case.env, message.date, tz),
                "author": message.author_id.name or message.email_from or "",
                "internal": False,
                "body": message.body,
            }
            for message in messages.sorted("id")
            if html2plaintext(message.body or "").strip()
        ]


class VisitorSheet(models.AbstractModel):
    """Visitor registration (来访登记表): class, host, times, needs and minutes with their actions (I-10)."""

    _name = "report.customer_service_addon.report_cs_visitor_sheet"
    _inherit = "cs.case.form"
    _description = "Visitor Sheet"

    @api.model
    def _cs_title(self, case):
        return case.env._("Visitor Sheet")

    @api.model
    def _cs_sections(self, case, tz):
        env = case.env
        reception_class = case.reception_class_id
        return [
            (
                env._("Visit"),
                self._cs_rows(case, ("visit_start", "visit_end", "visitor_count", "reception_class_id"), tz)
                + self._cs_rows(reception_class, ("room",), tz, wide=("rules",)),
            ),
            self._cs_customer_section(case, tz),
            (
                env._("Reception"),
                self._cs_rows(
                    case, ("host_id", "department_id", "first_contact_id", "user_id"), tz, wide=("visit_needs",)
                ),
            ),
            (env._("Purpose"), self._cs_rows(case, (), tz, wide=("subject", "description", "expectation"))),
            (env._("Minutes"), self._cs_rows(case, (), tz, wide=("visit_minutes",))),
        ]

    @api.model
    def _cs_tables(self, case, tz):
        names = ("summary", "user_id", "date_deadline", "date_done")
        activities = case.with_context(active_test=False).activity_ids
        return [self._cs_table(case.env._("Actions"), activities, names, tz)]

    @api.model
    def _cs_signatures(self, case):
        return [case.env._("Visitor"), case.env._("Front desk"), case.env._("Host")]
