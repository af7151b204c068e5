from odoo import fields, models


class CsSettings(models.TransientModel):
    """The figures of surveys and of liability."""

    _inherit = "cs.settings"

    currency_id = fields.Many2one(related="company_id.currency_id")
    cs_survey_contractor_from = fields.Monetary(
        "Contractor Attends Surveys From",
        help="Below this estimate the contractor need not attend a survey (R-01). 0: he always has to.",
    )
    cs_contest_amount = fields.Integer(
        "Time to Contest Liability",
        help="So long a contractor may contest his share after the notice was delivered; then silence is consent.",
    )
    cs_contest_unit = fields.Selection([("wd", "Working Days"), ("h", "Hours")], "Time to Contest Counted In")

    _survey_positive = models.Constraint("CHECK(cs_survey_contractor_from >= 0)", "The amount cannot be negative.")
    _contest_positive = models.Constraint("CHECK(cs_contest_amount > 0)", "Contractors need some time to contest.")
