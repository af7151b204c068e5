from odoo import api, models
from odoo.tools import html2plaintext

# Signs of a message on the internal sheet, where the conversation is summed up.
CONVERSATION_EXCERPT = 600
HOLD_COLUMNS = (
    *("reason_id", "note", "started_at", "started_by_id", "approved_by_id", "until", "ended_at", "ended_how"),
    "held_hours",
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
    def _cs_tables(self, case, tz, files):
        env = case.env
        return [
            self._cs_table(
                env._("Promises"),
                case.promise_ids.sorted("id"),
                ("due_at", "origin", "text", "made_by_id", "state", "kept_at"),
                tz,
            ),
            self._cs_table(
                env._("Holds"),
                case.hold_ids.sorted("id"),
                HOLD_COLUMNS,
                tz,
            ),
            self._cs_table(
                env._("Hand-overs"),
                case.handover_ids.sorted("id"),
                (
                    "kind",
                    "from_user_id",
                    "to_user_id",
                    "requested_at",
                    "accepted_at",
                    "state",
                    "note",
                    "decline_reason",
                ),
                tz,
            ),
            self._cs_table(
                env._("Questions to Departments"),
                case.forward_ids.sorted("id"),
                ("name", "department_id", "asked_at", "question", "answered_at", "answer", "state"),
                tz,
            ),
            self._cs_table(
                env._("Papers and Photos"),
                files.get(case.id, env["ir.attachment"]).with_env(env),
                ("name", "create_date", "create_uid"),
                tz,
            ),
        ]

    @api.model
    def _cs_files(self, cases):
        files = self.env["ir.attachment"].search(
            [("res_model", "=", "cs.case"), ("res_id", "in", cases.ids)], order="id"
        )
        return files.grouped("res_id")

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
    def _cs_form(self, case, files):
        # sudo: cs.case - its reader was checked, and the form names every field that its customer gets to see
        return super()._cs_form(case.sudo(), files)

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
                    case,
                    ("solved_at", "closed_at", "confirmation", "verdict"),
                    tz,
                    wide=("resolution", "verdict_reason"),
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
