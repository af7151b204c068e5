from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from .cs_sla_target import UNITS

RUN_STATES = [("waiting", "Not Started"), ("running", "Running"), ("paused", "On Hold"), ("ended", "Ended")]
OUTCOMES = [("none", "Open"), ("met", "Kept"), ("missed", "Missed"), ("cancelled", "Not Counted")]
BLOCKERS = [
    ("no_calendar", "Neither the policy nor the team nor the company has working hours"),
    ("empty", "The working hours are empty"),
    ("flexible", "Flexible working hours say how much, not when people work"),
    ("leave", "A holiday without end leaves no working time"),
]


class CsSlaClock(models.Model):
    """One record's time to one milestone, in one round: how much it had, has used, and how it ended.

    Rows are written by the engine in plain statements only; through the ORM nobody may create, change or delete
    them, whatever his rights. They are never deleted. ``deadline`` is empty while the clock is on hold (unless it
    had been missed before) and where no deadline can be given, see ``blocker``.
    """

    _name = "cs.sla.clock"
    _description = "SLA Clock"
    _order = "deadline, id"
    _inherit = ["cs.sla.sealed"]
    _log_access = False

    res_model = fields.Selection("_selection_model", "Record Type", required=True)
    res_id = fields.Many2oneReference("Record", model_field="res_model", required=True)
    policy_id = fields.Many2one("cs.sla.policy", required=True, index=True, ondelete="restrict")
    policy_version = fields.Integer()
    target_id = fields.Many2one("cs.sla.target", required=True, index=True, ondelete="restrict")
    source = fields.Char(help="Code of the milestone the clock counts from; empty: from the reception.")
    milestone = fields.Selection("_selection_milestone", required=True)
    round = fields.Integer(default=1, help="Every reopening, rejected plan or failed inspection opens a further round.")
    current = fields.Boolean(default=True, help="The latest round of its target on the record.")

    company_id = fields.Many2one("res.company", required=True, ondelete="restrict")
    team_id = fields.Many2one("cs.team", ondelete="restrict")
    user_id = fields.Many2one("res.users", "Responsible", ondelete="restrict")
    department_id = fields.Many2one("hr.department", index="btree_not_null", ondelete="restrict")
    partner_id = fields.Many2one("res.partner", "Customer Entity", index="btree_not_null", ondelete="restrict")
    calendar_id = fields.Many2one("resource.calendar", "Working Hours", ondelete="restrict")

    amount = fields.Float("Within")
    unit = fields.Selection(UNITS)
    risk_share = fields.Float()
    started_at = fields.Datetime("Counted Since")
    budget_s = fields.Integer("Granted (Seconds)", aggregator=None)
    carried_s = fields.Integer("Used in Former Rounds (Seconds)", aggregator=None)
    consumed_s = fields.Integer("Used (Seconds)", aggregator=None)
    resumed_at = fields.Datetime("Running Since")
    deadline = fields.Datetime()
    risk_at = fields.Datetime("At Risk From")
    reached_at = fields.Datetime("Reached")
    missed_at = fields.Datetime()
    overrun_s = fields.Integer("Overrun (Seconds)", aggregator=None)
    run_state = fields.Selection(RUN_STATES, "Clock", required=True, default="waiting")
    outcome = fields.Selection(OUTCOMES, required=True, default="none")
    blocker = fields.Selection(BLOCKERS, "No Deadline Because")
    extended_to = fields.Datetime(help="The later date the customer agreed to; it holds in place of what was granted.")
    extended_at = fields.Datetime("Extended On")

    event_ids = fields.One2many("cs.sla.event", "clock_id", "Events")
    alarm_ids = fields.One2many("cs.sla.alarm", "clock_id", "Alarms")
    record_name = fields.Char(compute="_compute_record_name")
    situation = fields.Selection(
        lambda self: self.env["cs.sla.mixin"]._selection_sla_state(),
        "State",
        compute="_compute_situation",
        search="_search_situation",
    )

    _round_uniq = models.UniqueIndex("(res_model, res_id, target_id, round)", "A target has one clock per round.")
    _current_idx = models.Index("(res_model, res_id) WHERE current")
    _open_deadline_idx = models.Index("(user_id, deadline) WHERE current AND run_state != 'ended'")
    _open_queue_idx = models.Index("(deadline, id) WHERE current AND run_state != 'ended'")
    _open_calendar_idx = models.Index("(calendar_id, id) WHERE current AND run_state != 'ended'")

    @api.model
    def _selection_model(self):
        return self.env["cs.sla.policy"]._selection_model()

    @api.model
    def _selection_milestone(self):
        return self.env["cs.sla.target"]._selection_milestone()

    @api.depends("res_model", "res_id")
    def _compute_record_name(self):
        for model, clocks in self.grouped("res_model").items():
            # sudo: records - a clock is seen by whoever may see its record; only the name is read
            names = {
                record.id: record.display_name for record in self.env[model].sudo().browse(clocks.mapped("res_id"))
            }
            for clock in clocks:
                clock.record_name = names.get(clock.res_id)

    @api.depends("target_id", "round", "record_name")
    @api.depends_context("with_record")
    def _compute_display_name(self):
        for clock in self:
            name = clock.target_id.name
            if clock.round > 1:
                name = self.env._("%(name)s (round %(round)s)", name=name, round=clock.round)
            if self.env.context.get("with_record"):
                name = self.env._("%(record)s: %(deadline)s", record=clock.record_name, deadline=name)
            clock.display_name = name

    @api.depends("run_state", "deadline", "risk_at", "blocker")
    def _compute_situation(self):
        mixin = self.env["cs.sla.mixin"]
        now = fields.Datetime.now()
        day_end = mixin._sla_end_of_today()
        for clock in self:
            run = "blocked" if clock.blocker and clock.run_state == "running" else clock.run_state
            run = "done" if run == "ended" else run
            clock.situation = mixin._sla_situation(run, clock.deadline, clock.risk_at, now, day_end)

    def _search_situation(self, operator, value):
        if operator != "in":
            return NotImplemented
        run = {
            "running": Domain("run_state", "=", "running") & Domain("blocker", "=", False),
            "paused": Domain("run_state", "=", "paused"),
            "blocked": Domain("run_state", "=", "running") & Domain("blocker", "!=", False),
            "waiting": Domain("run_state", "=", "waiting"),
            "done": Domain("run_state", "=", "ended"),
        }
        return self.env["cs.sla.mixin"]._sla_situation_domain(value, run, "deadline", "risk_at")

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_open_record(self):
        """Open the record of the clock."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    def action_rebuild(self):
        """Compute the clocks again from their events alone and correct what differs (supervisors).

        Returns a notification with the number of clocks that were wrong. Raises AccessError for others.
        """
        if not (self.env.su or self.env.user.has_group("customer_service_addon.group_cs_supervisor")):
            raise AccessError(self.env._("A supervisor can rebuild clocks from their events."))
        self.check_access("read")
        wrong = self.env["cs.sla.engine"]._rebuild(self)
        message = (
            self.env._("%(wrong)s of %(all)s clocks were corrected from their events.", wrong=wrong, all=len(self))
            if wrong
            else self.env._("All clocks agree with their events.")
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"type": "warning" if wrong else "success", "message": message},
        }
