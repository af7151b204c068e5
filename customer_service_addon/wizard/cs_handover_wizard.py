from odoo import api, fields, models
from odoo.exceptions import UserError


class CsHandoverWizard(models.TransientModel):
    """Hand cases over to a person, to a team (its rule picks the person) or to a department (its manager)."""

    _name = "cs.handover.wizard"
    _description = "Hand Over Cases"

    case_ids = fields.Many2many("cs.case", required=True, string="Cases")
    target = fields.Selection(
        [("user", "A Person"), ("team", "A Team"), ("department", "A Department")], required=True, default="user"
    )
    user_id = fields.Many2one("res.users", "Person", domain=[("share", "=", False)])
    team_id = fields.Many2one("cs.team")
    department_id = fields.Many2one("hr.department")
    note = fields.Char(help="What the new owner needs to know.")

    @api.onchange("target")
    def _onchange_target(self):
        self.update({name: False for name in ("user_id", "team_id", "department_id") if name != f"{self.target}_id"})

    def action_confirm(self):
        """Ask the target to accept; the giver stays the owner until then (I-03)."""
        self.ensure_one()
        self.case_ids.check_access("write")
        team = self.team_id if self.target == "team" else None
        department = self.department_id if self.target == "department" else None
        for user, cases in self._targets():
            cases._hand_over(user, self.note or "", team=team, department=department)

    def _targets(self):
        """Return ``[(user, cases)]``; raises UserError where there is nobody to hand over to."""
        if self.target == "team" and self.team_id:
            demands = [case._demand() for case in self.case_ids]
            chosen = self.team_id._assign(demands, without=self.case_ids.user_id)
            owner_of = {case: user for case, (user, _reason) in zip(self.case_ids, chosen, strict=True)}
            pairs = [(user, cases) for user, cases in self.case_ids.grouped(owner_of.get).items()]
        elif self.target == "department":
            # sudo: hr.department - who heads a department is no secret; agents cannot read employees
            pairs = [(self.department_id.sudo().manager_id.user_id.with_env(self.env), self.case_ids)]
        else:
            pairs = [(self.user_id, self.case_ids)]
        if not all(user.sudo().active for user, _cases in pairs):
            raise UserError(
                self.env._("There is nobody to hand over to. Choose a person, or name a manager with a user.")
            )
        return pairs


class CsHandoverDecline(models.TransientModel):
    _name = "cs.handover.decline"
    _description = "Decline a Hand-over"

    handover_ids = fields.Many2many("cs.handover", required=True)
    reason = fields.Char(required=True)

    def action_confirm(self):
        """Decline with the reason; the giver keeps the case."""
        self.handover_ids._decline(self.reason)
