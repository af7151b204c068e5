from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

TRIGGERS = [
    ("percent", "When so much of the time is used (%)"),
    ("before", "Before the deadline"),
    ("after", "After the deadline"),
]
WHOM = [
    ("owner", "Owner"),
    ("first_contact", "First Contact"),
    ("leader", "Team Leader"),
    ("department", "Department Manager"),
    ("department_parent", "The Manager's Manager"),
    ("group", "A Group"),
    ("users", "Named Users"),
]


class CsSlaEscalation(models.Model):
    """One alarm of a target: when, who is told and how, and what happens to the record (C-03, C-06, I-09)."""

    _name = "cs.sla.escalation"
    _description = "SLA Alarm Step"
    _order = "sequence, id"

    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    target_id = fields.Many2one("cs.sla.target", required=True, index=True, ondelete="cascade")
    trigger = fields.Selection(TRIGGERS, "When", required=True, default="percent")
    amount = fields.Float(required=True, default=75.0, help="Percent, or time of the kind the target counts in.")
    time_unit = fields.Selection([("min", "Minutes"), ("h", "Hours")], default="min", required=True)
    whom = fields.Selection(WHOM, required=True, default="owner")
    group_id = fields.Many2one("res.groups", index="btree_not_null")
    user_ids = fields.Many2many("res.users", string="Users", domain=[("share", "=", False)])
    activity = fields.Boolean(default=True, help="A to-do on the record.")
    mail = fields.Boolean("Email", help="One message per person and run, however many alarms there are.")
    raise_priority = fields.Boolean()
    reassign = fields.Boolean("Hand the Record to Them", help="To the first of those who are told.")
    server_action_id = fields.Many2one(
        "ir.actions.server",
        index="btree_not_null",
        help="Runs with all rights; only an administrator may choose it.",
    )

    _amount_positive = models.Constraint("CHECK(amount >= 0)", "Percent and time of an alarm cannot be negative.")

    @api.depends("trigger", "amount", "time_unit", "whom")
    def _compute_display_name(self):
        units = dict(self._fields["time_unit"]._description_selection(self.env))
        whom = dict(self._fields["whom"]._description_selection(self.env))
        for step in self:
            values = {
                "amount": f"{step.amount:g}",
                "unit": units.get(step.time_unit, ""),
                "whom": whom.get(step.whom, ""),
            }
            if step.trigger == "percent":
                step.display_name = self.env._("%(amount)s %% used: %(whom)s", **values)
            elif step.trigger == "before":
                step.display_name = self.env._("%(amount)s %(unit)s before: %(whom)s", **values)
            else:
                step.display_name = self.env._("%(amount)s %(unit)s after: %(whom)s", **values)

    @api.constrains("whom", "group_id", "user_ids")
    def _check_whom(self):
        for step in self:
            if (step.whom == "group" and not step.group_id) or (step.whom == "users" and not step.user_ids):
                raise ValidationError(self.env._("An alarm needs somebody to tell. Choose the group or the users."))

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._ensure_may_choose_action(vals)
        self.env.registry.clear_cache()
        steps = super().create(vals_list)
        steps.target_id.policy_id._raise_version()
        return steps

    def write(self, vals):
        self._ensure_may_choose_action(vals)
        self.env.registry.clear_cache()
        if {"trigger", "amount", "time_unit", "active"}.intersection(vals):
            self.target_id.policy_id._raise_version()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        self.target_id.policy_id._raise_version()
        return super().unlink()

    @api.ondelete(at_uninstall=False)
    def _unlink_unused_only(self):
        used = self.env["cs.sla.alarm"].sudo()._read_group([("escalation_id", "in", self.ids)], ["escalation_id"])
        if used:
            raise ValidationError(self.env._("This alarm is set on clocks. Switch it off instead of deleting it."))

    def _point(self):
        """Return ``(share of the budget, seconds)``: the step is due when both together are used up."""
        self.ensure_one()
        if self.trigger == "percent":
            return self.amount / 100, 0
        seconds = round(self.amount * (3600 if self.time_unit == "h" else 60))
        return 1.0, -seconds if self.trigger == "before" else seconds

    def _ensure_may_choose_action(self, vals):
        """A server action runs with all rights, so choosing one is the administrator's."""
        if vals.get("server_action_id") and not self.env.su and not self.env.user.has_group("base.group_system"):
            raise AccessError(
                self.env._("Only an administrator may choose a server action: it runs with all rights. Ask one.")
            )
