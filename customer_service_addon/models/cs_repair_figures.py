from odoo import fields, models


class ResCompany(models.Model):
    """Figures of the survey and of liability; managers change them in the settings."""

    _inherit = "res.company"

    cs_survey_contractor_from = fields.Monetary(
        "Contractor Attends Surveys From",
        help="Below this estimate the contractor need not attend a survey (R-01). 0: he always has to.",
    )
    cs_contest_amount = fields.Integer(
        "Time to Contest Liability",
        default=5,
        help="So long a contractor may contest his share after the notice was delivered; then silence is consent.",
    )
    cs_contest_unit = fields.Selection(
        [("wd", "Working Days"), ("h", "Hours")], "Time to Contest Counted In", required=True, default="wd"
    )
