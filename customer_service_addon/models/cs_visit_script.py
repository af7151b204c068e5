import math
from datetime import datetime

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..services.visit_steps import OPEN
from .cs_visit_answer import CHOICES

TEXT_LENGTH = 5000
KEY_LENGTH = 64
FIGURES = ("scale", "numerical_box")


class CsReturnVisit(models.Model):
    """The talk: answers and tries come from the screen into the record, each once however often they arrive (V-03)."""

    _inherit = "cs.return.visit"

    save_key = fields.Char(
        "Saved With", readonly=True, copy=False, help="What the screen sent last; sent again it is known."
    )

    _cs_server_fields = frozenset({"save_key"})

    def action_call(self):
        """Open the call screen with this visit."""
        self.ensure_one()
        return {"type": "ir.actions.client", "tag": "cs_visit_call", "context": {"visit_id": self.id}}

    # ------------------------------------------------------------------
    # Called by the screen
    # ------------------------------------------------------------------

    def save_answers(self, answers, key, note=None):
        """Take the answers of the talk into the record and return what came out, see _call_outcome().

        ``answers`` is ``{question id as text: {"answer": …, "comment": text}}``: choices as a list of ids, figures
        and texts as text, moments as UTC text. The same ``key`` again returns the same and creates nothing. Raises
        AccessError for whoever may not ask, UserError for what the script refuses or a visit that was asked already;
        nothing is changed then.
        """
        self.ensure_one()
        self._ensure_asks()
        key = self._call_key(key)
        self._call_lock_wait()
        if self.save_key == key:
            return self._call_outcome()
        self._ensure_may_be_asked()
        raw = self._read_answers(answers)
        now = fields.Datetime.now()
        self._record_answers("staff", raw, user=self.env.user, moment=now)
        self._keep_try(self._attempt_values("answered", now, note=self._call_text(note)), save_key=key)
        return self._call_outcome()

    def log_try(self, result, note=None, again_at=None, key=None):
        """Log a try: "no_answer", "busy", "wrong", or "later" with ``again_at`` (ISO text in UTC); see save_answers().

        Raises UserError for a moment that cannot be read or lies behind, and as _log_attempt() does.
        """
        self.ensure_one()
        self._ensure_asks()
        key = self._call_key(key) if key else False
        self._call_lock_wait()
        if key and self.save_key == key:
            return self._call_outcome()
        self._log_attempt(result, note=self._call_text(note), again_at=self._read_moment(again_at))
        self._keep_key(key)
        return self._call_outcome()

    def log_declined(self, reason, for_good=False, key=None):
        """Note that the customer does not want to be asked, ``for_good`` never again; see save_answers()."""
        self.ensure_one()
        self._ensure_asks()
        key = self._call_key(key) if key else False
        self._call_lock_wait()
        if key and self.save_key == key:
            return self._call_outcome()
        self._ensure_open()
        now = fields.Datetime.now()
        reason = self._call_text(reason)
        self._end("declined", reason, for_good=bool(for_good))
        values = {} if self.contacted_at else {"contacted_at": now}
        self._keep_try(self._attempt_values("declined", now, note=reason), save_key=key, **values)
        return self._call_outcome()

    # ------------------------------------------------------------------
    # Helpers
    # ------------------------------------------------------------------

    def _call_outcome(self):
        """Return ``{"state", "state_label", "next_at", "needs_report", "cases": [{"number", "department"}]}``."""
        # sudo: cs.case - number and department of what the talk opened; the case itself keeps its rules
        cases_sudo = self.sudo().answer_ids.case_id
        labels = dict(self._fields["state"]._description_selection(self.env))
        return {
            "state": self.state,
            "state_label": labels[self.state],
            "next_at": fields.Datetime.to_string(self.next_at) if self.state in OPEN and self.next_at else False,
            "needs_report": self.needs_report and self.state == "answered",
            "cases": [
                {
                    "number": case.complaint_ids[:1].name or case.name,
                    "department": (case.complaint_ids[:1].department_id or case.department_id).name or False,
                }
                for case in cases_sudo
            ],
        }

    def _keep_try(self, values, **others):
        # sudo: cs.visit.attempt, cs.return.visit - nobody but the system writes proofs; who asks was checked
        self.env["cs.visit.attempt"].sudo()._cs_as_server().create([values])
        self.sudo()._cs_as_server().write(others)

    def _keep_key(self, key):
        # sudo: cs.return.visit - the field is the system's; who asks was checked
        self.sudo()._cs_as_server().write({"save_key": key})

    def _ensure_may_be_asked(self):
        if self.answered_at:
            raise UserError(
                self.env._(
                    "%(visit)s: %(person)s recorded the answers already. They stay as they are; plan a new visit to "
                    "ask again.",
                    visit=self.name,
                    person=self.answered_by_id.name or self.partner_id.name,
                )
            )
        if self.state != "unreachable":
            self._ensure_open()

    def _call_key(self, key):
        if not isinstance(key, str) or not 0 < len(key) <= KEY_LENGTH:
            raise UserError(self.env._("The answers cannot be read. Load the page again; they are kept."))
        return key

    @api.model
    def _call_text(self, text):
        return str(text or "").strip()[:TEXT_LENGTH] or False

    def _read_moment(self, text):
        """Return the naive UTC moment of an ISO text, None for none."""
        if not text:
            return None
        try:
            moment = datetime.fromisoformat(text)
        except (TypeError, ValueError):
            moment = None
        if moment is None or moment.utcoffset():
            raise UserError(self.env._("The moment “%s” cannot be read. Choose it again.", text))
        return moment.replace(tzinfo=None, microsecond=0)

    def _read_answers(self, answers):
        """Return the answers of the screen as _record_answers() takes them. Raises UserError for any other shape."""
        # sudo: survey.question - agents have no rights to questionnaires; who asks was checked
        questions_sudo = self.sudo().purpose_id.survey_id.question_ids
        types = {str(question.id): (question.id, question.question_type) for question in questions_sudo}
        raw = {}
        for number, given in answers.items() if isinstance(answers, dict) else [(None, None)]:
            # A question that is none of the script's is refused with the others by _ensure_valid_answers().
            question_id, question_type = types.get(number, (0, False))
            if not isinstance(given, dict):
                raise UserError(self.env._("The answers cannot be read. Load the page again; they are kept."))
            answer = given.get("answer")
            if question_type in CHOICES:
                answer = self._read_choices(answer)
            elif answer is not None and answer is not False:
                answer = str(answer).strip()[:TEXT_LENGTH]
            raw[question_id] = (answer, self._call_text(given.get("comment")) or None)
        return raw

    def _read_choices(self, answer):
        choices = [] if answer in (None, False) else answer if isinstance(answer, list) else [answer]
        if not all(type(choice) is int for choice in choices):
            raise UserError(self.env._("The answers cannot be read. Load the page again; they are kept."))
        return list(dict.fromkeys(choices))

    def _ensure_valid_answers(self, asked_sudo, raw):
        """Refuse figures off the scale as well, which survey leaves to its pages."""
        result = super()._ensure_valid_answers(asked_sudo, raw)
        for question_sudo in asked_sudo.filtered(lambda question: question.question_type in FIGURES):
            answer, _comment = raw.get(question_sudo.id, (None, None))
            if answer is None or answer is False or answer == "":
                continue
            if not self._is_on_scale(question_sudo, answer):
                raise UserError(
                    self.env._(
                        "“%(question)s”: %(answer)s is no figure of the scale.",
                        question=question_sudo.title,
                        answer=answer,
                    )
                )
        return result

    @api.model
    def _is_on_scale(self, question_sudo, answer):
        try:
            value = float(answer)
        except (TypeError, ValueError):
            return False
        if question_sudo.question_type == "numerical_box":
            return math.isfinite(value)
        return value in range(question_sudo.scale_min, question_sudo.scale_max + 1)


class CsVisitPurpose(models.Model):
    """A script is said on the phone; it has no tables."""

    _inherit = "cs.visit.purpose"

    @api.constrains("survey_id")
    def _check_script(self):
        # sudo: survey - whoever sets up a purpose need not have rights to questionnaires
        for purpose_sudo in self.sudo():
            tables_sudo = purpose_sudo.survey_id.question_ids.filtered(lambda q: q.question_type == "matrix")
            if tables_sudo:
                raise ValidationError(
                    self.env._(
                        "“%(purpose)s”: the question “%(question)s” is a table, which nobody can say on the phone. "
                        "Ask its rows one by one.",
                        purpose=purpose_sudo.name,
                        question=tables_sudo[0].title,
                    )
                )


class SurveyQuestion(models.Model):
    _inherit = "survey.question"

    @api.constrains("question_type", "survey_id")
    def _check_script_of_purpose(self):
        tables = self.filtered(lambda question: question.question_type == "matrix")
        if not tables:
            return
        # sudo: cs.visit.purpose - the scripts of all companies hold, whoever designs questionnaires
        purposes_sudo = self.env["cs.visit.purpose"].sudo().with_context(active_test=False)
        purposes_sudo.search([("survey_id", "in", tables.survey_id.ids)])._check_script()
