from psycopg2 import IntegrityError

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError, ValidationError

CHOICES = ("simple_choice", "multiple_choice")


class SurveySurvey(models.Model):
    _inherit = "survey.survey"

    @api.constrains("access_mode")
    def _check_cs_script(self):
        """A questionnaire of customers is answered by whom it was sent to, never by who finds its address."""
        # sudo: cs.visit.purpose - whether it is used for return visits decides, whoever edits the questionnaire
        purposes_sudo = self.env["cs.visit.purpose"].sudo().with_context(active_test=False)
        purposes_sudo.search([("survey_id", "in", self.ids)])._check_script_is_closed()

    def _get_supported_lang_codes(self):
        """A script speaks every language of the customers; the one a new survey starts with is its author's."""
        # sudo: cs.visit.purpose - see above
        purposes_sudo = self.env["cs.visit.purpose"].sudo().with_context(active_test=False)
        if purposes_sudo.search_count([("survey_id", "in", self.ids)], limit=1):
            return [code for code, _name in self.env["res.lang"].get_installed()]
        return super()._get_supported_lang_codes()


class CsVisitPurpose(models.Model):
    _inherit = "cs.visit.purpose"

    @api.constrains("survey_id")
    def _check_script_is_closed(self):
        # sudo: survey.survey - managers of customer service need no rights to questionnaires
        for script_sudo in self.sudo().survey_id:
            if script_sudo.access_mode != "token":
                raise ValidationError(
                    self.env._(
                        "“%(script)s” could be answered by anybody who has its address. Set its access mode to "
                        "“Invited people only”: it is used for return visits.",
                        script=script_sudo.title,
                    )
                )


class SurveyUserInput(models.Model):
    """The participation of one customer in the questionnaire of his visit: one per visit, answered once.

    What he answers goes into the record of the visit in the same transaction. Where the record refuses it the
    participation keeps it, says why (``cs_failure``) and a job tries again.
    """

    _name = "survey.user_input"
    _inherit = ["survey.user_input", "cs.guard.mixin"]

    cs_visit_id = fields.Many2one(
        "cs.return.visit", "Return Visit", readonly=True, copy=False, index="btree_not_null", ondelete="set null"
    )
    cs_failure = fields.Char("Not in the Record Yet Because", readonly=True, copy=False)

    _cs_server_fields = frozenset({"cs_visit_id", "cs_failure"})

    _cs_visit_uniq = models.UniqueIndex(
        "(cs_visit_id) WHERE cs_visit_id IS NOT NULL", "A customer is sent one questionnaire per visit."
    )
    _cs_failure_idx = models.Index("(id) WHERE cs_failure IS NOT NULL")

    def _save_lines(self, question, answer, comment=None, overwrite_existing=True):
        """Refuse (UserError) what belongs to another questionnaire; survey itself checks no ids."""
        if self.cs_visit_id and not self._cs_takes(question, answer):
            raise UserError(self.env._("This questionnaire has no such question or choice. Load the page again."))
        return super()._save_lines(question, answer, comment, overwrite_existing)

    def _mark_done(self):
        result = super()._mark_done()
        self.sudo().filtered(lambda answer: answer.cs_visit_id and not answer.test_entry)._cs_record()
        return result

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------

    def _cs_takes(self, question, answer):
        """Return whether ``answer`` (as survey's pages send it) is one to ``question`` of this participation."""
        self.ensure_one()
        if question not in self.predefined_question_ids:
            return False
        given = answer if isinstance(answer, (list, dict)) else [answer] if answer else []
        choices = set(map(str, question.suggested_answer_ids.ids))
        if question.question_type in CHOICES:
            return isinstance(given, list) and {str(choice) for choice in given if choice} <= choices
        if question.question_type == "matrix":
            cells = given if isinstance(given, dict) else {}
            rows = set(map(str, question.matrix_row_ids.ids))
            return bool(cells or not given) and all(
                str(row) in rows and {str(choice) for choice in chosen} <= choices for row, chosen in cells.items()
            )
        if question.question_type == "scale" and given:
            steps = map(str, range(question.scale_min, question.scale_max + 1))
            return isinstance(answer, (str, int)) and str(answer).strip() in steps
        return not given or isinstance(answer, (str, int, float))

    def _cs_record(self):
        """Take the finished participations (superuser's) into the records of their visits, now or by the job later."""
        self.cs_visit_id._mark_link_answered()
        for answer in self:
            failure = answer._cs_try_to_record()
            if failure != answer.cs_failure:
                answer._cs_as_server().write({"cs_failure": failure})
                answer.cs_visit_id._cs_as_server().write({"link_failure": failure})

    def _cs_try_to_record(self):
        """Return False, or why the record did not take the answers; then nothing of it was changed."""
        self.ensure_one()
        # The procedure acts, not the customer whose browser sent the page: what is posted is not his message.
        visit_sudo = self.cs_visit_id.with_user(SUPERUSER_ID).with_context(lang=self._cs_lang())
        try:
            with self.env.cr.savepoint():
                visit_sudo._record_answers("customer", self._cs_raw())
        except (UserError, IntegrityError) as error:
            return str(error)
        return False

    def _cs_lang(self):
        return self.lang_id.code or self.partner_id.lang or self.env.lang

    def _cs_raw(self):
        """Return ``{question id: (answer, comment)}`` of all that was asked, as ``_record_answers`` takes it."""
        self.ensure_one()
        answer = self.with_context(lang=self._cs_lang())
        lines = answer.user_input_line_ids
        asked = (answer.predefined_question_ids | lines.question_id).filtered(lambda question: not question.is_page)
        by_question = lines.filtered(lambda line: not line.skipped).grouped("question_id")
        return {
            question.id: by_question[question]._cs_given(question) if question in by_question else (None, None)
            for question in asked
        }

    @api.model
    def _cs_retry(self, batch):
        """Try again to record what a record has refused before; called by the job."""
        # sudo: survey.user_input - the job records answers, whoever starts it
        answers_sudo = self.sudo().search([("cs_failure", "!=", False)], order="write_date, id", limit=batch)
        answers_sudo.try_lock_for_update(allow_referencing=True)._cs_record()


class SurveyUserInputLine(models.Model):
    _inherit = "survey.user_input.line"

    def _cs_given(self, question):
        """Return ``(answer, comment)`` of the lines of one question; a table of choices becomes text."""
        remarks = self.filtered(lambda line: line.answer_type == "char_box")
        if question.question_type in CHOICES:
            return self.suggested_answer_id.ids, ", ".join(filter(None, remarks.mapped("value_char_box")))
        if question.question_type == "matrix":
            cells = [f"{line.matrix_row_id.value}: {line.suggested_answer_id.value}" for line in self - remarks]
            return "; ".join(cells), ", ".join(filter(None, remarks.mapped("value_char_box")))
        line = self[:1]
        value = line[f"value_{line.answer_type}"]
        return ("%g" % value if line.answer_type == "numerical_box" else str(value)), None
