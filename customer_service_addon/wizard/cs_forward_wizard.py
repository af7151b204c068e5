from odoo import api, fields, models
from odoo.exceptions import UserError


class CsForwardWizard(models.TransientModel):
    """Put a question about a case to a department (I-06)."""

    _name = "cs.forward.wizard"
    _description = "Forward to a Department"

    case_id = fields.Many2one("cs.case", required=True)
    department_id = fields.Many2one("hr.department", required=True)
    to_user_id = fields.Many2one(
        "res.users",
        "Person",
        compute="_compute_to_user_id",
        store=True,
        readonly=False,
        domain=[("share", "=", False)],
        help="The manager of the department, or who answers for it.",
    )
    question = fields.Text(required=True)
    due_at = fields.Datetime("Wanted By", compute="_compute_due_at", store=True, readonly=False)

    @api.depends("department_id")
    def _compute_to_user_id(self):
        for wizard in self:
            wizard.to_user_id = wizard.department_id.sudo().manager_id.user_id

    @api.depends("case_id")
    def _compute_due_at(self):
        now = fields.Datetime.now()
        for wizard in self:
            team = wizard.case_id.team_id
            wizard.due_at = team and team._cs_after_working_hours(now, team.forward_hours)

    def action_confirm(self):
        """Send the question; returns nothing. Raises UserError when nobody would receive it."""
        self.ensure_one()
        self.case_id.check_access("write")
        if not self.to_user_id:
            raise UserError(
                self.env._("%(name)s has no manager with a user. Choose a person.", name=self.department_id.name)
            )
        self.env["cs.forward"]._ask(self.case_id, self.department_id, self.to_user_id, self.question, self.due_at)
