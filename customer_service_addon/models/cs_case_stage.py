from odoo import api, fields, models, tools
from odoo.exceptions import UserError

MEANINGS = [
    ("new", "New"),
    ("open", "In Progress"),
    ("waiting", "Waiting"),
    ("solved", "Solved"),
    ("closed", "Closed"),
    ("cancelled", "Cancelled"),
]
OPEN_MEANINGS = ("new", "open", "waiting")


class CsCaseStage(models.Model):
    """A column of the register. Users arrange stages as they like; code only asks what they mean."""

    _name = "cs.case.stage"
    _description = "Case Stage"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    meaning = fields.Selection(
        MEANINGS,
        required=True,
        default="open",
        help="What the program understands by this stage: rights, clocks and mails follow the meaning, "
        "never the name. It cannot change once cases have been in the stage.",
    )
    team_ids = fields.Many2many("cs.team", string="Teams", help="Empty: the stage is offered to all teams.")
    fold = fields.Boolean("Folded in Kanban", help="Folding is a matter of display only, it closes nothing.")
    description = fields.Text(translate=True, help="Shown to agents as a hint about when a case belongs here.")

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        if "meaning" in vals:
            changed = self.filtered(lambda stage: stage.meaning != vals["meaning"])
            changed._ensure_unused()
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    def _ensure_unused(self):
        # sudo: cs.case - a stage may be used by cases the manager cannot see
        used = (
            self.env["cs.case"].sudo().with_context(active_test=False).search([("stage_id", "in", self.ids)], limit=1)
        )
        if used:
            raise UserError(
                self.env._(
                    "Stage “%(stage)s” is already used by cases, so its meaning cannot change. "
                    "Create a new stage and archive this one.",
                    stage=used.stage_id.name,
                )
            )

    @api.model
    def _for_meaning(self, meaning, team):
        """Return the first stage with ``meaning`` that ``team`` offers (empty recordset if none)."""
        return self.browse(self._id_for_meaning(meaning, team.id))

    @api.model
    @tools.ormcache("meaning", "team_id")
    def _id_for_meaning(self, meaning, team_id):
        # sudo: cs.case.stage - stages are no secret, but portal customers who open a case cannot read them
        stages_sudo = self.sudo().search([("meaning", "=", meaning)])
        team = self.env["cs.team"].browse(team_id)
        return next((stage.id for stage in stages_sudo if stage._offered_to(team)), False)

    def _offered_to(self, team):
        self.ensure_one()
        return not self.team_ids or team in self.team_ids
