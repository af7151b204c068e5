from odoo import fields, models


class CsSettings(models.TransientModel):
    """The figures of return visits and of satisfaction."""

    _inherit = "cs.settings"

    cs_visit_quiet_days = fields.Integer(
        "Not Asked Twice Within (Days)",
        help="Whatever the plans say, no customer is planned again within so many days.",
    )
    cs_call_from = fields.Float("Customers Are Called From", help="In the customer's own time.")
    cs_call_to = fields.Float("Customers Are Called Until", help="In the customer's own time.")
    cs_visit_claim_minutes = fields.Integer(
        "A Call Is Held For (Minutes)", help="So long no colleague is offered the customer one is calling."
    )
    cs_satisfaction_goal = fields.Float(
        "Goal of Satisfaction (%)", help="What departments are measured against (S-02)."
    )
    cs_index_own_only = fields.Boolean(
        "Index of Customers' Own Answers Only",
        help="Answers that colleagues recorded during a talk are shown beside the index and not counted in it.",
    )
    cs_rating_days = fields.Integer(
        "Customers Rate Within (Days)",
        help="So long after the closing a customer may rate his case, and change it. 0: cases are not rated.",
    )
    cs_rating_unhappy_to = fields.Integer(
        "Not Satisfied Up To (Stars)", help="So few stars take the case up again, once. 0: none does."
    )

    _visit_figures = models.Constraint(
        "CHECK(cs_visit_quiet_days >= 0 AND cs_visit_claim_minutes > 0)", "Days and minutes cannot be negative."
    )
