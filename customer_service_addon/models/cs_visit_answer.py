from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date, format_datetime

from .survey_question import MEASURES, SCORES

SOURCES = [("staff", "Recorded in the Talk"), ("customer", "Given by the Customer")]
CHOICES = ("simple_choice", "multiple_choice")
# States in which a customer's own answer moves the visit on.
UNASKED = ("planned", "agreed", "unreachable")


class CsVisitAnswer(models.Model):
    """What a customer said to one question, with the words it was asked in (V-03).

    Question and choice are copied: whatever becomes of the script, the record and its figures stay. A later answer of
    the same person to the same item about the same event replaces the former in the figures (``is_last``), never in
    the record. What a colleague recorded and what the customer wrote himself are kept apart (``source``).
    """

    _name = "cs.visit.answer"
    _description = "Answer of a Customer"
    _inherit = ["cs.guard.mixin"]
    _order = "visit_id, source, sequence, id"
    _rec_name = "question_text"

    visit_id = fields.Many2one("cs.return.visit", required=True, readonly=True, index=True, ondelete="restrict")
    company_id = fields.Many2one(related="visit_id.company_id", store=True, precompute=True, index=True)
    source = fields.Selection(SOURCES, "How Given", required=True, readonly=True)
    event = fields.Char(required=True, readonly=True, help="What the customer was asked about, or the visit itself.")
    partner_id = fields.Many2one("res.partner", "Who Answered", required=True, readonly=True, ondelete="restrict")
    answered_at = fields.Datetime("Answered On", required=True, readonly=True, index=True)
    recorded_by_id = fields.Many2one("res.users", readonly=True)

    sequence = fields.Integer(readonly=True)
    question_id = fields.Many2one(
        "survey.question", "Question of the Script", readonly=True, index="btree_not_null", ondelete="set null"
    )
    item = fields.Integer("Item Number", required=True, readonly=True, aggregator=None)
    question_text = fields.Char("Question", required=True, readonly=True)
    answer_text = fields.Text("Answer", readonly=True)
    comment = fields.Text(readonly=True)
    measure = fields.Selection(MEASURES, readonly=True)
    score = fields.Selection([*SCORES, ("none", "No Answer")], readonly=True)
    value = fields.Float(readonly=True, aggregator="avg")
    nps = fields.Integer("Promoter Value", readonly=True, aggregator="avg", help="100, 0 or -100; the average is NPS.")
    department_id = fields.Many2one("hr.department", "Responsible Department", readonly=True, index="btree_not_null")
    is_last = fields.Boolean("Counts", readonly=True, help="The last answer of this person to this item.")
    case_id = fields.Many2one("cs.case", "Case Opened", readonly=True, index="btree_not_null", ondelete="restrict")

    _cs_server_fields = frozenset(
        {
            *("visit_id", "source", "event", "partner_id", "answered_at", "recorded_by_id", "sequence", "question_id"),
            *("item", "question_text", "answer_text", "comment", "measure", "score", "value", "nps", "department_id"),
            *("is_last", "case_id"),
        }
    )

    _last_uniq = models.UniqueIndex(
        "(event, partner_id, item, source) WHERE is_last", "Only the last answer to an item counts."
    )
    _unhappy_idx = models.Index("(company_id, answered_at) WHERE score = 'not' AND is_last")

    @api.model_create_multi
    def create(self, vals_list):
        """Answers are recorded in their visit."""
        if not self._cs_is_server():
            raise AccessError(self.env._("Record the answers in their visit."))
        return super().create(vals_list)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Answers are proofs and are kept."))


class CsReturnVisit(models.Model):
    """Taking answers into the record; scripts and links bring them in the survey's own shape."""

    _inherit = "cs.return.visit"

    def _record_answers(self, source, raw, user=None, moment=None):
        """Keep the answers of one visit and do what follows from them; return the new cs.visit.answer rows.

        ``raw`` is ``{question id: (answer, comment)}`` as survey's ``_save_lines`` takes it: choices as a list of
        choice ids, texts and dates as str, figures as str or number. ``source`` is "staff" or "customer"; who may
        do it is checked by the caller. Raises UserError where the script demands an answer or refuses one. An item
        of satisfaction that was asked and not answered is kept as "no answer".

        What the customer sends himself was checked by survey and names all that he was asked. It is recorded
        whatever became of the visit meanwhile; only one that still waits for an answer is moved on by it.
        """
        self.ensure_one()
        # sudo: survey - agents and customers have no rights to questionnaires; the visit is theirs
        survey_sudo = self.sudo().purpose_id.survey_id
        own = source == "customer"
        asked_sudo = survey_sudo.question_ids.browse(raw).sorted() if own else self._asked_questions(survey_sudo, raw)
        if not own:
            self._ensure_valid_answers(asked_sudo, raw)
        moment = moment or fields.Datetime.now()
        common = {
            "visit_id": self.id,
            "source": source,
            "event": self._event(),
            "partner_id": self.partner_id.id,
            "answered_at": moment,
            "recorded_by_id": user.id if user else False,
            "is_last": True,
        }
        rows = [
            common | self._answer_values(question_sudo, *raw.get(question_sudo.id, (None, None)))
            for question_sudo in asked_sudo
        ]
        rows = [row for row in rows if row["answer_text"] or row["comment"] or row["score"]]
        answers_sudo = self._replace_last(common, rows)
        if not own or self.state in UNASKED:
            self._mark_answered(moment=moment, user=user)
        self._follow_up_answers(answers_sudo)
        return answers_sudo.with_env(self.env)

    def _event(self):
        """Return what the customer is asked about as text; a visit that stands alone is its own event."""
        self.ensure_one()
        source = self.rework_id or self.complaint_id or self.case_id or self
        return f"{source._name},{source.id}"

    @api.model
    def _asked_questions(self, survey_sudo, raw):
        """Return the questions of the script that are asked when ``raw`` was answered (branching), in order."""
        chosen = {choice for answer, _comment in raw.values() if isinstance(answer, list) for choice in answer}
        asked_sudo = survey_sudo.question_ids.browse()
        for question_sudo in survey_sudo.question_ids:
            triggers = question_sudo.triggering_answer_ids
            live = triggers.filtered(lambda choice, asked=asked_sudo: choice.question_id in asked)
            if not triggers or chosen.intersection(live.ids):
                asked_sudo |= question_sudo
        return asked_sudo

    def _ensure_valid_answers(self, asked_sudo, raw):
        """Have survey check each answer, and raise UserError for what it refuses or what belongs to no question."""
        unknown = set(raw) - set(self.sudo().purpose_id.survey_id.question_ids.ids)
        if unknown:
            raise UserError(self.env._("The script has changed. Load the page again; your answers are kept."))
        for question_sudo in asked_sudo:
            answer, comment = raw.get(question_sudo.id, (None, None))
            foreign = question_sudo.question_type in CHOICES and set(answer or []) - set(
                question_sudo.suggested_answer_ids.ids
            )
            if foreign:
                raise UserError(self.env._("“%s” has no such choice.", question_sudo.title))
            errors = question_sudo.validate_question(self._as_survey_takes(question_sudo, answer), comment)
            if errors:
                raise UserError(f"{question_sudo.title}: {' '.join(errors.values())}")

    @api.model
    def _as_survey_takes(self, question_sudo, answer):
        if question_sudo.question_type in CHOICES:
            return [str(choice) for choice in answer or []]
        return "" if answer in (None, False) else str(answer)

    def _answer_values(self, question_sudo, answer, comment):
        """Return the values of one answer row, with the words of question and choice as they are now."""
        choices_sudo = question_sudo.suggested_answer_ids.browse()
        if question_sudo.question_type in CHOICES:
            choices_sudo = question_sudo.suggested_answer_ids.filtered(lambda choice: choice.id in (answer or []))
        given = answer not in (None, False, "", [])
        value = float(answer) if given and question_sudo.question_type in ("scale", "numerical_box") else 0.0
        score = next((choice.cs_score for choice in choices_sudo if choice.cs_score), False)
        if question_sudo.cs_measure == "satisfaction" and not given:
            score = "none"
        return {
            "sequence": question_sudo.sequence,
            "question_id": question_sudo.id,
            "item": question_sudo.id,
            "question_text": question_sudo.title,
            "answer_text": self._answer_text(question_sudo, choices_sudo, answer) if given else False,
            "comment": (comment or "").strip() or False,
            "measure": question_sudo.cs_measure,
            "score": score,
            "value": value,
            "nps": self._nps_value(question_sudo, value) if given else 0,
            "department_id": question_sudo.cs_department_id.id or self.department_id.id,
        }

    @api.model
    def _answer_text(self, question_sudo, choices_sudo, answer):
        if choices_sudo:
            return ", ".join(choices_sudo.mapped("value"))
        if question_sudo.question_type == "date":
            return format_date(self.env, answer)
        if question_sudo.question_type == "datetime":
            return format_datetime(self.env, answer)
        return str(answer)

    @api.model
    def _nps_value(self, question_sudo, value):
        if question_sudo.cs_measure != "nps":
            return 0
        if value >= question_sudo.cs_promoter_from:
            return 100
        return -100 if value <= question_sudo.cs_detractor_to else 0

    def _replace_last(self, common, rows):
        """Create answer rows (as superuser); former ones of the same person, event and item count no more."""
        # sudo: cs.visit.answer - nobody but the system writes the record; the caller checked who answers
        answers_sudo = self.env["cs.visit.answer"].sudo()._cs_as_server()
        former_sudo = answers_sudo.search(
            [
                ("event", "=", common["event"]),
                ("partner_id", "=", common["partner_id"]),
                ("source", "=", common["source"]),
                ("item", "in", [row["item"] for row in rows]),
                ("is_last", "=", True),
            ]
        )
        former_sudo.write({"is_last": False})
        # The unique index sees the former rows in the database only.
        former_sudo.flush_recordset(["is_last"])
        return answers_sudo.create(rows)
