from odoo import fields, models
from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)
SCORES = [
    ("very", "Very Satisfied"),
    ("fairly", "Fairly Satisfied"),
    ("basically", "Basically Satisfied"),
    ("not", "Not Satisfied"),
    ("na", "Not Applicable"),
]
MEASURES = [("satisfaction", "Satisfaction"), ("nps", "Would Recommend (NPS)"), ("ces", "Effort (CES)")]


class SurveySurvey(models.Model):
    _inherit = "survey.survey"

    cs_wording = fields.Text(
        "Words to Begin With",
        translate=True,
        help="What the caller says first (话术). {{customer}}, {{caller}}, {{company}} and {{minutes}} are filled in.",
    )
    cs_closing = fields.Text("Words to End With", translate=True, help="What the caller says at the end.")


class SurveyQuestion(models.Model):
    """What a question measures, and what happens when a customer is not satisfied (V-03, V-05)."""

    _inherit = "survey.question"

    cs_wording = fields.Text(
        "Words to Say", translate=True, help="How the caller puts the question (话术). Empty: its title is read out."
    )
    cs_measure = fields.Selection(MEASURES, "Measures", help="Which figure of return visits the answers count for.")
    cs_promoter_from = fields.Integer("Promoters From", default=9, help="NPS: from this answer on a promoter.")
    cs_detractor_to = fields.Integer("Detractors Up To", default=6, help="NPS: up to this answer a detractor.")
    cs_follow_up = fields.Selection(
        [("case", "Opens a Case"), ("reopen", "Reopens the Case Asked About"), ("none", "Is Only Counted")],
        "Not Satisfied",
        default="case",
        required=True,
        help="Reopening falls back to a new case where there is none, or its time to be reopened is over.",
    )
    cs_department_id = fields.Many2one("hr.department", "Responsible Department", ondelete="set null")
    cs_category_id = fields.Many2one("cs.category", "Category of the Case", ondelete="set null")
    cs_level_id = fields.Many2one("cs.level", "Level of the Complaint", ondelete="set null")


class SurveyQuestionAnswer(models.Model):
    _inherit = "survey.question.answer"

    cs_score = fields.Selection(SCORES, "Counts As", help="Which mark of the scale of satisfaction this choice is.")
