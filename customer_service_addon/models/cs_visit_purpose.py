from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..services.visit_steps import retry_hours

METHODS = [("phone", "Phone"), ("onsite", "On Site"), ("email", "Email"), ("message", "Message")]


class CsVisitPurpose(models.Model):
    """Why customers are asked, with what script, and what follows from their answers (V-03, V-05)."""

    _name = "cs.visit.purpose"
    _description = "Purpose of Return Visits"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    color = fields.Integer()
    company_id = fields.Many2one("res.company", index=True, help="Empty: for all companies.")
    method = fields.Selection(METHODS, required=True, default="phone", help="How customers are asked as a rule.")
    survey_id = fields.Many2one(
        "survey.survey",
        "Script",
        index="btree_not_null",
        ondelete="restrict",
        help="Its questions are asked one by one during the talk, or sent to the customer as a questionnaire.",
    )
    announced_minutes = fields.Integer("Announced Length (Minutes)", default=2)

    attempt_limit = fields.Integer(
        "Tries", default=3, help="After so many without an answer the customer counts as unreachable (V-03)."
    )
    attempt_hours = fields.Char(
        "Tried Again After (Working Hours)",
        default="2, 8",
        help="Working hours until the next try, one figure per try; the last one holds for all further tries.",
    )

    needs_report = fields.Boolean(
        "Report", help="A report with course, result and assessment follows; a supervisor reviews it (V-04)."
    )
    asked_by_other = fields.Boolean(
        "Asked by Somebody Else", default=True, help="Nobody asks about what he did himself: he cannot rate himself."
    )

    case_type_id = fields.Many2one(
        "cs.case.type",
        "Not Satisfied Opens",
        check_company=True,
        ondelete="restrict",
        default=lambda self: self.env.ref("customer_service_addon.cs_case_type_complaint", raise_if_not_found=False),
        help="The kind of case that is opened for what a customer is not satisfied with (V-05).",
    )
    level_id = fields.Many2one(
        "cs.level",
        "Level of It",
        check_company=True,
        ondelete="restrict",
        help="Holds where the question says nothing else. Empty: as the type of the case says.",
    )

    link_days = fields.Integer("Link Valid (Days)", default=7, help="How long a customer may answer by his link.")
    reminder_days = fields.Integer(
        "Reminder After (Days)", default=3, help="He is reminded once while he has not answered. 0: never."
    )

    _figures_positive = models.Constraint(
        "CHECK(attempt_limit > 0 AND announced_minutes >= 0 AND link_days > 0 AND reminder_days >= 0)",
        "At least one try and one day are needed, and no figure can be negative.",
    )
    _reminder_in_time = models.Constraint(
        "CHECK(reminder_days < link_days)", "The reminder comes before the link ends. Choose fewer days for it."
    )

    @api.constrains("attempt_hours")
    def _check_attempt_hours(self):
        for purpose in self:
            try:
                hours = retry_hours(purpose.attempt_hours)
            except ValueError:
                hours = []
            if not hours:
                raise ValidationError(
                    self.env._(
                        "“%(purpose)s”: write the working hours until the next try as figures with commas, e.g. 2, 8.",
                        purpose=purpose.name,
                    )
                )

    def _hours_until_retry(self, attempt):
        """Return after how many working hours the customer is tried again once ``attempt`` (from 1) has failed."""
        self.ensure_one()
        hours = retry_hours(self.attempt_hours)
        return hours[min(attempt, len(hours)) - 1]
