import pytz

from odoo import api, fields, models
from odoo.tools import html2plaintext

from ..services.placeholders import fill

# So many former visits and cases stand beside the script.
HISTORY = 5


class CsReturnVisit(models.Model):
    """What the call screen shows of one visit, in a fixed number of queries (V-03)."""

    _inherit = "cs.return.visit"

    def call_data(self):
        """Return everything the screen needs; moments are UTC texts, everything else is to be shown as it is.

        ``{"id", "name", "state", "purpose", "why", "method", "is_control", "needs_report", "tries", "try_limit",
        "appointment", "customer": {…}, "about": {…} or False, "history": {"visits", "open_cases", "cases", "tries"},
        "script": {"title", "opening", "closing", "questions": […]}}``. Raises AccessError for whoever may not ask.
        """
        self.ensure_one()
        self._ensure_asks()
        # sudo: cs.visit.purpose, survey, res.company - agents have no rights to questionnaires; the visit is theirs
        visit_sudo = self.sudo()
        purpose_sudo = visit_sudo.purpose_id
        methods = dict(self._fields["method"]._description_selection(self.env))
        return {
            "id": self.id,
            "name": self.name,
            "state": self.state,
            "purpose": purpose_sudo.name,
            "why": self.why,
            "method": self.method,
            "method_label": methods[self.method],
            "is_control": self.is_control,
            "needs_report": purpose_sudo.needs_report,
            "tries": self.attempt_count,
            "try_limit": purpose_sudo.attempt_limit,
            "appointment": self._moment(self.state == "agreed" and self.appointment_start),
            "hold_minutes": visit_sudo.company_id.cs_visit_claim_minutes,
            "customer": self._call_customer(),
            "about": self._call_about(),
            "history": self._call_history(),
            "script": self._call_script(purpose_sudo),
        }

    @api.model
    def _moment(self, moment):
        return fields.Datetime.to_string(moment) if moment else False

    def _call_customer(self):
        partner = self.partner_id
        entity = partner.commercial_partner_id
        # sudo: res.company - the hours of the procedure
        company_sudo = self.sudo().company_id
        now = fields.Datetime.now()
        zone = partner._cs_zone()
        offset = pytz.utc.localize(now).astimezone(zone).utcoffset()
        begin, end = partner._cs_call_window(company_sudo)
        return {
            "id": partner.id,
            "name": partner.name or entity.name,
            "entity": entity.name if entity != partner else False,
            "function": partner.function,
            "phone": partner.phone or entity.phone,
            "email": partner.email or entity.email,
            "class": self.class_id.name or False,
            "zone": str(zone),
            "offset": int(offset.total_seconds() // 60),
            "call_from": begin,
            "call_to": end,
            "may_be_called": partner._cs_may_be_called(company_sudo, now),
            "no_visits": partner.cs_no_visits or entity.cs_no_visits,
            "no_visits_reason": partner.cs_no_visits_reason or entity.cs_no_visits_reason,
        }

    def _call_about(self):
        """Return what the customer is asked about, or False for a visit that stands alone."""
        # sudo: cs.rework, cs.complaint, cs.case - who asks is told what about, also where another desk did it
        visit_sudo = self.sudo()
        source_sudo = visit_sudo.rework_id or visit_sudo.complaint_id or visit_sudo.case_id
        if not source_sudo:
            return False
        case_sudo = visit_sudo.case_id or source_sudo.case_id
        if source_sudo == case_sudo:
            state, done_at = source_sudo.stage_id.name, source_sudo.closed_at or source_sudo.solved_at
        else:
            labels = dict(source_sudo._fields["state"]._description_selection(self.env))
            state = labels[source_sudo.state]
            done_at = source_sudo.done_at if source_sudo._name == "cs.rework" else source_sudo.closed_at
        return {
            "kind": source_sudo.env["ir.model"]._get(source_sudo._name).name,
            "model": source_sudo._name,
            "id": source_sudo.id,
            "number": source_sudo.name,
            "subject": source_sudo.subject,
            "state": state,
            "object": case_sudo.object_ref,
            "served": visit_sudo.served_user_ids.mapped("name"),
            "department": visit_sudo.department_id.name or False,
            "done_at": self._moment(done_at),
        }

    # ------------------------------------------------------------------
    # History
    # ------------------------------------------------------------------

    def _call_history(self):
        """Return former visits, cases and tries as far as the reader may see them."""
        of_customer = [("commercial_partner_id", "=", self.commercial_partner_id.id)]
        visits = self.search(
            [*of_customer, ("id", "!=", self.id), ("answered_at", "!=", False)],
            order="answered_at DESC, id DESC",
            limit=HISTORY,
        )
        cases = self.env["cs.case"]
        open_cases = cases.search([*of_customer, *cases._open_domain()], order="id DESC", limit=HISTORY)
        last_cases = cases.search([*of_customer, ("id", "not in", open_cases.ids)], order="id DESC", limit=HISTORY)
        results = dict(self._fields["staff_result"]._description_selection(self.env))
        tries = dict(self.env["cs.visit.attempt"]._fields["result"]._description_selection(self.env))
        return {
            "visits": [
                {
                    "id": visit.id,
                    "number": visit.name,
                    "purpose": visit.purpose_id.name,
                    "moment": self._moment(visit.answered_at),
                    "result": visit.own_result or visit.staff_result,
                    "result_label": results.get(visit.own_result or visit.staff_result, False),
                    "wishes": [row.comment for row in visit.answer_ids if row.comment],
                }
                for visit in visits
            ],
            "open_cases": [self._call_case(case) for case in open_cases],
            "cases": [self._call_case(case) for case in last_cases],
            "tries": [
                {
                    "id": attempt.id,
                    "moment": self._moment(attempt.tried_at),
                    "result": tries[attempt.result],
                    # sudo: res.users - the name of a colleague
                    "who": attempt.sudo().user_id.name,
                    "note": attempt.note,
                }
                for attempt in self.attempt_ids
            ],
        }

    @api.model
    def _call_case(self, case):
        return {
            "id": case.id,
            "number": case.name,
            "subject": case.subject,
            "state": case.stage_id.name,
            "moment": self._moment(case.received_at),
        }

    # ------------------------------------------------------------------
    # Script
    # ------------------------------------------------------------------

    def _call_script(self, purpose_sudo):
        survey_sudo = purpose_sudo.survey_id
        values = {
            "customer": self.partner_id.name or self.commercial_partner_id.name or "",
            "caller": self.env.user.name,
            # sudo: res.company - its name
            "company": self.sudo().company_id.name,
            "minutes": str(purpose_sudo.announced_minutes),
        }
        # Choices of all questions in one go.
        survey_sudo.question_ids.suggested_answer_ids.fetch(["value", "cs_score", "question_id"])
        return {
            "title": survey_sudo.title or False,
            "opening": fill(survey_sudo.cs_wording or "", values),
            "closing": fill(survey_sudo.cs_closing or "", values),
            "questions": [self._call_question(question_sudo, values) for question_sudo in survey_sudo.question_ids],
        }

    @api.model
    def _call_question(self, question_sudo, values):
        required = question_sudo.constr_mandatory and not question_sudo.survey_id.users_can_go_back
        return {
            "id": question_sudo.id,
            "type": question_sudo.question_type,
            "title": question_sudo.title,
            "wording": fill(question_sudo.cs_wording or "", values),
            "description": html2plaintext(question_sudo.description or "", include_references=False).strip(),
            "section": question_sudo.page_id.title or False,
            "required": required,
            "follow_up": question_sudo.cs_follow_up,
            "comment": question_sudo.comments_allowed,
            "comment_label": question_sudo.comments_message or False,
            "comment_counts": question_sudo.comment_count_as_answer,
            "choices": [
                {"id": choice.id, "label": choice.value, "score": choice.cs_score}
                for choice in question_sudo.suggested_answer_ids
            ],
            "triggers": [
                {"choice": choice.id, "question": choice.question_id.id}
                for choice in question_sudo.triggering_answer_ids
            ],
            "min": question_sudo.scale_min,
            "max": question_sudo.scale_max,
            "min_label": question_sudo.scale_min_label or False,
            "mid_label": question_sudo.scale_mid_label or False,
            "max_label": question_sudo.scale_max_label or False,
        }
