from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError

from .cs_sla_policy import PlannedTarget

UNITS = [
    ("wmin", "Working Minutes"),
    ("wh", "Working Hours"),
    ("wd", "Working Days"),
    ("min", "Minutes"),
    ("h", "Hours"),
    ("d", "Days"),
]
_VERSIONED = {"from_milestone", "to_milestone", "amount", "unit", "active"}


class CsSlaTarget(models.Model):
    """One deadline of a policy: from one milestone to another within an amount of time (C-03, C-05, I-09)."""

    _name = "cs.sla.target"
    _description = "SLA Target"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    policy_id = fields.Many2one("cs.sla.policy", required=True, index=True, ondelete="cascade")
    model = fields.Selection(related="policy_id.model")
    from_milestone = fields.Selection(
        "_selection_milestone", "Counted From", help="Empty: from the moment the customer reached us."
    )
    to_milestone = fields.Selection("_selection_milestone", "Until", required=True)
    amount = fields.Float("Within", required=True, default=1.0)
    unit = fields.Selection(
        UNITS,
        required=True,
        default="wh",
        help="Working time runs in the working hours only. N working days end with the working time of the N-th "
        "working day after the starting day. Minutes, hours and days run day and night.",
    )
    escalation_ids = fields.One2many("cs.sla.escalation", "target_id", "Alarms", copy=True)

    _amount_positive = models.Constraint("CHECK(amount > 0)", "A target grants more than nothing.")

    @api.model
    def _selection_milestone(self):
        """Milestones of all models that take the mixin, as ``model/code``; the form shows those of its policy."""
        return [
            (f"{name}/{code}", label)
            for name in self.env["cs.sla.mixin"]._sla_models()
            for code, label in self.env[name]._sla_milestone_labels()
        ]

    @api.constrains("from_milestone", "to_milestone", "policy_id")
    def _check_milestones(self):
        for target in self:
            for milestone in filter(None, (target.from_milestone, target.to_milestone)):
                if milestone.split("/")[0] != target.policy_id.model:
                    raise ValidationError(
                        self.env._(
                            "“%(target)s”: choose milestones of the records the policy applies to.", target=target.name
                        )
                    )
            if target.from_milestone == target.to_milestone:
                raise ValidationError(
                    self.env._("“%(target)s” ends where it begins. Choose two milestones.", target=target.name)
                )

    @api.constrains("amount", "unit")
    def _check_whole_days(self):
        for target in self:
            if target.unit == "wd" and target.amount != int(target.amount):
                raise ValidationError(
                    self.env._(
                        "“%(target)s”: working days are counted whole. Use working hours for less than a day.",
                        target=target.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        targets = super().create(vals_list)
        targets.policy_id._raise_version()
        return targets

    def write(self, vals):
        self.env.registry.clear_cache()
        if _VERSIONED.intersection(vals):
            self.policy_id._raise_version()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        self.policy_id._raise_version()
        return super().unlink()

    @api.ondelete(at_uninstall=False)
    def _unlink_unused_only(self):
        used = self.env["cs.sla.clock"].sudo()._read_group([("target_id", "in", self.ids)], ["target_id"])
        if used:
            raise ValidationError(
                self.env._(
                    "“%(target)s” has given deadlines, which must stay provable. Archive it instead.",
                    target=used[0][0].name,
                )
            )

    def _planned(self):
        self.ensure_one()
        return PlannedTarget(
            id=self._origin.id,
            name=self.name,
            source=self.from_milestone and self.from_milestone.split("/")[1],
            goal=self.to_milestone.split("/")[1],
            amount=self.amount,
            unit=self.unit,
        )

    @api.model
    @tools.ormcache("target_id")
    def _alarm_points(self, target_id):
        """Return ``((escalation id, share of the budget, seconds), ...)`` of the steps of a target."""
        # sudo: cs.sla.target - clocks start for whoever registers a record
        target_sudo = self.sudo().browse(target_id)
        return tuple((step.id, *step._point()) for step in target_sudo.escalation_ids if step.active)
