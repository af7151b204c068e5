from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

ACTION_KINDS = [("immediate", "Immediate"), ("corrective", "Corrective"), ("preventive", "Preventive")]
TODO = "customer_service_addon.mail_activity_type_cs_action"
_OWNER_FIELDS = {"evidence"}


class CsComplaintAction(models.Model):
    """One thing somebody does about a complaint: who, by when, done when, and the proof (C-03).

    Immediate actions stop the damage and may come before any plan.
    """

    _name = "cs.complaint.action"
    _description = "Corrective or Preventive Action"
    _inherit = ["cs.guard.mixin", "cs.internal.thread", "cs.alarm.mixin"]
    _order = "due_on, id"

    name = fields.Char("What", required=True)
    complaint_id = fields.Many2one("cs.complaint", required=True, index=True, ondelete="restrict")
    plan_id = fields.Many2one("cs.complaint.plan", index="btree_not_null", ondelete="restrict")
    company_id = fields.Many2one(related="complaint_id.company_id", store=True, precompute=True)
    kind = fields.Selection(ACTION_KINDS, required=True, default="corrective")
    employee_id = fields.Many2one("hr.employee", "Who", required=True, index=True, ondelete="restrict")
    user_id = fields.Many2one("res.users", compute="_compute_user_id", store=True, index="btree_not_null")
    due_on = fields.Date("Due Date", required=True)
    state = fields.Selection(
        [("open", "Open"), ("done", "Done"), ("dropped", "Dropped")],
        required=True,
        readonly=True,
        default="open",
        copy=False,
    )
    evidence = fields.Html("Proof", sanitize=True, copy=False)
    done_at = fields.Datetime("Done On", readonly=True, copy=False)
    done_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    reminded_on = fields.Date(readonly=True, copy=False)
    is_late = fields.Boolean("Late", compute="_compute_is_late")
    can_do = fields.Boolean(compute="_compute_is_late")

    _cs_server_fields = frozenset({"state", "done_at", "done_by_id", "reminded_on", "again_count"})

    _due_idx = models.Index("(due_on, id) WHERE state = 'open'")

    @api.depends("employee_id")
    def _compute_user_id(self):
        for action in self:
            # sudo: hr.employee - the user of the employee, whatever file the reader may open
            action.user_id = action.employee_id.sudo().user_id

    @api.depends("due_on", "state", "user_id")
    @api.depends_context("uid")
    def _compute_is_late(self):
        today = fields.Date.context_today(self)
        for action in self:
            action.is_late = action.state == "open" and bool(action.due_on) and action.due_on < today
            action.can_do = action.state == "open" and action._may_do()

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        actions = super().create(vals_list)
        actions._ensure_plan_open()
        return actions

    def write(self, vals):
        if not self._cs_is_server():
            self._ensure_may_change(vals)
        return super().write(vals)

    def unlink(self):
        self._ensure_may_change({"name": True})
        return super().unlink()

    def _ensure_plan_open(self):
        """A plan that was submitted keeps its actions; further ones come with a new version."""
        for action in self:
            if action.plan_id and action.plan_id.complaint_id != action.complaint_id:
                raise UserError(self.env._("Plan and action belong to different complaints."))
            if action.plan_id and action.plan_id.state != "draft":
                raise UserError(
                    self.env._("%(plan)s was submitted. Draw up a new version first.", plan=action.plan_id.name)
                )

    def _ensure_may_change(self, vals):
        self.check_access("write")
        for action in self:
            if action.state != "open":
                raise UserError(self.env._("“%(action)s” is done and stays as it is.", action=action.name))
            own = set(vals) - {"message_follower_ids", "activity_ids", "message_ids"} <= _OWNER_FIELDS
            if own:
                continue
            if not self.env.user.has_group("customer_service_addon.group_cs_agent") and not self.env.user.has_group(
                "customer_service_addon.group_cs_department_head"
            ):
                raise AccessError(self.env._("You write the proof of your action; the rest is part of the plan."))
            action._ensure_plan_open()

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------

    def _may_do(self):
        """Who does it is its owner, his department's head or customer service."""
        self.ensure_one()
        user = self.env.user
        return (
            user == self.user_id
            or user.has_group("customer_service_addon.group_cs_agent")
            or user.has_group("customer_service_addon.group_cs_department_head")
        )

    def action_done(self):
        """The action is carried out. With the last one of the plan the plan is carried out.

        Raises UserError before the plan is approved and accepted, AccessError for anybody else.
        """
        self.check_access("write")
        for action in self:
            if action.state != "open":
                raise UserError(self.env._("“%(action)s” is done already.", action=action.name))
            if not action._may_do():
                raise AccessError(self.env._("“%(action)s” is not yours.", action=action.name))
            action._ensure_may_begin()
        # sudo: cs.complaint.action, cs.complaint - who does it was checked
        actions_sudo = self.sudo()._cs_as_server()
        actions_sudo.write({"state": "done", "done_at": fields.Datetime.now(), "done_by_id": self.env.uid})
        actions_sudo.activity_ids.unlink()
        for complaint_sudo in actions_sudo.complaint_id:
            plan_sudo = complaint_sudo.plan_id
            if plan_sudo and complaint_sudo._can_do("executed") and plan_sudo._is_carried_out():
                complaint_sudo._do("executed")

    def _ensure_may_begin(self):
        self.ensure_one()
        # sudo: cs.complaint - the owner of an action may have no right to the file
        complaint_sudo = self.sudo().complaint_id
        if self.sudo().plan_id and self.kind != "immediate" and not complaint_sudo._can_do("executed"):
            raise UserError(self.env._("“%(action)s”: the plan is not approved and accepted yet.", action=self.name))

    def _carry_over(self, plan):
        """Give a new version of the plan the open actions of the one before; those stay there, dropped."""
        # sudo: cs.complaint.action - part of drawing up the new version, which was checked
        copies = self.sudo().solution_id._carry_over(plan)
        for action_sudo in self.sudo():
            action_sudo._cs_as_client().copy(
                {
                    "plan_id": plan.id,
                    "complaint_id": action_sudo.complaint_id.id,
                    "solution_id": copies[action_sudo.solution_id].id if action_sudo.solution_id else False,
                }
            )
        self.sudo()._cs_as_server().write({"state": "dropped"})

    # ------------------------------------------------------------------
    # Reminders
    # ------------------------------------------------------------------

    @api.model
    def _cron_remind(self, batch=200):
        """Remind owners before their actions are due, and every day after it; each action once a day."""
        cron = self.env["ir.cron"]
        today = fields.Date.context_today(self)
        domain = self._remind_domain(today)
        cron._commit_progress(remaining=self.search_count(domain))
        while actions := self.search(domain, limit=batch):
            actions._remind(today)
            if not cron._commit_progress(len(actions)):
                break

    @api.model
    def _remind_domain(self, today):
        ahead = max(self.env["cs.level"].search([]).mapped("action_notice_days"), default=0)
        return [
            ("state", "=", "open"),
            ("due_on", "<=", today + timedelta(days=ahead)),
            "|",
            ("reminded_on", "=", False),
            ("reminded_on", "<", today),
        ]

    def _remind(self, today):
        due = self.filtered(
            lambda action: action.due_on <= today + timedelta(days=action.complaint_id.level_id.action_notice_days)
        )
        asked = due.filtered(lambda action: action.user_id and not action.activity_ids)
        asked._alarm(
            TODO,
            {action: action.user_id for action in asked},
            lambda action: action.env._("“%(action)s” is due on %(date)s.", action=action.name, date=action.due_on),
        )
        late = due.filtered(lambda action: action.due_on < today)
        for action in (late - asked).filtered("user_id"):
            action.message_notify(
                subject=action.name,
                body=action.env._("“%(action)s” was due on %(date)s.", action=action.name, date=action.due_on),
                partner_ids=action.user_id.partner_id.ids,
            )
        late._alarm(
            TODO,
            {action: action.complaint_id.user_id for action in late if action.complaint_id.user_id != action.user_id},
            lambda action: action.env._(
                "“%(action)s” of %(person)s is late.", action=action.name, person=action.employee_id.name
            ),
        )
        self._cs_as_server().write({"reminded_on": today})


class CsComplaintPlan(models.Model):
    _inherit = "cs.complaint.plan"

    def _is_carried_out(self):
        self.ensure_one()
        return all(action.state != "open" for action in self.action_ids)


class CsLevel(models.Model):
    _inherit = "cs.level"

    action_notice_days = fields.Integer("Remind of Actions Before (Days)", default=1)


class CsComplaint(models.Model):
    _inherit = "cs.complaint"

    action_ids = fields.One2many("cs.complaint.action", "complaint_id", "Actions", copy=False)
