from odoo import fields, models
from odoo.exceptions import UserError

from ..models.cs_visit_purpose import METHODS


class CsVisitEnd(models.TransientModel):
    """Why a visit is called off, or what the customer said who does not want to be asked."""

    _name = "cs.visit.end"
    _description = "Call Off Return Visits"

    visit_ids = fields.Many2many("cs.return.visit", required=True, string="Return Visits")
    target = fields.Selection([("declined", "The Customer Declined"), ("cancelled", "Called Off")], required=True)
    reason = fields.Char(required=True)
    for_good = fields.Boolean("Never Ask This Customer Again", help="No plan visits him any more.")

    def action_confirm(self):
        """End the visits with the reason."""
        self.ensure_one()
        self.visit_ids._end(self.target, self.reason, for_good=self.target == "declined" and self.for_good)


class CsVisitReview(models.TransientModel):
    """The supervisor's review of a report, with his instruction (V-04)."""

    _name = "cs.visit.review"
    _description = "Review Reports of Return Visits"

    visit_ids = fields.Many2many("cs.return.visit", required=True, string="Return Visits")
    decision = fields.Selection(
        [("accepted", "Accepted and Filed"), ("back", "Back to Be Completed")], required=True, default="accepted"
    )
    instruction = fields.Html(sanitize=True, help="What is to be done about it; who reported gets it as a to-do.")

    def action_confirm(self):
        """Close the visits, or send them back. Raises UserError where nobody says what is missing."""
        self.ensure_one()
        self.visit_ids._review(self.decision == "accepted", self.instruction)


class CsVisitTry(models.TransientModel):
    """What came of a try: a number that is wrong, a customer who wants to be called later (V-03)."""

    _name = "cs.visit.try"
    _description = "Log a Try to Reach a Customer"

    visit_ids = fields.Many2many("cs.return.visit", required=True, string="Return Visits")
    result = fields.Selection(
        [
            ("no_answer", "Nobody Answers"),
            ("busy", "Busy"),
            ("later", "Call Back Later"),
            ("wrong", "Wrong Number"),
        ],
        required=True,
        default="no_answer",
    )
    again_at = fields.Datetime("Call Back At")
    note = fields.Char()

    def action_confirm(self):
        """Log the try. Raises UserError where a call-back has no moment."""
        self.ensure_one()
        self.visit_ids._log_attempt(self.result, note=self.note, again_at=self.again_at)


class CsVisitNew(models.TransientModel):
    """A return visit that somebody plans himself, alone or about a case."""

    _name = "cs.visit.new"
    _description = "New Return Visit"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, readonly=True, default=lambda self: self.env.company)
    case_id = fields.Many2one("cs.case", check_company=True)
    partner_id = fields.Many2one("res.partner", "Customer", required=True, check_company=True)
    purpose_id = fields.Many2one("cs.visit.purpose", "Purpose of the Visit", required=True, check_company=True)
    method = fields.Selection(METHODS)
    due_from = fields.Datetime(required=True, default=fields.Datetime.now)
    user_id = fields.Many2one(
        "res.users", "Visited By", domain=[("share", "=", False)], default=lambda self: self.env.user
    )
    team_id = fields.Many2one("cs.team", check_company=True)

    def action_plan(self):
        """Plan the visit and show it. Raises AccessError for whoever is no agent, UserError for a case of another."""
        self.ensure_one()
        visits = self.env["cs.return.visit"]
        visits._ensure_desk()
        values = {
            "company_id": self.company_id.id,
            "partner_id": self.partner_id.id,
            "purpose_id": self.purpose_id.id,
            "method": self.method or self.purpose_id.method,
            "due_from": self.due_from,
            "user_id": self.user_id.id,
            "team_id": self.team_id.id,
        }
        if self.case_id:
            self.case_id.check_access("write")
            if self.case_id.commercial_partner_id != self.partner_id.commercial_partner_id:
                raise UserError(self.env._("%(case)s is another customer's.", case=self.case_id.name))
            values |= visits._source_values(self.case_id) | {"user_id": self.user_id.id}
        # As server: what it is about is filled in from the case the user may write.
        return visits._cs_as_server().create([values]).with_env(self.env)._form_action()
