from odoo import api, models


class ForwardSlip(models.AbstractModel):
    """Internal liaison note (内部联络单): one question to a department on paper, with room for the answer (I-06)."""

    _name = "report.customer_service_addon.report_cs_forward"
    _inherit = "cs.case.form"
    _description = "Internal Liaison Note"

    _cs_doc_model = "cs.forward"

    @api.model
    def _cs_forms(self, forwards):
        return [self._forward_form(forward) for forward in forwards.with_context(lang=self._cs_lang(None))]

    @api.model
    def _forward_form(self, forward):
        env, tz = forward.env, forward.case_id._cs_tz()
        question = self._cs_rows(
            forward,
            ("name", "state", "department_id", "to_user_id", "asked_by_id", "asked_at", "due_at"),
            tz,
            wide=("question",),
        )
        answer = self._cs_rows(forward, ("answered_by_id", "answered_at"), tz, wide=("answer",))
        form = self._cs_form(forward.case_id, {})
        sections = [(env._("Question"), question), *form["sections"], (env._("Answer"), answer)]
        return {**form, "sections": [section for section in sections if section[1]]}

    @api.model
    def _cs_title(self, case):
        return case.env._("Internal Liaison Note")

    @api.model
    def _cs_sections(self, case, tz):
        return [
            (
                case.env._("Case"),
                self._cs_rows(
                    case, ("received_at", "type_id", "user_id", "requested_date"), tz, wide=("subject", "description")
                ),
            ),
            self._cs_customer_section(case, tz),
            self._cs_object_section(case, tz),
        ]

    @api.model
    def _cs_signatures(self, case):
        return [case.env._("Asked by"), case.env._("Answered by"), case.env._("Head of the department")]
