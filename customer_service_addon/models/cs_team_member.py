from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CsTeamMember(models.Model):
    """A person in a team, with what the assignment rules need to know (H-02)."""

    _name = "cs.team.member"
    _description = "Customer Service Team Member"
    _order = "sequence, id"
    _rec_name = "user_id"

    team_id = fields.Many2one("cs.team", required=True, index=True, ondelete="cascade")
    user_id = fields.Many2one(
        "res.users", "Person", required=True, index=True, ondelete="restrict", domain=[("share", "=", False)]
    )
    company_id = fields.Many2one(related="team_id.company_id", store=True, index=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    category_ids = fields.Many2many(
        "cs.category", string="Knows About", help="Assignment by category looks here. Empty: any category."
    )
    capacity = fields.Integer("Most Open Cases", help="0: no limit. Above it the person gets no new cases in turn.")
    away_from = fields.Datetime(help="From then on no new cases, even without a leave in the calendar.")
    away_until = fields.Datetime(help="Empty: until further notice.")

    _team_user_uniq = models.Constraint("UNIQUE(team_id, user_id)", "This person is already a member of the team.")
    _capacity_positive = models.Constraint("CHECK(capacity >= 0)", "The most open cases cannot be negative.")

    @api.constrains("away_from", "away_until")
    def _check_away(self):
        for member in self:
            if member.away_until and (not member.away_from or member.away_until <= member.away_from):
                raise ValidationError(
                    self.env._("%(name)s: “away until” must be later than “away from”.", name=member.user_id.name)
                )

    def _is_away(self, moment):
        """Whether the person said to be away at ``moment`` (UTC)."""
        self.ensure_one()
        return bool(self.away_from) and self.away_from <= moment and (not self.away_until or moment < self.away_until)
