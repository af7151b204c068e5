from odoo import fields, models

KINDS = [
    ("inquiry", "Inquiry"),
    ("suggestion", "Suggestion"),
    ("complaint", "Complaint"),
    ("repair", "Repair Request"),
    ("return", "Return or Exchange"),
    ("praise", "Praise"),
    ("appeal", "Appeal"),
    ("visit", "Visit"),
]


class CsCaseType(models.Model):
    """What the customer wants (I-04). The type carries what the procedure demands of such a case."""

    _name = "cs.case.type"
    _description = "Case Type"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    kind = fields.Selection(KINDS, required=True, default="inquiry", help="Decides which fields the case shows.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    color = fields.Integer()
    company_id = fields.Many2one("res.company", index=True, help="Empty: for all companies.")
    team_id = fields.Many2one("cs.team", "Default Team", check_company=True, index="btree_not_null")
    portal_visible = fields.Boolean("Customers May Choose It", default=True)
    answer_required = fields.Boolean(
        default=True, help="The case cannot be solved before the customer has an answer (I-06)."
    )
    ask_object = fields.Boolean("Ask for the Object", help="Serial number, plate, unit or room is asked for.")
    ask_phase = fields.Boolean("Ask for the Phase", help="Property: inspection, hand-over, warranty, after warranty.")
    next_step = fields.Char(
        translate=True, help="What happens next, told to the customer with the acknowledgement (I-05)."
    )
    promise_delay = fields.Integer("Answer Promised Within", default=24, help="0: no date is promised.")
    promise_unit = fields.Selection([("h", "Hours"), ("wd", "Working Days")], default="h", required=True)
    reopen_days = fields.Integer(
        "Reopening Window (Days)", default=14, help="After that a reply opens a new case linked to the old one (C-08)."
    )
    description = fields.Text(translate=True)

    _promise_delay_positive = models.Constraint("CHECK(promise_delay >= 0)", "A promised delay cannot be negative.")
    _reopen_days_positive = models.Constraint("CHECK(reopen_days >= 0)", "A reopening window cannot be negative.")
