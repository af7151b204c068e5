from odoo import api, fields, models
from odoo.exceptions import ValidationError

FLAGS = (
    "needs_warning",
    "needs_verification",
    "needs_appeal",
    "needs_analysis",
    "needs_plan",
    "needs_approval",
    "needs_acceptance",
    "needs_effect",
    "needs_report",
    "needs_report_approval",
    "needs_visit",
)


class CsLevel(models.Model):
    """How grave a complaint is, and with it which steps its file needs (C-01).

    Each company has its own set: A to D at one, normal and major at another. A level that asks for a step asks for it
    everywhere: buttons, conditions, clocks and prints follow.
    """

    _name = "cs.level"
    _description = "Complaint Level"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    code = fields.Char(help="A short mark such as A, shown in lists and on forms.")
    sequence = fields.Integer(default=10, help="The gravest level stands first.")
    active = fields.Boolean(default=True)
    color = fields.Integer()
    company_id = fields.Many2one("res.company", index=True, help="Empty: for all companies.")
    description = fields.Text(translate=True, help="What belongs to this level, as people read it when they choose.")
    is_major = fields.Boolean("Major", help="Management is told at once and a crisis team keeps a log (C-06).")
    told_user_ids = fields.Many2many("res.users", string="Told at Once", domain=[("share", "=", False)])

    needs_warning = fields.Boolean("Written Warning", help="Management gets a written warning (C-06).")
    needs_verification = fields.Boolean("Verification", default=True, help="The department checks what happened.")
    needs_appeal = fields.Boolean(
        "Appeal Against a Report",
        help="The opinion is approved, the sample tested again where needed, the report confirmed or withdrawn (C-05).",
    )
    appeal_days = fields.Integer("Appeal Within (Days)", help="After the date of the report. 0: at any time.")
    retest_people = fields.Integer(
        "People Who Test Again", default=2, help="So many different employees test the sample under blind codes."
    )
    needs_analysis = fields.Boolean("Cause Analysis", default=True)
    needs_plan = fields.Boolean("Plan", default=True, help="Corrective and preventive actions.")
    needs_approval = fields.Boolean("Internal Approval", help="Somebody else approves the plan.")
    needs_acceptance = fields.Boolean("Customer's Acceptance", help="The customer accepts the plan.")
    needs_effect = fields.Boolean("Effect Check", help="Somebody who did not execute the plan checks its effect.")
    needs_report = fields.Boolean("Report")
    needs_report_approval = fields.Boolean("Approval of the Report")
    needs_visit = fields.Boolean("Return Visit", help="The customer is asked after the answer whether he is content.")
    silence_days = fields.Integer(
        "Silence Accepts After (Days)",
        help="Working days after which a plan counts as accepted when the customer says nothing. 0: never.",
    )
    reminder_days = fields.Integer("Reminder After (Days)", help="Working days until the customer is reminded.")

    _days_positive = models.Constraint(
        "CHECK(silence_days >= 0 AND reminder_days >= 0)", "Days of a level cannot be negative."
    )

    _appeal_positive = models.Constraint(
        "CHECK(appeal_days >= 0 AND retest_people > 0)", "Days cannot be negative, and somebody has to test again."
    )

    @api.constrains("silence_days", "reminder_days")
    def _check_reminder(self):
        for level in self:
            if level.silence_days and not 0 < level.reminder_days < level.silence_days:
                raise ValidationError(
                    self.env._(
                        "Level “%(level)s”: silence accepts only after a reminder. Choose fewer days for it than for "
                        "the acceptance.",
                        level=level.name,
                    )
                )

    @api.constrains("needs_plan", "needs_approval", "needs_acceptance", "needs_effect", "needs_report")
    def _check_steps(self):
        for level in self:
            of_plan = level.needs_approval or level.needs_acceptance or level.needs_effect
            if (of_plan and not level.needs_plan) or (level.needs_report_approval and not level.needs_report):
                raise ValidationError(
                    self.env._(
                        "Level “%(level)s”: what is approved, accepted or checked has to be drawn up first. Switch on "
                        "the plan or the report as well.",
                        level=level.name,
                    )
                )

    @api.constrains("needs_appeal", "needs_verification")
    def _check_appeal(self):
        for level in self:
            if level.needs_appeal and not level.needs_verification:
                raise ValidationError(
                    self.env._(
                        "Level “%(level)s”: an opinion rests on a review. Switch on the verification as well.",
                        level=level.name,
                    )
                )

    @api.depends("code", "name")
    def _compute_display_name(self):
        for level in self:
            level.display_name = " ".join(filter(None, (level.code, level.name)))

    def _flags(self):
        """Return the names of the steps' switches that are on; none without a level."""
        return frozenset(flag for flag in FLAGS if self and self[flag])
